"""The check of lesson 3: a stream has no seams."""

from tutorials.course.evidence import Evidence, Kind
from tutorials.course.steps import World


async def check(world: World) -> None:
    def draw() -> tuple[bytes, bytes]:
        one, two = world.number(100, 499), world.number(100, 499)
        return b"%d %d\n" % (one, two), b"%d\n" % (one + two)

    with world.step("the program listens"):
        await world.serve()
        ann = await world.visit()
    with world.step("a line in one piece"):
        first, total = draw()
        await ann.send(first)
        await ann.expect(total, {"joined": first.replace(b" ", b""), "no_line_feed": total[:-1]})
    with world.step("a line in single bytes: without its end it is not whole"):
        line, right = draw()
        await ann.send_pieces(line[:1])
        await ann.expect_nothing({"not_removed": total})
        await ann.send_pieces(*[line[place : place + 1] for place in range(1, len(line) - 1)])
        await ann.expect_nothing()
        await ann.send_pieces(line[-1:])
        await ann.expect(right)
    with world.step("a line and the beginning of the next one, in one piece"):
        (one, sum_one), (two, sum_two) = draw(), draw()
        await ann.send(one + two[:1], whole=True)
        await ann.expect(sum_one)
        await ann.send(two[1:])
        await ann.expect(sum_two, {"drops_rest": b"%d\n" % (int(sum_two) - int(two[:1]) * 100)})
    with world.step("three lines in one piece"):
        lines = [draw() for _ in range(3)]
        await ann.send(b"".join([line for line, _ in lines]), whole=True)
        await ann.expect(b"".join([right for _, right in lines]), {"one_a_chunk": lines[0][1]})
    with world.step("2,000 lines in two pieces, with the cut somewhere"):
        lines = [draw() for _ in range(2000)]
        data, place = b"".join([line for line, _ in lines]), world.number(1, 15_999)
        await ann.send_pieces(data[:place], data[place:])
        await ann.expect(b"".join([right for _, right in lines]))
    with world.step("a second visitor, while the first one has half a line"):
        bob = await world.visit()
        (one, sum_one), (two, sum_two) = draw(), draw()
        await ann.send_pieces(one[:1])
        await bob.send(two)
        await bob.expect(sum_two, {"shared_buffer": b"%d\n" % (int(sum_two) + int(one[:1]) * 1000)})
        await ann.send(one[1:])
        await ann.expect(sum_one)
    with world.step("one leaves and one resets within a line, and a third one goes on"):
        eve = await world.visit()
        for visitor, end in ((bob, bob.leave), (eve, eve.reset)):
            await visitor.send_pieces(draw()[0][:5])
            await end()
        await ann.send(one)
        await ann.expect(sum_one)


def has_raised(evidence: Evidence) -> bool:
    """Whether the program took something for a line that is none."""
    return evidence.raised("ValueError") or evidence.raised("IndexError")


def is_whole(evidence: Evidence) -> bool:
    """Whether the end of a line has been sent in this step."""
    return any(isinstance(sent.what, bytes) and b"\n" in sent.what for sent in evidence.sent)


MISTAKES = [
    ("text_sent", lambda e: e.raised("TypeError", "bytes")),
    *[(name, None) for name in ("joined", "no_line_feed", "not_removed", "one_a_chunk")],
    ("recursion", lambda e: e.raised("RecursionError")),
    ("chunk_is_line", lambda e: has_raised(e) and (e.step == 2 or not is_whole(e))),
    ("answers_half", lambda e: e.kind is Kind.MUCH and not is_whole(e)),
    ("drops_rest", lambda e: has_raised(e) and e.step in (3, 4)),
    ("only_at_end", lambda e: e.step == 4 and e.kind is Kind.NOTHING and e.is_waiting),
    ("shared_buffer", lambda e: has_raised(e) and e.step == 7),
]
