"""The check of lesson 10: a visitor who does not read. The 50,000 lines are sent in calm weather alone."""

from tutorials.course.evidence import Evidence, Kind, NotYet
from tutorials.course.steps import Visitor, World

MANY, MOST = 50_000, 16 << 20
BLOCK = 50
"""Lines that are compared at once."""


def lines(first: int, last: int) -> bytes:
    """The lines with these numbers, and those between them."""
    return b"".join([b"%01000d\n" % number for number in range(first, last + 1)])


async def ask(visitor: Visitor, number: int) -> None:
    """Ask for this many lines, and expect them."""
    await visitor.send(b"SEND %d\n" % number)
    await visitor.expect(lines(1, number))


async def check(world: World) -> None:
    with world.step("three visitors ask for a few lines"):
        await world.serve()
        ann, bob, cat = [await world.visit() for _ in range(3)]
        for visitor in (ann, bob, cat):
            await ask(visitor, world.number(2, 9))
    with world.step("two requests in one piece, the beginning of a third, and a cut in its number"):
        one, two, three = [world.number(10, 20) for _ in range(3)]
        await ann.send_pieces(b"SEND %d\nSEND %d\nSEN" % (one, two))
        await ann.expect(lines(1, one) + lines(1, two))
        await ann.send_pieces(b"D %d" % (three // 10), b"%d" % (three % 10), b"\n")
        await ann.expect(lines(1, three))
    if world.weather.slice:
        return
    with world.step("one asks for 50,000 lines and reads nothing: the program grows by under 16 MiB"):
        before = world.program.memory()
        ann.peer.transport.pause_producing()
        await ann.send(b"SEND %d\n" % MANY)
        await world.until(lambda: world.program.memory() - before > MOST, 0.4)
        await world.settle()
        if world.program.memory() - before > MOST:
            raise NotYet(Kind.OTHER, "it grows by under 16 MiB", "it has grown by more than 16 MiB")
    with world.step("others are served meanwhile"):
        await ask(bob, world.number(2, 9))
        gone = await world.visit()
        gone.peer.transport.pause_producing()
        await gone.send(b"SEND %d\n" % MANY)
        await world.settle()
        await gone.reset()
        await ask(cat, world.number(2, 9))
    with world.step("the one who asked for 50,000 lines reads again: all are there, in their order"):
        ann.peer.transport.resume_producing()
        for first in range(1, MANY, BLOCK):
            await ann.expect(lines(first, first + BLOCK - 1), more=True)
        await ann.expect_nothing()
        await ask(ann, world.number(2, 9))


def grows(evidence: Evidence) -> bool:
    """Whether the program keeps what the peer does not read."""
    return evidence.step == 3 and evidence.kind is Kind.OTHER


def stops(evidence: Evidence) -> bool:
    """Whether a reader did not get the rest, although the program waits for events only."""
    return evidence.step == 5 and evidence.kind in (Kind.NOTHING, Kind.LITTLE)


MISTAKES = [
    ("ignores_pause", lambda e: grows(e) and "register_producer" in e.source),
    ("writes_all", grows),
    ("gap", lambda e: e.step == 1 and e.kind is Kind.NOTHING and e.is_waiting),
    ("forgets_end", lambda e: e.step == 2 and e.kind is Kind.NOTHING and e.is_waiting),
    ("forgets_end", lambda e: e.raised("RuntimeError", "a producer is registered already")),
    ("never_resumes", lambda e: stops(e) and e.is_waiting),
    ("throws_away", lambda e: e.step == 5 and e.kind is Kind.WRONG),
]
