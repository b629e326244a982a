"""The check of lesson 2: characters and bytes."""

from tutorials.course.evidence import Evidence
from tutorials.course.steps import Visitor, World


def line(characters: int, size: int) -> bytes:
    """The answer to a line of this length."""
    return b"%d characters, %d bytes\r\n" % (characters, size)


async def ask(visitor: Visitor, text: str, end: bytes = b"\r\n") -> None:
    """Send a line of text, and expect its numbers of characters and of bytes."""
    data = text.encode()
    await visitor.send(data + end)
    await visitor.expect(
        line(len(text), len(data)),
        {
            "counts_bytes": line(len(data), len(data)),
            "counts_end": line(len(text) + len(end), len(data) + len(end)),
            "str_of_bytes": line(len(str(data)), len(data)),
        },
    )


async def check(world: World) -> None:
    with world.step("the program listens"):
        await world.serve()
        ann = await world.visit()
    with world.step("a word of ASCII letters"):
        await ask(ann, world.word())
    with world.step("a letter that takes two bytes"):
        await ask(ann, world.accented_word())
    with world.step("a character that takes four bytes, and blanks around it"):
        await ask(ann, f" {world.word()} \N{SNAIL} ")
    with world.step("an empty line, and one that ends with a line feed alone"):
        await ask(ann, "")
        await ask(ann, world.word(), b"\n")
    with world.step("a line that is not UTF-8"):
        size = world.number(2, 9)
        await ann.send(b"\xff" * size + b"\r\n")
        right = b"not text, %d bytes\r\n" % size
        await ann.expect(right, {"unnoticed": line(size, size), "ignored": line(0, size)})
    with world.step("two lines in one piece, and the beginning of a third"):
        one, two, three = world.accented_word(), world.word(8), world.accented_word()
        await ann.send(f"{one}\r\n{two}\r\n{three[:4]}".encode(), whole=True)
        await ann.expect(line(6, 7) + line(8, 8))
        await ann.send(f"{three[4:]}\r\n".encode())
        await ann.expect(line(6, 7))
    with world.step("a cut inside a character, and one between CR and LF"):
        await ann.send_pieces(b"gr\xc3", b"\xbcn\r", b"\n")
        await ann.expect(line(4, 5))
    with world.step("a second visitor, while the first one has half a line"):
        bob = await world.visit()
        await ann.send_pieces(b"gr\xc3")
        await ask(bob, world.word())
        await ann.send_pieces(b"\xbcn\r\n")
        await ann.expect(line(4, 5))


def names(evidence: Evidence, *words: str) -> bool:
    """Whether one of `words` stands in the program. It decides only between mistakes with the same bytes."""
    return any(word in evidence.source.lower() for word in words)


MISTAKES = [
    ("text_sent", lambda e: e.raised("TypeError", "bytes")),
    ("str_of_bytes", None),
    ("counts_end", None),
    ("latin1", lambda e: e.fits & {"counts_bytes", "unnoticed"} and names(e, "latin", "8859", "cp125")),
    ("counts_bytes", None),
    ("replaced", lambda e: e.fits & {"unnoticed", "ignored"} and names(e, "replace", "ignore")),
    ("unnoticed", lambda e: "ignored" in e.fits),
    ("not_caught", lambda e: e.raised("UnicodeDecodeError")),
]
