"""The check of lesson 16: start, stop, start again. The program has the same file each time."""

import signal
import socket
import tempfile
from pathlib import Path

from tutorials.course.evidence import Evidence, Kind, NotYet
from tutorials.course.steps import HOST, World, compare

WITHIN = 2.0


async def stops(world: World, number: signal.Signals, file: Path, old: bytes, new: bytes) -> None:
    """The program has to end with 0 after a signal, to free its port, and to leave all lines in the file."""
    await world.settle()
    world.program.send_signal(number)
    await world.expect_exit(0, WITHIN)
    with socket.socket() as sock:
        if sock.connect_ex((HOST, world.port)) == 0:
            raise NotYet(Kind.OTHER, f"port {world.port} is free", "something still listens")
    old, new = old.replace(b"\r\n", b"\n"), new.replace(b"\r\n", b"\n")
    came = file.read_bytes().replace(b"\r\n", b"\n") if file.is_file() else b""
    if len(list(file.parent.iterdir())) > 1:
        world.notice("other files")
    wrong = {"overwrites": new if old else b"?", "run_together": (old + new).replace(b"\n", b"")}
    if came != old + new:
        raise compare(old + new, came, "", wrong, " in the file")


async def check(world: World) -> None:
    words = [f"{world.accented_word()}\r\n".encode() for _ in range(6)]
    with tempfile.TemporaryDirectory(prefix="reactor-school-check-") as directory:
        await play(world, Path(directory) / "lines.txt", words)


async def play(world: World, file: Path, words: list[bytes]) -> None:
    with world.step("the program listens"):
        await world.serve(file)
    with world.step("lines of two visitors, then SIGTERM while both are there"):
        ann = await world.visit()
        await ann.send_pieces(words[0] + words[1])
        bob = await world.visit()
        await bob.send_pieces(words[2])
        await ann.send_pieces(words[3])
        await stops(world, signal.SIGTERM, file, b"", b"".join(words[:4]))
    with world.step("started again at the same port: cut lines, then Ctrl-C"):
        await world.serve(file, port=world.port)
        eve, gone, lost = [await world.visit() for _ in range(3)]
        await gone.send_pieces(b"gr\xc3")
        await eve.send_pieces(b"gr\xc3", b"\xbcn\r", b"\n" + words[4] + words[5][:2])
        await gone.leave()
        await lost.reset()
        await eve.send_pieces(words[5][2:])
        lines = "grün\r\n".encode() + words[4] + words[5]
        await stops(world, signal.SIGINT, file, b"".join(words[:4]), lines)
    with world.step("the port is taken"):
        world.listen()
        world.run(file)
        await world.expect_exit(1, WITHIN)
        world.expect_one_error(str(world.port))


def keeps(evidence: Evidence, *kinds: Kind) -> bool:
    """Whether it has ended as it should, but the file has something else."""
    return evidence.status == 0 and evidence.expected_of == " in the file" and evidence.kind in kinds


MISTAKES = [
    ("gap", lambda e: keeps(e, Kind.NOTHING) and "TODO: append" in e.source),
    ("traceback_on_port", lambda e: e.step == 4 and e.raised()),
    ("overwrites", None),
    ("run_together", None),
    (
        "file_per_visitor",
        lambda e: "other files" in e.facts or (e.step == 2 and keeps(e, Kind.WRONG, Kind.LITTLE)),
    ),
    ("exits_at_once", lambda e: keeps(e, Kind.NOTHING, Kind.LITTLE) or (e.status or 0) < 0),
    ("ignores_ctrl_c", lambda e: e.kind is Kind.LATE and e.step in (2, 3)),
]
