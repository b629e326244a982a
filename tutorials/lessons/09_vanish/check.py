"""The check of lesson 9: peers vanish. Time is measured in calm weather alone."""

from tutorials.course.evidence import Evidence, Kind, NotYet
from tutorials.course.steps import Visitor, World

TIMEOUT, BYE, SLACK = 0.5, b"bye\r\n", 0.5  # the last one for a busy machine


async def echo(visitor: Visitor, text: str, **wrong: bytes) -> None:
    """Send a line, and expect it back. `wrong` has what comes for a mistake, instead or right behind."""
    world, line = visitor.world, text.encode() + b"\r\n"
    await visitor.send(line)
    if not await world.until(lambda: visitor.peer.received, 0.25) and await world.is_blocked_in("sleep"):
        raise NotYet(Kind.NOTHING, line, "nothing", of=f" to {visitor.name}")
    await visitor.expect(line, wrong, more=bool(wrong))


async def is_told(since: float, visitor: Visitor) -> None:
    """Expect `bye` and the end, TIMEOUT seconds after `since`, when the visitor came."""
    await visitor.expect(BYE, since=since, not_before=TIMEOUT - 0.01, within=TIMEOUT + SLACK)
    await visitor.expect_end()


async def check(world: World) -> None:
    now, word = world.reactor.seconds, world.accented_word
    many = "".join([f"{word()}\r\n" for _ in range(5_000)]).encode()  # which takes time: no visitor waits yet
    with world.step("a line is echoed"):
        await world.serve()
        await echo(ann := await world.visit(), word())
    with world.step("three lines in one piece, one of them empty, and cuts inside a character and CRLF"):
        lines = f"{word()}\r\n\r\n{word()}\r\ngrün\r\n".encode()
        await ann.send_pieces(lines[:-4], lines[-4:-1], lines[-1:])
        await ann.expect(lines)
    with world.step("who ends its sending gets its lines, and the end of the stream"):
        await ann.send(many, whole=True)
        await ann.end_sending()
        await ann.expect(many)
        await ann.expect_end()
    if world.weather.slice:
        return
    with world.step("who says nothing for 0.5 s gets bye, and the end of the stream"):
        await is_told(now(), await world.visit())
    with world.step("who sends a line every 0.2 s stays, and when it stops, gets bye"):
        began, cat = now(), await world.visit()
        for _ in range(3):
            await world.sleep(0.2)
            began = now()
            await echo(cat, word(), never_reset=BYE)
        await is_told(began, cat)
    with world.step("one resets the connection; two say nothing, one between them sends lines"):
        gone, began = await world.visit(), now()
        await gone.send(b"gr\xc3")
        await gone.reset()
        dan, eve, fay = [await world.visit() for _ in range(3)]
        for _ in range(6):
            await echo(eve, word(), one_timer_for_all=BYE)
            await world.sleep(0.11)
        await is_told(began, dan)
        await is_told(began, fay)
    with world.step("single bytes, one every 0.12 s, do not count"):
        began, gil = now(), await world.visit()
        while not gil.peer.received and len(gil.sent) < 8:
            await gil.send(world.word(1).encode())
            await world.sleep(0.12)
        await is_told(began, gil)


def lacks_bye(e: Evidence, step: int) -> bool:
    return e.step == step and e.expected == BYE and e.kind in (Kind.NOTHING, Kind.LATE) and not e.raised()


MISTAKES = [
    ("sleeps", lambda e: e.is_in("sleep") and not e.is_waiting),
    ("never_reset", lambda e: e.step == 5 and e.kind is Kind.EARLY),
    ("no_timer", lambda e: lacks_bye(e, 4)),
    ("not_again", lambda e: lacks_bye(e, 5)),
    ("one_timer_for_all", lambda e: lacks_bye(e, 6)),
    ("any_byte_counts", lambda e: lacks_bye(e, 7)),
    ("stays_open", lambda e: e.kind is Kind.OPEN or (e.step == 3 and e.came == BYE)),
]
