"""The check of lesson 4: an echo server for many visitors at once, on plain sockets."""

from tutorials.course.evidence import Evidence, Kind, NotYet
from tutorials.course.steps import Visitor, World


async def echo(world: World, *visitors: Visitor) -> None:
    """Send a line by each of the visitors, which has to come back."""
    for visitor in visitors:
        line = world.accented_word().encode() + b"\r\n"
        await visitor.send(line)
        await visitor.expect(line, within=1.0)


async def check(world: World) -> None:
    with world.step("the program listens"):
        await world.serve()
    with world.step("a visitor is silent"):
        ann = await world.visit()
        await world.expect_idle()
    with world.step("half a character comes back, half a line, and what is no text"):
        for piece in (b"gr\xc3", b"\xbcn\r", b"\nand", bytes([world.number(128, 191), 255])):
            await ann.send_pieces(piece)
            await ann.expect(piece)
    with world.step("a second visitor is silent, and the first one speaks"):
        bob = await world.visit()
        await echo(world, ann)
    with world.step("the second visitor speaks, and the first one is silent"):
        try:
            await echo(world, bob, bob)
        except NotYet:
            await world.look()
            ann.peer.transport.write(b"?\n")
            if await world.until(lambda: bob.peer.received, 0.3):
                world.notice("served when the other one speaks")
            raise
    with world.step("1 MiB comes back whole, though its visitor reads late and slowly"):
        eve = await world.visit(narrow=True)
        eve.peer.transport.pause_producing()
        numbers = range(start := world.number(1_000_000, 2_000_000), start + (1 << 17))
        await eve.send(b"".join([b"%d\n" % number for number in numbers]), whole=True)
        await world.settle()
        await echo(world, bob)
        for size in range(0, 200_000, 10_000):  # little by little, so that `send` finds room for a part only
            eve.peer.transport.resume_producing()
            await world.until(lambda: len(eve.peer.received) > size, 1.0, 0.0)  # noqa: B023 - called here
            eve.peer.transport.pause_producing()
            await world.until(world.program.is_asleep, 1.0)
        eve.peer.transport.resume_producing()
        await eve.expect(eve.sent)
    with world.step("the end of a stream: this connection is closed, the others go on"):
        await echo(world, bob)
        await bob.end_sending()
        await world.expect_idle()
        await bob.expect_end()
        await echo(world, ann)
    with world.step("one visitor resets the connection, one leaves, and the others go on"):
        await (await world.visit()).reset()
        await eve.leave()
        await echo(world, ann)
        await echo(world, await world.visit())


def is_stuck(evidence: Evidence, step: int, call: str) -> bool:
    """Whether an answer did not come in this step, because the program waits in `call`."""
    return evidence.kind is Kind.NOTHING and evidence.step == step and evidence.is_in(call)


MISTAKES = [
    ("spins_at_end", lambda e: "spins" in e.facts and e.step == 7),
    ("spins", lambda e: "spins" in e.facts),
    ("half_sent", lambda e: e.step == 6 and e.raised("BlockingIOError")),
    ("half_sent", lambda e: e.step == 6 and e.kind in (Kind.LITTLE, Kind.WRONG) and not e.raised()),
    ("dies_of_reset", lambda e: e.step == 8 and e.raised("ConnectionResetError")),
    ("blocks_in_recv", lambda e: is_stuck(e, 4, "recv")),
    ("blocks_in_recv", lambda e: is_stuck(e, 5, "recv") and "served when the other one speaks" in e.facts),
    ("one_at_a_time", lambda e: is_stuck(e, 5, "recv")),
    ("blocks_in_send", lambda e: is_stuck(e, 6, "send")),
    ("stays_open", lambda e: e.step == 7 and e.kind is Kind.OPEN),
]
