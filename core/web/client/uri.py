"""The URI of a request: the server, and the page on it (RFC 3986, RFC 9110 section 4.2)."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResultBytes, urldefrag, urljoin, urlsplit

from core.mistakes.table import name_of
from core.web.headers import TOKEN

VISIBLE = re.compile(rb"[\x21-\x7e]+")
NOT_VISIBLE = re.compile(rb"[^\x21-\x7e]")
DEFAULT_PORTS = {b"http": 80, b"https": 443}


def checked_method(method: object) -> bytes:
    """`method`. TypeError unless it is bytes, ValueError unless it is a token (RFC 9110, section 9.1)."""
    if not isinstance(method, bytes):
        raise TypeError(f"the method of a request is bytes, such as b'GET', not {name_of(method)}")
    if not TOKEN.fullmatch(method):
        text = method.decode(errors="replace")
        raise ValueError(f"{text!r} is not a method: a method has letters, digits and !#$%&'*+-.^_`|~")
    return method


def checked_uri(uri: object) -> bytes:
    """`uri`. TypeError unless it is bytes, ValueError unless it has visible ASCII characters only."""
    if not isinstance(uri, bytes):
        raise TypeError(f"the URI of a request is bytes, such as b'http://localhost/', not {name_of(uri)}")
    if not VISIBLE.fullmatch(uri):
        raise ValueError(f"{uri!r} is not a URI: quote blanks, control characters and letters beyond ASCII")
    return uri


def _split(uri: bytes) -> SplitResultBytes:
    """The parts of a URI. ValueError if its brackets do not enclose an IPv6 address."""
    try:
        return urlsplit(uri)
    except ValueError:
        raise ValueError(
            f"{uri.decode()!r} has a wrong host: an IPv6 address is in brackets, as in 'http://[::1]:8000/'"
        ) from None


def _port(parts: SplitResultBytes, default: int) -> int:
    """The port of a URI. ValueError if it is not a number from 0 to 65535."""
    try:
        return default if parts.port is None else parts.port
    except ValueError:
        raise ValueError(
            f"{parts.netloc.decode()!r} has a wrong port: it is a number from 0 to 65535"
        ) from None


@dataclass(frozen=True)
class URI:
    """An absolute URI in its parts. `host` has no brackets; `port` is that of the scheme by default."""

    scheme: bytes
    netloc: bytes
    host: bytes
    port: int
    path: bytes
    query: bytes
    fragment: bytes

    @classmethod
    def from_bytes(cls, uri: bytes, default_port: int | None = None) -> "URI":
        """Parse `uri`. ValueError for http and https without a host, with a wrong port or with a user."""
        parts = _split(checked_uri(uri))
        port = DEFAULT_PORTS.get(parts.scheme, 80) if default_port is None else default_port
        host = parts.netloc
        if parts.scheme in DEFAULT_PORTS:
            host, port = parts.hostname or b"", _port(parts, port)
            if not host:
                raise ValueError(
                    f"{uri.decode()!r} has no host. Write it after the scheme: 'http://localhost/'"
                )
            if b"@" in parts.netloc:
                raise ValueError(f"{uri.decode()!r} has a user in it. Put it into an Authorization header")
        return cls(parts.scheme, parts.netloc, host, port, parts.path, parts.query, parts.fragment)

    @property
    def origin_form(self) -> bytes:
        """The path with the query, which the request line carries (RFC 9112, section 3.2.1)."""
        has_query = b"?" if self.query else b""
        return (self.path or b"/") + has_query + self.query

    @property
    def origin(self) -> tuple[bytes, bytes, int]:
        """Scheme, host and port: requests to the same origin can share a connection."""
        return self.scheme, self.host, self.port

    @property
    def host_header(self) -> bytes:
        """The value of the Host header."""
        host = b"[%b]" % self.host if b":" in self.host else self.host
        return host if DEFAULT_PORTS.get(self.scheme) == self.port else b"%b:%d" % (host, self.port)

    def to_bytes(self) -> bytes:
        """The parts put together again."""
        fragment = b"#" + self.fragment if self.fragment else b""
        return b"%b://%b%b%b" % (self.scheme, self.netloc, self.origin_form, fragment)


def join(base: bytes, location: bytes) -> bytes:
    """The URI that `location` means on the page `base`. It keeps base's fragment if it has none.

    Bytes that a URI must not contain, as many servers send them, are quoted.
    """
    quoted = NOT_VISIBLE.sub(lambda found: b"%%%02X" % found[0][0], location)
    joined = urljoin(urldefrag(base).url, quoted)
    fragment = urldefrag(base).fragment
    return joined if b"#" in joined or not fragment else joined + b"#" + fragment
