"""The access log: one line for each answer, in the common log format, on the logger `core.web.access`.

    127.0.0.1 - - [27/Nov/2026:03:00:00 +0000] "GET /clock HTTP/1.1" 200 512

The levels are INFO for an answer and for a request that was refused. A program that wants the lines in a file
adds a handler to this logger. Bytes from the client are escaped, so that a request cannot write a line of its
own.
"""

import logging
import time

from core.interfaces import Address, UnixAddress
from core.web.dates import MONTHS

log = logging.getLogger("core.web.access")


def is_enabled() -> bool:
    """Whether the lines are written at all."""
    return log.isEnabledFor(logging.INFO)


def write(peer: Address, user: bytes, line: bytes, code: int, size: int) -> None:
    """Log one answer. `size` is the number of bytes of the body."""
    host = "-" if isinstance(peer, UnixAddress) else peer.host
    who, what = escaped(user) or "-", escaped(line)
    log.info('%s - %s [%s] "%s" %d %s', host, who, now(), what, code, size or "-")


def escaped(text: bytes) -> str:
    """`text` with a backslash before quotes and backslashes, and `\\xHH` for what is not visible ASCII."""
    return text.decode("latin-1").encode("unicode_escape").decode().replace('"', '\\"')


def now() -> str:
    """The local time, as `27/Nov/2026:03:00:00 +0100`."""
    t = time.localtime()
    return f"{t.tm_mday:02}/{MONTHS[t.tm_mon - 1]}/{t.tm_year}:{time.strftime('%H:%M:%S %z', t)}"
