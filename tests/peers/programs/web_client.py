"""A client on Twisted's Agent: prints the code, the length and the body of each answer."""

# mypy: disable-error-code="no-untyped-call, union-attr, no-untyped-def"

import sys
from io import BytesIO

from twisted.internet import defer, reactor, task
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, readBody


async def talk(url: bytes) -> None:
    agent = Agent(reactor, pool=HTTPConnectionPool(reactor))
    for method, path, body in (
        (b"GET", b"hello", None),
        (b"HEAD", b"hello", None),
        (b"GET", b"pieces", None),
        (b"POST", b"echo", b"sent " * 1000),
        (b"GET", b"none", None),
    ):
        producer = FileBodyProducer(BytesIO(body)) if body is not None else None
        response = await agent.request(method, url + path, None, producer)
        content = await readBody(response)
        print(response.code, len(content), content[:20], flush=True)


if __name__ == "__main__":
    task.react(lambda _: defer.ensureDeferred(talk(sys.argv[1].encode())))
