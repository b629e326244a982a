"""The check of lesson 8: a room."""

from collections.abc import Sequence

from tutorials.course.evidence import Kind
from tutorials.course.steps import Visitor, World


def line(number: object, text: object) -> bytes:
    """The line that the others get."""
    return f"{number}: {text}\r\n".encode()


async def say(speaker: Visitor, number: int, listeners: Sequence[Visitor], **numbers: int) -> None:
    """Send a line. Expect the listeners to get it with this number. `numbers` has those of mistakes."""
    text = speaker.world.accented_word()
    wrong = {mistake: line(other, text) for mistake, other in numbers.items()}
    await speaker.send(f"{text}\r\n".encode())
    await speaker.flush()
    for listener in listeners:
        await listener.expect(line(number, text), wrong | {"bytes_shown": line(number, text.encode())})
    await speaker.expect(b"", {"to_itself": line(number, text)})


async def check(world: World) -> None:
    word = world.accented_word
    with world.step("the program listens, and two come"):
        await world.serve()
        ann, bob = await world.visit(), await world.visit()
        await ann.expect_nothing()
        await bob.expect_nothing()
    with world.step("the first one says something to the second one"):
        await say(ann, 1, [bob], from_zero=0, changing=2)
    with world.step("there are three, and the second one says something"):
        cat = await world.visit()
        await cat.expect_nothing()  # so that the program has accepted it
        await say(bob, 2, [ann, cat], from_zero=1, changing=3)
    with world.step("two lines in one piece, and the beginning of a third"):
        one, two, three = word(), word(), word()
        await cat.send_pieces(f"{one}\r\n{two}\r\n{three[:2]}".encode())
        await bob.expect(line(3, one) + line(3, two))
        await cat.send_pieces(f"{three[2:]}\r\n".encode())
        await bob.expect(line(3, three))
        await ann.expect(line(3, one) + line(3, two) + line(3, three))
    with world.step("a cut inside a character, one between CR and LF, what is no text, and an empty line"):
        await cat.send_pieces(b"gr\xc3", b"\xbcn\r", b"\n")
        await cat.send_pieces(b" gr\xfc \r\n\r\n")
        await ann.expect(line(3, "grün") + b"3:  gr\xfc \r\n3: \r\n")
        await bob.expect(line(3, "grün") + b"3:  gr\xfc \r\n3: \r\n")
    with world.step("somebody speaks while another one has half a line"):
        await ann.send_pieces(b"gr\xc3")
        await say(bob, 2, [ann, cat])
        await ann.send_pieces(b"\xbcn\r\n")
        await bob.expect(line(1, "grün"))
        await cat.expect(line(1, "grün"))
    with world.step("the second one leaves in the middle of a line, the others go on"):
        await bob.send(word()[:2].encode())
        await bob.leave()
        await ann.expect_nothing()
        await say(ann, 1, [cat])
    with world.step("the third one keeps its number, and the next one who comes gets another"):
        await say(cat, 3, [ann], numbers_shift=2)
        dan = await world.visit()
        await say(dan, 4, [ann, cat], numbers_shift=3)
    with world.step("one resets the connection, the others go on"):
        await ann.reset()
        await say(dan, 4, [cat], numbers_shift=3)


MISTAKES = [
    ("bytes_shown", None),
    ("to_itself", None),
    ("from_zero", None),
    ("numbers_shift", None),
    ("changing", None),
    ("told", lambda e: e.step in (1, 7) and e.kind is Kind.MUCH),
    ("gap", lambda e: e.step == 2 and e.kind is Kind.NOTHING and e.is_waiting),
    ("last_only", lambda e: e.step == 3 and e.kind is Kind.NOTHING and e.is_waiting),
    ("stops_when_one_goes", lambda e: e.step in (7, 9) and e.kind in (Kind.NOTHING, Kind.END, Kind.EXIT)),
]
