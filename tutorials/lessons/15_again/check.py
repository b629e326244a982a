"""The check of lesson 15: results later, and trying again. The client is started once for each step."""

from tutorials.course.evidence import Kind, NotYet
from tutorials.course.peers import Listener
from tutorials.course.steps import START, Visitor, World, free_port

DELAYS, LEAST, SLACK = (0.05, 0.1, 0.2, 0.4), 0.42, 0.5  # of the last two together; for a busy machine


async def asks(world: World, listener: Listener, number: int = 0) -> Visitor:
    """The program has to connect, the first time or again, and to send GET."""
    peer = await world.accept(listener, DELAYS[number - 1] * 1.5 + SLACK if number else START)
    await peer.expect(b"GET\r\n")
    return peer


async def answers(world: World, listener: Listener, value: str, *pieces: bytes) -> None:
    """The server sends the value in pieces. The program has to print it, and to end with 0."""
    peer = await asks(world, listener)
    await peer.send_pieces(*(pieces or [f"VALUE {value}\r\n".encode()]))
    await world.expect_output(f"{value}\n".encode(), {"whole_line": f"VALUE {value}\n".encode()})
    await peer.close()
    await world.expect_exit(0)


async def begin(world: World, failures: int = 0) -> Listener:
    """Start the program. The server fails so often: it closes, then it resets, then it closes in a line."""
    listener = world.listen()
    world.run()
    for number in range(failures):
        peer = await asks(world, listener, number)
        await peer.send_pieces(*[f"VALUE {world.word(3)}".encode()] * (number == 2))
        listener.ended.append(world.reactor.seconds())
        await (peer.reset if number == 1 else peer.leave)()
    return listener


async def gives_up(world: World) -> None:
    """No try succeeds: the program has to end after five. `measure` repeats what may be a chance."""
    world.notice("certain")
    waits = (await begin(world, 5)).waits()
    await world.expect_exit(1)
    await world.expect_output(b"")
    world.expect_one_error()
    is_short = any(wait < delay / 2 for wait, delay in zip(waits, DELAYS, strict=True))
    if is_short or waits[3] < 1.5 * waits[0] or (waits[3] < 1.7 * waits[2] and waits[2] + waits[3] < LEAST):
        world.evidence.facts = {"certain" * is_short, "no delay" * (min(waits) < DELAYS[0] / 2)}
        expected = "connections 2 to 5 come after 0.05, 0.1, 0.2 and 0.4 s, each ±50 %"
        raise NotYet(Kind.EARLY, expected, ", ".join([f"after {wait:.3f} s" for wait in waits]))


async def check(world: World) -> None:
    value = f"V{world.accented_word()}"
    with world.step("the server answers"):
        await answers(world, await begin(world), value)
    with world.step("the answer in pieces, cut inside a character and inside CRLF"):
        await answers(world, await begin(world), "grün", b"VAL", b"UE gr\xc3", b"\xbcn\r", b"\n")
    with world.step("the server closes, resets, closes in the middle of a line, answers"):
        await answers(world, await begin(world, 3), value)
    with world.step("the server never answers: five tries"):
        await world.measure(lambda: gives_up(world))
    with world.step("nothing listens for a while, then the server answers with two lines"):
        world.port = free_port()
        world.run()
        await world.until(lambda: world.program.has_begun() and world.program.is_asleep(), START)
        await world.sleep(0.25)
        await answers(world, world.listen(world.port), value, f"VALUE {value}\r\nVALUE 1\r\n".encode())


MISTAKES = [
    ("not_awaited", lambda e: b"<coroutine" in e.output or b"<Deferred" in e.output),
    ("whole_line", None),
    ("tight_loop", lambda e: "no delay" in e.facts),
    ("not_doubled", lambda e: e.kind is Kind.EARLY),
    ("forgets_clean_close", lambda e: e.raised("ConnectionDone")),
    ("forgets_refusal", lambda e: e.raised("ConnectionRefusedError")),
    ("half_line", lambda e: (e.step == 2 and e.kind is Kind.WRONG) or (e.step == 3 and e.status == 0)),
    ("gives_up", lambda e: e.step in (3, 4) and "has ended" in str(e.came) and not e.raised()),
    ("never_ends", lambda e: e.kind is Kind.LATE),
]
