"""The same small servers for each engine, written as the users of that engine write servers.

`python -m benchmarks.peers.on_asyncio echo` prints where it listens, and serves until it is killed. No peer
is tuned: to compare with an unusually slow or unusually fast program would prove nothing.
"""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import trustme

QUOTE = b"Simple things should be simple, complex things should be possible. -- after Alan Kay\r\n"
HELLO = b"Hello, world!\n"
FILES = Path(__file__).with_name("files")
"""A directory with the file `file.txt` of 1 KiB."""

CLOCK = "(%Y/%m/%d %H:%M:%S)"


def announce(kind: str, port: int) -> None:
    """Print where the server listens, and collect garbage at each SIGUSR1 from now on."""
    signal.signal(signal.SIGUSR1, _collect)
    print(f"{kind} listening on tcp:127.0.0.1:{port}", flush=True)


@contextmanager
def certificate() -> Iterator[str]:
    """The path of a new certificate for localhost, with its key in the same file. Removed at the end."""
    with trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.tempfile() as path:
        yield path


def _collect(_number: int, _frame: FrameType | None) -> None:
    """Signal handler: collect garbage before the benchmark reads the memory, and report it on stdout."""
    gc.collect()
    print("collected", flush=True)
