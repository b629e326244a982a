"""The check of lesson 5: the loop, one callback at a time. Each visitor sees a countdown of its own."""

from tutorials.course.evidence import Kind, NotYet, Sent
from tutorials.course.steps import Visitor, World

LINES, ALL = (b"3\n", b"2\n", b"1\n", b"go\n"), b"3\n2\n1\ngo\n"
AT_ONCE, LEAST, MOST = 0.08, 0.05, 0.3  # seconds to the first line, and between two lines


async def sees_all(visitor: Visitor, began: float, at_once: float) -> None:
    """The visitor, who came at `began`, has to see its countdown and the end. A busy program has longer."""
    world, peer, times = visitor.world, visitor.peer, visitor.peer.line_times
    has_all = lambda: peer.has_ended or not ALL[:-1].startswith(peer.received)  # noqa: E731 - or others
    pause = lambda: world.reactor.seconds() - max([began, *times])  # noqa: E731
    await world.until(lambda: has_all() or pause() > (2 if world.is_quiet() else 4) * MOST, 5.0)
    if has_all():
        await visitor.expect(ALL)
    is_early = any(time - began < number * LEAST for number, time in enumerate(times))  # never by chance
    pieces, lines = len({*times}), len(times)
    noticed = {"certain": is_early, "in one piece": pieces < lines, "all in one piece": pieces == 1 < lines}
    world.evidence.facts |= {fact for fact in noticed if noticed[fact]}
    for number, line in enumerate(LINES):
        of = f" to {visitor.name}" + (", 0.05 to 0.3 s after the line before" if number else " at once")
        if number == len(times):
            raise NotYet(Kind.LATE, line, "nothing", of=of)
        took, most = times[number] - (times[number - 1] if number else began), MOST if number else at_once
        if (took > most and not is_early) or (number and took < LEAST):
            raise NotYet(Kind.LATE if took > most else Kind.EARLY, line, line, f"after {took:.3f} s", of=of)
    await visitor.expect_end()
    await visitor.close()


async def countdown(world: World, many: int, delay: float = 0, most: float = MOST, act: str = "") -> None:
    """Visitors come, one each `delay` seconds, and some may act. All who stay have to see the countdown."""
    came = dict[Visitor, float]()
    for number in range(many):
        await world.sleep(delay)
        came[await world.visit()] = world.reactor.seconds()  # Python reads the clock first
        world.evidence.sent.append(Sent("(connects)", world.visitors[-1].name, number and delay))
    is_on_time = await world.until(lambda: all(each.peer.line_times for each in came), 0.05)
    if not is_on_time and await world.is_blocked_in("sleep"):
        world.evidence.facts |= {"certain", "sleeps"}
        raise NotYet(Kind.LATE, LINES[0], "nothing", of=f" to {world.visitors[-1].name} at once")
    visitors = [*came]
    if act == "leave":
        await visitors.pop(0).leave()
        await visitors.pop(0).reset()
    elif act:
        await visitors[0].send(act.encode())
    for each in visitors:
        await sees_all(each, came[each], most)


async def check(world: World) -> None:
    with world.step("the program listens"):
        await world.serve()
    with world.step("one visitor alone"):
        await world.measure(lambda: countdown(world, 1, most=AT_ONCE))
    with world.step("another visitor comes while the first one sees its countdown"):
        await world.measure(lambda: countdown(world, 2, delay=world.number(20, 60) / 1000))
    with world.step("several visitors at once"):
        await world.measure(lambda: countdown(world, world.number(5, 8)))
    with world.step("one leaves and one resets the connection in the middle, and a third one stays"):
        await world.measure(lambda: countdown(world, 3, act="leave"))
    with world.step("what a visitor says is not answered"):
        await world.measure(lambda: countdown(world, 2, act=f"{world.accented_word()}\r\n"))


OTHER = (Kind.END, Kind.WRONG, Kind.LITTLE, Kind.MUCH, Kind.LATE, Kind.EARLY)
MISTAKES = [
    ("gap", lambda e: e.step == 2 and e.came == "nothing" and e.is_waiting and e.expected == LINES[1]),
    ("called_now", lambda e: e.raised("TypeError", "call_later")),
    ("sleeps", lambda e: "sleeps" in e.facts),
    ("all_at_once", lambda e: e.came in LINES[1:3] and "in one piece" in e.facts and not e.errors),
    ("blocks", lambda e: e.kind is Kind.LATE and e.came == LINES[0] and "all in one piece" in e.facts),
    ("not_at_once", lambda e: e.kind is Kind.LATE and e.came == LINES[0]),
    ("stays_open", lambda e: e.kind is Kind.OPEN),
    ("shared_count", lambda e: e.step in (3, 4, 5) and e.kind in OTHER and e.raised("IndexError", "empty")),
    ("shared_count", lambda e: e.step in (3, 4, 5) and e.is_waiting and e.kind in OTHER and not e.raised()),
]
