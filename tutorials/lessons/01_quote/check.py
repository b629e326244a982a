"""The check of lesson 1: a server waits, a client dials, the server hangs up."""

from tutorials.course.evidence import Evidence, Kind
from tutorials.course.steps import Visitor, World


async def check(world: World) -> None:
    text = f"{world.accented_word()} {world.word()}, {world.accented_word()}!"
    quote = text.encode() + b"\r\n"
    wrong = {"no_end": text.encode(), "line_feed": text.encode() + b"\n"}
    wrong |= {"latin1": text.encode("latin-1", "replace") + b"\r\n", "other_text": b"Take it easy.\r\n"}

    async def gets_the_quote(visitor: Visitor) -> None:
        await visitor.expect(quote, wrong)
        await visitor.expect_end()

    with world.step("the program listens"):
        await world.serve(text)
    with world.step("a visitor who says nothing gets the text, and the end of the stream"):
        ann = await world.visit()
        async with world.probing(
            lambda: ann.peer.received, speaks=lambda: ann.peer.is_open and ann.peer.transport.write(b"?\r\n")
        ):
            await gets_the_quote(ann)
        await ann.close()
    with world.step("a visitor who speaks first gets the same"):
        bob = await world.visit()
        await bob.send(f"{world.word()}\r\n".encode())
        await gets_the_quote(bob)
        await bob.close()
    with world.step("a visitor who has ended its sending gets the same"):
        eve = await world.visit()
        await eve.end_sending()
        await gets_the_quote(eve)
        await eve.close()
    with world.step("two visitors at once, and one who resets the connection between them"):
        one = await world.visit()
        gone = await world.visit()
        await gone.reset()
        two = await world.visit()
        await gets_the_quote(two)
        await gets_the_quote(one)


def is_silent(evidence: Evidence) -> bool:
    """Whether nothing came to a visitor who said nothing."""
    return evidence.kind is Kind.NOTHING and not evidence.sent


MISTAKES = [
    (
        "never_runs",
        lambda e: e.kind is Kind.EXIT and e.status == 0 and e.step == 1 and not e.raised(),
    ),
    ("text_sent", lambda e: e.raised("TypeError", "bytes")),
    ("aborts", Evidence.aborts),
    ("no_end", None),
    ("line_feed", None),
    ("latin1", None),
    ("other_text", None),
    ("gap", lambda e: is_silent(e) and e.is_waiting and "TODO" in e.source),
    ("waits_for_data", lambda e: is_silent(e) and "speaks" in e.facts),
    ("stays_open", lambda e: e.kind is Kind.OPEN),
    ("other_port", lambda e: e.kind is Kind.START and e.listens),
]
