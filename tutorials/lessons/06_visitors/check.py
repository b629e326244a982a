"""The check of lesson 6: a protocol for each connection, a factory for ever."""

from tutorials.course.steps import Visitor, World


def line(number: int, here: int) -> bytes:
    """The line for visitor `number`."""
    return b"You are number %d. %d are here.\r\n" % (number, here)


async def greeted(visitor: Visitor, number: int, here: int) -> None:
    """The visitor has to get its number, and how many are here."""
    wrong = {
        "counts_too_early": line(number - 1, here - 1),
        "own_count": line(1, 1),
        "never_down": line(number, min(here + 1, number)),
        "number_again": line(here, here),
    }
    right = line(number, here)
    await visitor.expect(right, {name: text for name, text in wrong.items() if text != right})


async def check(world: World) -> None:
    with world.step("the program listens"):
        await world.serve()
    with world.step("the first visitor"):
        ann = await world.visit()
        await greeted(ann, 1, 1)
    with world.step("a second and a third one, while the first one is here"):
        bob = await world.visit()
        await greeted(bob, 2, 2)
        eve = await world.visit()
        await greeted(eve, 3, 3)
    with world.step("one leaves, and another one comes"):
        await bob.leave()
        await greeted(await world.visit(), 4, 3)
    with world.step("one resets the connection, and another one comes"):
        await eve.reset()
        await greeted(await world.visit(), 5, 3)
    with world.step("several come at once"):
        many = [await world.visit() for _ in range(world.number(4, 8))]
        for number, visitor in enumerate(many, 1):
            await greeted(visitor, 5 + number, 3 + number)
    with world.step("what a visitor says, whole or in pieces, is not answered"):
        await ann.send(f"{world.accented_word()}\r\n".encode())
        await ann.send_pieces(b"gr\xc3", b"\xbcn\r", b"\nhe", b"llo\r\n")
        await ann.expect_nothing()
        for visitor in many:
            await visitor.leave()
        await greeted(await world.visit(), 6 + len(many), 4)


MISTAKES = [
    ("no_factory", lambda e: e.raised("AttributeError", "factory")),
    *[(name, None) for name in ("own_count", "counts_too_early", "number_again", "never_down")],
]
