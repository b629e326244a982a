"""The exceptions of the core, with Twisted's names.

Where Python has the exception (`ConnectionRefusedError`, `TimeoutError`, `BrokenPipeError`), the core raises
that one. The `reason` of `connection_lost` is an exception, not a wrapper such as Twisted's Failure.
"""


class ConnectionClosed(Exception):
    """The connection has ended: the base of ConnectionDone and ConnectionLost."""


class ConnectionDone(ConnectionClosed):
    """Either end closed the connection cleanly."""

    def __str__(self) -> str:
        return super().__str__() or "connection was closed cleanly"


class ConnectionLost(ConnectionClosed):
    """The connection was lost: a reset, a timeout, or a network error."""

    def __str__(self) -> str:
        return super().__str__() or "connection was lost"


class ConnectionAborted(ConnectionLost):
    """This end called `abort_connection()`."""

    def __str__(self) -> str:
        return self.args[0] if self.args else "connection was aborted at this end"


class TLSError(ConnectionLost):
    """The TLS handshake failed, or the peer broke the rules of TLS. The text says why, in words."""


class VerifyError(TLSError):
    """The certificate of the peer is not trusted, has expired, or is for another name."""


class UntrustedError(VerifyError):
    """No authority that is trusted here has signed the certificate of the peer."""


class CertificateError(Exception):
    """A file with a certificate or a key is missing, cannot be read, or does not fit."""


class UserError(Exception):
    """`Connector.stop_connecting()` ended a connection attempt."""

    def __str__(self) -> str:
        return "the connection attempt was cancelled"


UserAbort = UserError


class DNSLookupError(OSError):
    """A host name has no address, or the look-up failed."""


class ServerBusyError(TimeoutError):
    """The backlog of a Unix socket was full until the timeout: a server is there, and accepts nothing."""


class NotConnectingError(RuntimeError):
    """`stop_connecting()` was called, but there is no connection attempt."""


class CannotListenError(OSError):
    """A port cannot listen: its address is in use, is not local, or is not allowed.

    `address` is the endpoint string, and `errno` the error number of the system, if it gave one.
    """

    def __init__(self, address: str, error: Exception) -> None:
        number = error.errno if isinstance(error, OSError) else None
        super().__init__(number, f"cannot listen on {address}: {in_words(error)}")
        self.address = address


class AlreadyCalled(ValueError):
    """A DelayedCall was called already, or a Deferred has a result already."""


class AlreadyCancelled(ValueError):
    """A DelayedCall was cancelled already."""


class CancelledError(Exception):
    """A Deferred was cancelled before it had a result."""


class FirstError(Exception):
    """The first error in a DeferredList: `sub_failure` is the error, `index` the position of its Deferred."""

    def __init__(self, sub_failure: Exception, index: int) -> None:
        super().__init__(sub_failure, index)
        self.sub_failure = sub_failure
        self.index = index


class ReactorNotRunning(RuntimeError):
    """`stop()` was called, but the reactor is not running."""


class ReactorAlreadyRunning(RuntimeError):
    """`run()` was called, but the reactor is running already."""


def in_words(error: Exception) -> str:
    """The text of `error`, without the number that an OSError has in front of it."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
