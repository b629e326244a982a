"""Saves the wire of a session to a file, which grows while the session goes on: as text, or as pcap."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol as Shape

from clients.monitor.export import new_path
from clients.monitor.feed.wire import ARROWS, Chunk
from clients.monitor.sessions.server import SessionRow
from core.standard_streams import write_all

ENDINGS = (".txt", ".pcap")


class Encoder(Shape):
    """A file format. `head` is the beginning of the file; `encode` makes what follows for a chunk."""

    head: bytes

    def encode(self, chunk: Chunk) -> bytes: ...


class TextEncoder:
    """For reading: each read or write begins a line, with its time and direction."""

    def __init__(self, session: SessionRow) -> None:
        row = session.row
        words = (row.service, f"#{row.id}", row.user, row.peer)
        self.head = f"# {' '.join(filter(None, words))}\n".encode()

    def encode(self, chunk: Chunk) -> bytes:
        at = datetime.fromtimestamp(chunk.at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        first = f"{at} {ARROWS.get(chunk.direction, '?')} "
        others = " " * len(first)
        return "".join([f"{others if n else first}{line}\n" for n, line in enumerate(chunk.text)]).encode()


class Capture:
    """A new file at `path`, with the chunks that are there, and those that are added later.

    The file has whole chunks only: when the disk is full, the beginning of a chunk is cut off again. OSError.
    """

    def __init__(self, path: Path, encoder: Encoder, chunks: Iterable[Chunk]) -> None:
        self.path = path
        self.size = 0
        self._encoder = encoder
        self._number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            self._append(encoder.head)
            for chunk in chunks:
                self.add(chunk)
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def add(self, chunk: Chunk) -> None:
        """Append one read or one write. OSError."""
        self._append(self._encoder.encode(chunk))

    def close(self) -> None:
        """Close the file. Nothing can be added after this."""
        os.close(self._number)

    def _append(self, data: bytes) -> None:
        try:
            write_all(self._number, data)
        except OSError:
            os.ftruncate(self._number, self.size)
            os.lseek(self._number, self.size, os.SEEK_SET)
            raise
        self.size += len(data)


def start(name: str, session: SessionRow, chunks: Iterable[Chunk]) -> Capture:
    """Save `chunks` of `session` to a new file, whose path is that of `new_path`. OSError, ValueError.

    The ending of the name chooses the format.
    """
    path = new_path(name, ENDINGS)
    if path.suffix == ".txt":
        return Capture(path, TextEncoder(session), chunks)
    from clients.monitor.feed.pcap import PcapEncoder  # the library is not loaded before it is needed

    return Capture(path, PcapEncoder(session), chunks)
