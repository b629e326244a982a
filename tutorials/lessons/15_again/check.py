"""The check of lesson 15: results later, and trying again. The client is started once for each step."""

from tutorials.course.evidence import Kind, NotYet
from tutorials.course.peers import Listener
from tutorials.course.steps import START, Visitor, World, free_port

DELAYS, SLACK = (0.0, 0.05, 0.1, 0.2, 0.4), 0.5  # the slack is for a busy machine


async def asks(world: World, listener: Listener, delay: float = 0.0) -> Visitor:
    """The program has to connect, `delay` seconds ±50 % after the one before has ended, and to send GET."""
    peer = await world.accept(listener, delay * 1.5 + SLACK if delay else START)
    took = listener.times[-1] - listener.ended if delay else 0.0
    if took < delay / 2 and (world.evidence.step == 4 or delay == DELAYS[3]):
        world.notice("same delay" if took > DELAYS[1] / 2 else "no delay")
        expected = f"connection {peer.number}, {delay:g} s ±50 % after the end of the one before"
        raise NotYet(Kind.EARLY, expected, f"after {took:.3f} s")
    await peer.expect(b"GET\r\n")
    return peer


async def prints(peer: Visitor, value: str, *pieces: bytes) -> None:
    """The server sends the value in pieces. The program has to print it, and to end with 0."""
    await peer.send_pieces(*(pieces or [f"VALUE {value}\r\n".encode()]))
    await peer.world.expect_output(f"{value}\n".encode(), {"whole_line": f"VALUE {value}\n".encode()})
    await peer.close()
    await peer.world.expect_exit(0)


async def fails(world: World, listener: Listener, number: int) -> None:
    """Try `number`: the server closes, but the second time it resets, the third time after half a line."""
    peer = await asks(world, listener, DELAYS[number])
    if number == 2:
        await peer.send_pieces(f"VALUE {world.word(3)}".encode())
    listener.ended = world.reactor.seconds()
    await (peer.reset if number == 1 else peer.leave)()


async def check(world: World) -> None:
    value = world.accented_word()
    with world.step("the server answers"):
        listener = world.listen()
        world.run()
        await prints(await asks(world, listener), value)
    with world.step("the answer in pieces, cut inside a character and inside CRLF"):
        world.run()
        await prints(await asks(world, listener), "grün", b"VAL", b"UE gr\xc3", b"\xbcn\r", b"\n")
    with world.step("the server closes, resets, closes in the middle of a line, answers"):
        listener = world.listen()
        world.run()
        for number in range(3):
            await fails(world, listener, number)
        await prints(await asks(world, listener, DELAYS[3]), value)
    with world.step("the server never answers: five tries"):
        listener = world.listen()
        world.run()
        for number in range(len(DELAYS)):
            await fails(world, listener, number)
        await world.expect_exit(1)
        await world.expect_output(b"")
        world.expect_one_error()
    with world.step("nothing listens for a while, then the server answers with two lines"):
        world.port = free_port()
        world.run()
        await world.until(lambda: world.program.status() is not None, 0.25)
        peer = await asks(world, world.listen(world.port))
        await prints(peer, value, f"VALUE {value}\r\nVALUE {world.word()}\r\n".encode())


MISTAKES = [
    ("not_awaited", lambda e: b"<coroutine" in e.output or b"<Deferred" in e.output),
    ("whole_line", None),
    ("tight_loop", lambda e: "no delay" in e.facts),
    ("same_delay", lambda e: "same delay" in e.facts),
    ("forgets_clean_close", lambda e: e.raised("ConnectionDone")),
    ("forgets_refusal", lambda e: e.raised("ConnectionRefusedError")),
    ("half_line", lambda e: (e.step == 2 and e.kind is Kind.WRONG) or (e.step == 3 and e.status == 0)),
    ("gives_up", lambda e: e.step in (3, 4) and "has ended" in str(e.came) and not e.raised()),
    ("never_ends", lambda e: e.kind is Kind.LATE),
]
