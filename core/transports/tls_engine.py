"""OpenSSL in memory, without any I/O: encrypted bytes in, plain bytes out, and the reverse."""

import ssl

from core.errors import TLSError
from core.transports.certificates import explain

RECORD = 16384
"""The most plain bytes that one record holds (RFC 8446, 5.1)."""


class TLSEngine:
    """One end of a TLS connection. `server_hostname` is None at the server's end.

    Each call can leave bytes for the peer, which `take_output` returns: also a call that fails, which leaves
    the alert for it. An error is returned, not raised: its traceback would keep the connection in memory.
    """

    def __init__(self, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_hostname is None,
            server_hostname=server_hostname,
        )
        self.receive = self._incoming.write
        """Called with what the peer has sent."""

    @property
    def security(self) -> str:
        """The version and the cipher: `TLSv1.3 TLS_AES_256_GCM_SHA384`."""
        cipher = self._tls.cipher()
        return f"{self._tls.version()} {cipher[0] if cipher else ''}"

    def take_output(self) -> bytes:
        """Remove and return the bytes for the peer."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def do_handshake(self) -> bool | TLSError:
        """Go on with the handshake. Returns whether it is complete, or why it has failed."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            return explain(error)
        return True

    def decrypt(self, pieces: list[bytes]) -> TLSError | None:
        """Append everything that has arrived to `pieces`, and b"" for the peer's close_notify.

        Returns the error if the peer breaks the rules of TLS: the pieces before it are good.
        """
        try:
            while piece := self._tls.read(RECORD):
                pieces.append(piece)
                if not self._incoming.pending:
                    return None
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:  # this end has ended its half, too
            pass
        except ssl.SSLError as error:
            return explain(error)
        pieces.append(b"")
        return None

    def encrypt(self, data: bytes) -> None:
        """Encrypt `data`, one record with each call of OpenSSL."""
        written = self._tls.write(data)
        if written < len(data):
            rest = memoryview(data)[written:]
            while rest:
                rest = rest[self._tls.write(rest) :]

    def end(self) -> None:
        """Make the close_notify. Decrypt first: this drops what has arrived."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:  # the close_notify of the peer has not come yet
            pass
