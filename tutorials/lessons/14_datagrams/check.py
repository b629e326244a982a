"""The check of lesson 14: UDP promises nothing. The checker loses, delays and doubles datagrams."""

from collections.abc import Callable, Iterable, Sequence

from core.formats.weather import Datagrams, parse
from tutorials.course.evidence import Kind, NotYet, Sent
from tutorials.course.steps import World

Rule = Callable[[int, int], Sequence[float]]  # of a question and the try: the delays of the answer's copies


class Server:
    """The UDP server that the program asks. `rule` says what becomes of each question."""

    def __init__(self, world: World, count: int, rule: Rule) -> None:
        self.world, self.rule = world, rule
        self.texts = {b"Q %d" % number: f"{number} {world.accented_word()}" for number in range(1, count + 1)}
        self.asked: dict[bytes, list[float]] = {question: [] for question in self.texts}
        self.peer = world.listen_udp(self.answer)

    def answer(self, data: bytes) -> Iterable[tuple[float, bytes]]:
        """The answers to a question, and when they are sent."""
        if data not in self.texts:
            return []
        self.asked[data].append(self.world.reactor.seconds())
        number, count = int(data[2:]), len(self.asked[data])
        answer, delays = f"A {self.texts[data]}".encode(), self.rule(number, count)
        self.world.notice("asked once" if count == 1 else "asked again")
        sent = [Sent(answer, "", delay) for delay in delays] or [Sent(f"(Q {number} is lost)")]
        self.world.evidence.sent += [] if {*sent} & {*self.world.evidence.sent} else sent
        return [(delay, answer) for delay in delays]


async def asks(world: World, count: int, rule: Rule, lost: int = 0, within: float = 1.5) -> list[list[float]]:
    """Run the program: it prints all answers, but none to `lost`. Returns when it has asked each question."""
    server = Server(world, count, rule)
    world.run(count)
    lines = [f"{lost} lost\n" if text[0] == f"{lost}" else f"{text}\n" for text in server.texts.values()]
    await world.expect_datagrams(server.peer, [*server.texts], within)
    await world.expect_exit(1 if lost else 0)
    await world.expect_output("".join(lines).encode())
    return [*server.asked.values()]


async def check(world: World) -> None:
    bad, lost = parse(f"lose=0.3,double,reorder,seed={world.weather.seed}"), world.number(2, 4)
    answers = [Datagrams(parse("lose=1") if number == lost else bad, number, "out") for number in range(6)]
    with world.step("each question is answered at once"):
        await asks(world, 3, lambda number, n: [0.0])
    with world.step("the answers come in the wrong order"):
        await asks(world, 4, lambda number, n: [0.06 - 0.015 * number])
    with world.step("each answer comes twice"):
        await asks(world, 3, lambda number, n: [0.0, 0.0])
    with world.step("one question is lost"):
        await asks(world, 4, lambda number, n: [] if (number, n) == (lost, 1) else [0.0])
    with world.step("one is lost four times; of the others a third is lost, comes twice or is overtaken"):
        await asks(world, 5, lambda number, n: answers[number].feed() if n <= 4 else [0.0], within=3.0)
    with world.step("one question is never answered"):
        asked = await asks(world, 5, lambda number, n: [0.0] if number != lost else [], lost, 2.0)
        times = asked.pop(lost - 1)
        if (n := len(times)) not in (10, 11):  # the first time may count or not
            raise NotYet(Kind.OTHER if n < 10 else Kind.MUCH, f"Q {lost} comes 10 times", f"{n} times")
        if (took := times[9] - times[0]) < 0.45:  # half of what the tries take
            raise NotYet(Kind.EARLY, f"Q {lost} comes every 0.1 s", f"the 10th after {took:.3f} s")
        if (n := min(map(len, asked))) > 4:  # on a busy machine an answer may come after a second question
            raise NotYet(Kind.LITTLE, "a question with an answer is not asked again", f"each came {n} times")


MISTAKES = [
    ("asks_once", lambda e: e.step > 3 and "asked again" not in e.facts and not e.raised()),
    ("never_ends", lambda e: e.kind is Kind.LATE and len(e.output.splitlines()) == len({*e.sent})),
    ("waits_for_ever", lambda e: e.kind is Kind.LATE and e.step == 6),
    ("gives_up", lambda e: (e.step == 5 or e.kind is Kind.OTHER) and b" lost" in e.output),
    ("asks_too_fast", lambda e: e.kind is Kind.EARLY),
    ("asks_answered", lambda e: "each came" in str(e.came)),
    ("bytes_shown", lambda e: b" b'" in e.output),
    ("trusts_order", lambda e: e.step in (2, 4) and {*e.output.splitlines()} == {*e.expected.splitlines()}),
    ("lost_twice", lambda e: any(e.output.count(b"%d lost\n" % number) > 1 for number in range(6))),
    ("prints_doubles", lambda e: e.step in (3, 5) and len({*e.output.split()}) < len(e.output.split())),
]
