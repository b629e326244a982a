"""What can go wrong has a name, and it is Twisted's name.

Where Python itself has the exception (`ConnectionRefusedError`, `TimeoutError`, `BrokenPipeError`), the
code raises that one; here are the others. A `reason` handed to `connection_lost` is an instance, never
a wrapper around one.
"""


class ConnectionClosed(Exception):
    """The base of ConnectionDone and ConnectionLost: the connection has ended."""


class ConnectionDone(ConnectionClosed):
    """The connection was closed cleanly, by either end."""

    def __str__(self) -> str:
        return super().__str__() or "connection was closed cleanly"


class ConnectionLost(ConnectionClosed):
    """The connection broke off: a reset, a dead peer, a failing network."""

    def __str__(self) -> str:
        return super().__str__() or "connection was lost"


class ConnectionAborted(ConnectionLost):
    """This end broke the connection off, with `abort_connection()`."""

    def __str__(self) -> str:
        return self.args[0] if self.args else "connection was aborted at this end"


class UserError(Exception):
    """A connection attempt was given up by `Connector.stop_connecting()`."""

    def __str__(self) -> str:
        return "the connection attempt was cancelled"


UserAbort = UserError


class DNSLookupError(OSError):
    """A host name has no address, or none could be found out."""


class NotConnectingError(RuntimeError):
    """`stop_connecting()` was called while no attempt was under way."""


class CannotListenError(OSError):
    """The address cannot be listened on: it is in use, not ours, or not allowed.

    `address` is the endpoint string, and `errno` the system's reason.
    """

    def __init__(self, address: str, error: Exception) -> None:
        number, text = (error.errno, error.strerror) if isinstance(error, OSError) else (None, None)
        super().__init__(number, f"cannot listen on {address}: {text or error}")
        self.address = address


class AlreadyCalled(ValueError):
    """A DelayedCall has run already, or a Deferred has its result already."""


class AlreadyCancelled(ValueError):
    """A DelayedCall was cancelled before."""


class CancelledError(Exception):
    """A Deferred was cancelled before it had a result."""


class ReactorNotRunning(RuntimeError):
    """`stop()` was called on a reactor that does not run."""


class ReactorAlreadyRunning(RuntimeError):
    """`run()` was called on a reactor that runs."""
