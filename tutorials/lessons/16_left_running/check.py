"""The check of lesson 16: start, stop, start again. The program has the same file each time."""

import signal
import socket
import tempfile
from pathlib import Path

from tutorials.course.evidence import Kind, NotYet
from tutorials.course.steps import HOST, START, World, compare

WITHIN, IN_FILE, NO_TEXT = 2.0, " in the file", b"\r\n gr\xfc \r\n"


async def stops(world: World, number: signal.Signals, file: Path, old: bytes, new: bytes) -> None:
    """The program has to end with 0 after a signal, to free its port, and to leave all lines in the file."""
    await world.settle()
    world.program.send_signal(number)
    await world.expect_exit(0, WITHIN)
    with socket.socket() as sock:
        if sock.connect_ex((HOST, world.port)) == 0:
            raise NotYet(Kind.OTHER, f"port {world.port} is free", "something still listens")
    expected, came = (old + new).replace(b"\r", b""), file.read_bytes() if file.is_file() else b""
    wrong = {"overwrites": new.replace(b"\r", b"") if old else b"?", "keeps_cr": old + new}
    wrong |= {"run_together": expected.replace(b"\n", b""), "skips_empty": expected.replace(b"\n\n", b"\n")}
    if came.decode("ascii", "ignore") == expected.decode("ascii", "ignore"):
        wrong["not_bytes"] = came
    if len(list(file.parent.iterdir())) > 1 or 0 < came.count(b"\n") < expected.count(b"\n"):
        world.notice("missing")
    if came != expected:
        raise compare(expected, came, "", wrong, IN_FILE)


async def check(world: World) -> None:
    words = [f"{world.accented_word()}\r\n".encode() for _ in range(6)]
    with tempfile.TemporaryDirectory(prefix="reactor-school-check-") as directory:
        await play(world, Path(directory) / "lines.txt", words)


async def play(world: World, file: Path, words: list[bytes]) -> None:
    with world.step("the program listens"):
        await world.serve(file)
    with world.step(
        "lines of two visitors, one of them empty, one no text; then SIGTERM, while both are there"
    ):
        ann = await world.visit()
        await ann.send_pieces(words[0] + words[1])
        bob = await world.visit()
        await bob.send_pieces(words[2] + NO_TEXT)
        await ann.send_pieces(words[3])
        old = b"".join([*words[:3], NO_TEXT, words[3]])
        await stops(world, signal.SIGTERM, file, b"", old)
    with world.step("started again at the same port: cut lines, then Ctrl-C"):
        await world.serve(file, port=world.port)
        eve, gone, lost = [await world.visit() for _ in range(3)]
        await gone.send_pieces(b"gr\xc3")
        await eve.send_pieces(b"gr\xc3", b"\xbcn\r", b"\n" + words[4] + words[5][:2])
        await gone.leave()
        await lost.reset()
        await eve.send_pieces(words[5][2:])
        lines = "grün\r\n".encode() + words[4] + words[5]
        await stops(world, signal.SIGINT, file, old, lines)
    with world.step("the port is taken"):
        world.listen()
        world.run(file)
        await world.expect_exit(1, START)  # its start is in that time
        world.expect_one_error(str(world.port))


MISTAKES = [
    ("gap", lambda e: e.kind is Kind.NOTHING and e.expected_of == IN_FILE and "TODO: append" in e.source),
    ("traceback_on_port", lambda e: e.step == 4 and e.raised()),
    *[(name, None) for name in ("overwrites", "run_together", "keeps_cr", "skips_empty", "not_bytes")],
    ("not_bytes", lambda e: e.raised("UnicodeDecodeError")),
    ("file_per_visitor", lambda e: e.step == 2 and "missing" in e.facts),
    ("exits_at_once", lambda e: e.kind in (Kind.NOTHING, Kind.LITTLE) and e.expected_of == IN_FILE),
    ("not_handled", lambda e: e.kind is Kind.EXIT and ((e.status or 0) < 0 or e.raised("KeyboardInterrupt"))),
    ("ignores_ctrl_c", lambda e: e.kind is Kind.LATE and e.step in (2, 3)),
]
