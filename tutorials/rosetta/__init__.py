"""Five servers, each in five ways: on our reactor, on Twisted, and on asyncio's and Python's own means."""
