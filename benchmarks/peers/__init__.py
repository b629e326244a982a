"""The same five small servers for each engine, written as its users would write them.

`python -m benchmarks.peers.on_asyncio echo` prints where it listens and serves until it is killed.
Nothing is tuned: a peer that is made slow on purpose, or fast in a way that nobody would, tells nothing.
"""

import gc
import signal
from types import FrameType

QUOTE = b"Simple things should be simple, complex things should be possible. -- after Alan Kay\r\n"
CLOCK = "(%Y/%m/%d %H:%M:%S)"


def announce(kind: str, port: int) -> None:
    """Say where the server listens, as the project's own servers do; from now on collect on request."""
    signal.signal(signal.SIGUSR1, _collect)
    print(f"{kind} listening on tcp:127.0.0.1:{port}", flush=True)


def _collect(_number: int, _frame: FrameType | None) -> None:
    """Memory is compared after a collection, and only the process itself can make one."""
    gc.collect()
    print("collected", flush=True)
