"""Makes MISTAKES.md from the table of mistakes in core/mistakes/table.py. `make quotes` writes the page."""

from textwrap import fill

from core.mistakes.table import Mistake

HEAD = """\
# Mistakes, and what the reactor says about them

The reactor reports each of these mistakes, in the log or as an error. The log goes to stderr,
unless the program configures `logging`. A report says what was done and in which line of your
file, and then what to do instead. The names and numbers below are examples. (`make quotes` writes
this page from the table in [core/mistakes/table.py](../core/mistakes/table.py).)
"""

EXAMPLES: dict[str, object] = {
    "place": "shout.py:12, Shout.data_received",
    "nearest": "data_received",
    "count": 5,
    "owner": "Shout",
    "handler": "data_received",
    "arguments": "data",
    "result": "b'HELLO'",
    "peer": "tcp:127.0.0.1:50123",
    "name": "call_later",
    "seconds": 2.7,
    "address": "tcp:127.0.0.1:8001",
    "reason": "Connection refused",
    "failure": "cannot connect to",
    "ended": "lose_connection()",
    "line": "b'hello'",
    "got": "Shout",
    "got_name": "main",
    "wanted": "Factory",
    "wrong": "loseConnection",
    "right": "lose_connection",
    "what": "<Port of ShoutFactory, listening on tcp:127.0.0.1:8001>",
    "error": "ValueError('no such word')",
}

SPECIAL: dict[Mistake, dict[str, object]] = {
    Mistake.MISSPELT_HANDLER: {"place": "shout.py:12, Shout.data_recieved"},
    Mistake.NO_HANDLER: {"place": "shout.py:11, Shout"},
    Mistake.WRONG_ARGUMENTS: {
        "place": "shout.py:12, Shout.connection_lost",
        "right": "connection_lost(self, reason)",
    },
    Mistake.NO_PROTOCOL_BUILT: {"place": "shout.py:20, ShoutFactory.build_protocol", "got": "None"},
    Mistake.SHARED_PROTOCOL: {"place": "shout.py:20, ShoutFactory.build_protocol"},
    Mistake.PROTOCOL_ARGUMENTS: {"owner": "ShoutFactory"},
    Mistake.NEVER_RAN: {"place": "shout.py:20, remind", "name": "remind"},
    Mistake.NOT_A_DEFERRED: {"got": "the code of asyncio"},
    Mistake.NO_LEAF: {"place": "hello.py:5, Hello"},
    Mistake.SLASH_IN_SEGMENT: {"place": "hello.py:14, <module>", "got": "b'/hello'"},
    Mistake.PAGE_RESULT: {"place": "hello.py:8, Hello.render_GET", "path": "/hello", "got": "NoneType"},
    Mistake.NOT_REGISTERED: {"place": "greeter.py:12, Greeter.connection_made"},
    Mistake.DELIMITER_TEXT: {"got": r"'\n'"},
    Mistake.NOT_SECONDS: {"got": "'1'"},
    Mistake.TEXT_FOR_BYTES: {"got": "str"},
    Mistake.CLASS_FOR_OBJECT: {"name": "listen_tcp", "got": "ShoutFactory"},
    Mistake.PROTOCOL_FOR_FACTORY: {"name": "listen_tcp"},
    Mistake.WRONG_FACTORY: {"name": "connect_tcp", "wanted": "ClientFactory", "got": "ShoutFactory"},
    Mistake.NO_TLS_CONTEXT: {
        "name": "listen_tls",
        "end": "server",
        "got": "str",
        "maker": 'server_context("server.pem", "server.key")',
    },
    Mistake.NO_FACTORY_PROTOCOL: {"owner": "ShoutFactory"},
    Mistake.PROTOCOL_INSTANCE: {"owner": "ShoutFactory"},
    Mistake.NOT_A_PORT: {"name": "listen_tcp", "got": "'8001'"},
    Mistake.NOT_A_HOST: {"name": "connect_tcp", "got": "8001"},
    Mistake.CALLED_TOO_EARLY: {"got": "None"},
    Mistake.NO_COROUTINE: {"name": "from_coroutine", "got": "<function main at 0x7f3e5c0b8>"},
    Mistake.NOTHING_TO_AWAIT: {"place": "quotes.py:30, main", "owner": "main", "got": "None"},
    Mistake.OTHER_NAME: {"owner": "StreamTransport"},
    Mistake.UNHANDLED_ERROR: {"place": "quotes.py:17, ask"},
}


def section(mistake: Mistake) -> str:
    """The section of the page about `mistake`."""
    facts = EXAMPLES | SPECIAL.get(mistake, {})
    title = mistake.name.replace("_", " ").capitalize()
    seen, remedy = wrapped(mistake.seen.format(**facts)), mistake.remedy.format(**facts)
    means, to_do = wrapped(f"**What it means.** {mistake.meaning}"), wrapped(f"**What to do.** {remedy}")
    return f"\n## {title}\n\n```text\n{seen}\n```\n\n{means}\n\n{to_do}\n"


def wrapped(text: str) -> str:
    return fill(text, 98, break_long_words=False, break_on_hyphens=False)


def page() -> str:
    """The text of MISTAKES.md."""
    return HEAD + "".join(section(mistake) for mistake in Mistake)
