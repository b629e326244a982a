"""The check of lesson 3: a stream has no seams."""

from tutorials.course.evidence import Evidence, Kind
from tutorials.course.steps import World


async def check(world: World) -> None:
    def draw(count: int = 1) -> tuple[bytes, bytes]:
        pairs = [(world.number(100, 499), world.number(100, 499)) for _ in range(count)]
        lines, sums = [b"%d %d\n" % pair for pair in pairs], [b"%d\n" % sum(pair) for pair in pairs]
        return b"".join(lines), b"".join(sums)

    def lost(line: bytes, total: bytes) -> dict[str, bytes]:
        return {"drops_rest": b"%d\n" % (int(total) - int(line[:1]) * 100)}  # without its first digit

    with world.step("the program listens"):
        await world.serve()
        ann = await world.visit()
    with world.step("a line in one piece"):
        first, total = draw()
        await ann.send(first)
        await ann.expect(total, {"joined": first.replace(b" ", b""), "no_line_feed": total[:-1]})
    with world.step("a line in two pieces: without its end it is not whole"):
        line, right = draw()
        await ann.send_pieces(line[:1])
        await ann.expect_nothing({"not_removed": total})
        await ann.send_pieces(line[1:])
        await ann.expect(right, lost(line, right))
    with world.step("a line in single bytes"):
        line, right = draw()
        await ann.send_pieces(*[line[place : place + 1] for place in range(len(line) - 1)])
        await ann.expect_nothing()
        await ann.send_pieces(line[-1:])
        await ann.expect(right)
    with world.step("a line and the beginning of the next one, in one piece"):
        (one, sum_one), (two, sum_two) = draw(), draw()
        await ann.send(one + two[:1], whole=True)
        await ann.expect(sum_one)
        await ann.send(two[1:])
        await ann.expect(sum_two, lost(two, sum_two))
    with world.step("three lines in one piece"):
        lines, sums = draw(3)
        await ann.send(lines, whole=True)
        await ann.expect(sums, {"one_a_chunk": sums[:4]})
    with world.step("2,000 lines in two pieces, with the cut somewhere"):
        lines, sums = draw(2000)
        cut = world.number(1, len(lines) - 1)
        await ann.send_pieces(lines[:cut], lines[cut:])
        await ann.expect(sums)
    with world.step("a second visitor, while the first one has half a line"):
        bob = await world.visit()
        (one, sum_one), (two, sum_two) = draw(), draw()
        await ann.send_pieces(one[:1])
        await bob.send(two)
        await bob.expect(sum_two, {"shared_buffer": b"%d\n" % (int(sum_two) + int(one[:1]) * 1000)})
        await ann.send(one[1:])
        await ann.expect(sum_one)
    with world.step("one leaves and one resets within a line, and a third one goes on"):
        for gone in (bob, await world.visit()):
            await gone.send_pieces(draw()[0][:5])
            await (gone.leave if gone is bob else gone.reset)()
        await ann.send(one)
        await ann.expect(sum_one)


def is_half(evidence: Evidence) -> bool:
    """Whether no end of a line has been sent in this step."""
    return not any(isinstance(sent.what, bytes) and b"\n" in sent.what for sent in evidence.sent)


MISTAKES = [
    ("text_sent", lambda e: e.raised("TypeError", "bytes")),
    *[(name, None) for name in ("joined", "no_line_feed", "not_removed", "drops_rest", "one_a_chunk")],
    ("shared_buffer", None),
    ("recursion", lambda e: e.raised("RecursionError")),
    ("chunk_is_line", lambda e: is_half(e) and (e.raised("ValueError") or e.raised("IndexError"))),
    ("chunk_is_line", lambda e: e.raised("ValueError", "got 0") or e.raised("ValueError", "b''")),
    ("answers_half", lambda e: e.kind is Kind.MUCH and is_half(e)),
    ("only_at_end", lambda e: e.step == 5 and e.kind is Kind.NOTHING and e.is_waiting),
]
