"""NATS's operations: bytes to values and back, and the URLs of servers.

    SUB room.* 7␍␊                     an operation is a line
    PUB room.class 5␍␊hello␍␊          if it has a payload, its line ends with the length in bytes

`parse` takes a line; for a line that announces a payload it returns a PayloadHead, whose `complete` takes the
payload. Each operation has `encode()`. The source is the page "Client Protocol" on docs.nats.io.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import unquote

from core.formats.json_values import parse_object

TOKEN = r"(?![*>](?:\.|\Z))[^.\0- \x7f]+"  # no wildcard, no blank, no control character
SUBJECT = re.compile(rf"{TOKEN}(?:\.{TOKEN})*")
PATTERN = re.compile(rf"(?:>|(?:\*|{TOKEN})(?:\.(?:\*|{TOKEN}))*(?:\.>)?)")
WORD = re.compile(r"[^\0- \x7f]+")
NUMBER = re.compile(r"[0-9]{1,8}")  # so no payload has 100 MB
HEADER_NAME = re.compile(r"[!-9;-~]+")
HEADER_VALUE = re.compile(r"[^\r\n]*")
HEADERS = re.compile(r"NATS/1\.0 *([0-9]{0,9}) *([^\r\n]*)\r\n((?:[^:\r\n]+:[^\r\n]*\r\n)*)\r\n")
HOST = r"\[[0-9A-Fa-f:.]+\]|[^][:@/?#\0- \x7f]+"
URL = re.compile(rf"(nats|tls)://(?:([^:@/\s]+)(?::([^:@/\s]*))?@)?({HOST})(?::([0-9]{{1,5}}))?/?")

Headers = tuple[tuple[str, str], ...]
"""Names and values in order. A name may occur again, and its case counts. Blanks around a value do not."""


class BadOperation(ValueError):
    """The bytes are no operation of NATS, or the values cannot be one."""


class NatsURLError(ValueError):
    """The URL of a server is wrong. The message has an example."""


@dataclass(frozen=True, slots=True)
class Message:
    """PUB, or MSG with the `sid` of the subscription that it is for. With headers or a status, HPUB or HMSG.

    `reply` is the subject for answers, "" if none is expected. A message of the server itself has a `status`,
    such as 503 (no responders), and a `description` of it.
    """

    subject: str
    payload: bytes = b""
    reply: str = ""
    headers: Headers = ()
    status: int = 0
    description: str = ""
    sid: str = ""

    def header(self, name: str) -> str:
        """The first value of the header `name`, or ""."""
        return next((value for key, value in self.headers if key == name), "")

    def encode(self) -> bytes:
        sid = [_check(WORD, self.sid)] if self.sid else []
        reply = [_check(SUBJECT, self.reply)] if self.reply else []
        headers, size = self._encode_headers(), len(self.payload)
        verb = ("H" if headers else "") + ("MSG" if sid else "PUB")
        sizes = [str(len(headers)), str(len(headers) + size)] if headers else [str(size)]
        line = _line(verb, _check(SUBJECT, self.subject), *sid, *reply, *sizes)
        return line + headers + self.payload + b"\r\n"

    def _encode_headers(self) -> bytes:
        if not (self.headers or self.status):
            return b""
        status = f" {self.status:03} {_check(HEADER_VALUE, self.description)}".rstrip() if self.status else ""
        pairs = [f"{_check(HEADER_NAME, k)}: {_check(HEADER_VALUE, v)}\r\n" for k, v in self.headers]
        return f"NATS/1.0{status}\r\n{''.join(pairs)}\r\n".encode()


@dataclass(frozen=True, slots=True)
class Info:
    """INFO: the server describes itself, at first and when its cluster changes."""

    options: Mapping[str, object]

    @property
    def max_payload(self) -> int:
        """The most bytes that a message may have, with its headers: 1 MiB if the server does not say."""
        found = self.options.get("max_payload")
        return found if isinstance(found, int) else 1 << 20

    def encode(self) -> bytes:
        return _line("INFO", json.dumps(self.options))


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT: the client describes itself and logs in, once, after INFO."""

    options: Mapping[str, object]

    def encode(self) -> bytes:
        return _line("CONNECT", json.dumps(self.options))


class Signal(Enum):
    """The operations without arguments."""

    PING = "PING"
    PONG = "PONG"
    OK = "+OK"

    def encode(self) -> bytes:
        return _line(self.value)


@dataclass(frozen=True, slots=True)
class Err:
    """-ERR: the server refuses something. After most errors it closes the connection."""

    text: str

    def encode(self) -> bytes:
        return _line("-ERR", f"'{_check(HEADER_VALUE, self.text)}'")


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUB. In `subject`, `*` stands for a token and `>` for the rest.

    Of the subscriptions with the same `queue`, one gets each message.
    """

    subject: str
    sid: str
    queue: str = ""

    def encode(self) -> bytes:
        queue = [_check(WORD, self.queue)] if self.queue else []
        return _line("SUB", _check(PATTERN, self.subject), *queue, _check(WORD, self.sid))


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """UNSUB: end a subscription, at once or when it has received `max_messages` in all."""

    sid: str
    max_messages: int = 0

    def encode(self) -> bytes:
        number = [str(self.max_messages)] if self.max_messages else []
        return _line("UNSUB", _check(WORD, self.sid), *number)


Operation = Info | Connect | Signal | Err | Message | Subscribe | Unsubscribe


@dataclass(frozen=True, slots=True)
class PayloadHead:
    """The line of a Message. `size` bytes and CRLF follow; the first `header_size` bytes are headers."""

    message: Message
    header_size: int
    size: int

    def complete(self, body: bytes) -> Message:
        """The message with `body`: these bytes and CRLF. Raises ValueError if they are malformed."""
        if not (len(body) == self.size + 2 and body.endswith(b"\r\n")):
            raise BadOperation("a payload is longer than its line says")
        status, description, headers = _parse_headers(body[: self.header_size].decode())
        payload = body[self.header_size : self.size]
        return replace(self.message, payload=payload, headers=headers, status=status, description=description)


def parse(line: bytes) -> Operation | PayloadHead:
    """Parse a line without its CRLF; the case of the verb does not count. Raises ValueError."""
    verb, *rest = re.split(rb"[ \t]", line, maxsplit=1)
    parser = PARSERS.get(verb.upper())
    if parser is None:
        raise BadOperation(f"no operation of NATS: {line[:40]!r}")
    return parser(b"".join(rest))


def _parse_subscribe(rest: bytes) -> Subscribe:
    subject, *queue, sid = _words(rest, 2)
    return Subscribe(subject, sid, "".join(queue))


def _parse_unsubscribe(rest: bytes) -> Unsubscribe:
    sid, *number = _words(rest, 1)
    return Unsubscribe(sid, int(_check(NUMBER, "".join(number) or "0")))


def _parse_head(rest: bytes, has_sid: bool, has_headers: bool) -> PayloadHead:
    """Parse `subject [sid] [reply] [header size] size`."""
    words = _words(rest, 2 + has_sid + has_headers)
    size = int(_check(NUMBER, words.pop()))
    header_size = int(_check(NUMBER, words.pop())) if has_headers else 0
    if header_size > size:
        raise BadOperation(f"{header_size} of {size} bytes are headers")
    sid = words.pop(1) if has_sid else ""
    return PayloadHead(Message(words[0], reply="".join(words[1:]), sid=sid), header_size, size)


PARSERS: dict[bytes, Callable[[bytes], Operation | PayloadHead]] = {
    b"INFO": lambda rest: Info(parse_object(rest)),
    b"CONNECT": lambda rest: Connect(parse_object(rest)),
    b"PING": lambda rest: Signal.PING,
    b"PONG": lambda rest: Signal.PONG,
    b"+OK": lambda rest: Signal.OK,
    b"-ERR": lambda rest: Err(rest.decode().strip().removeprefix("'").removesuffix("'")),
    b"SUB": _parse_subscribe,
    b"UNSUB": _parse_unsubscribe,
    b"PUB": lambda rest: _parse_head(rest, has_sid=False, has_headers=False),
    b"HPUB": lambda rest: _parse_head(rest, has_sid=False, has_headers=True),
    b"MSG": lambda rest: _parse_head(rest, has_sid=True, has_headers=False),
    b"HMSG": lambda rest: _parse_head(rest, has_sid=True, has_headers=True),
}


def _words(rest: bytes, needed: int) -> list[str]:
    """The words of `rest`: as many as needed, or one more."""
    words = [word for word in re.split(r"[ \t]", rest.decode()) if word]
    if len(words) not in (needed, needed + 1):
        raise BadOperation(f"{len(words)} arguments: {rest[:40]!r}")
    return words


def _parse_headers(block: str) -> tuple[int, str, Headers]:
    """The status (0: none), its description, and the headers."""
    if not block:
        return 0, "", ()
    found = HEADERS.fullmatch(block)
    if found is None:
        raise BadOperation(f"no headers of NATS: {block[:40]!r}")
    pairs = [line.partition(":") for line in found[3].split("\r\n")[:-1]]
    return int(found[1] or 0), found[2], tuple((name, value.strip(" \t")) for name, _, value in pairs)


def _check(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise BadOperation(f"this cannot be a part of an operation of NATS: {text[:40]!r}")
    return text


def _line(*words: str) -> bytes:
    return " ".join(words).encode() + b"\r\n"


@dataclass(frozen=True, slots=True)
class NatsServer:
    """The address of a server, the user and password or the token for it, and whether it must use TLS."""

    host: str
    port: int = 4222
    user: str = ""
    password: str = ""
    token: str = ""
    tls: bool = False

    def __str__(self) -> str:
        """Its URL, without password and token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.tls else 'nats'}://{host}:{self.port}"


def parse_servers(text: str) -> list[NatsServer]:
    """Parse URLs with commas between them: `nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT]`, or `tls://…`.

    In a password, `%40` is an @. Raises NatsURLError.
    """
    return [_parse_server(url.strip()) for url in text.split(",")]


def _parse_server(url: str) -> NatsServer:
    found = URL.fullmatch(url)
    port = int(found[5] or 4222) if found else 0
    if found is None or not 0 < port < 65536:
        raise NatsURLError(f"{url!r} is no URL of a NATS server; a right one is nats://127.0.0.1:4222")
    scheme, user, password, host, _ = found.groups()
    name = unquote(user or "")
    proof = ("", "", name) if password is None else (name, unquote(password), "")
    return NatsServer(host.strip("[]"), port, *proof, tls=scheme == "tls")
