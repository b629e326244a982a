"""The check of lesson 7: a state machine."""

from tutorials.course.evidence import Kind
from tutorials.course.steps import Visitor, World


async def ask(visitor: Visitor, command: str, answer: str, **wrong: str) -> None:
    """Send a command, and expect its answer. `wrong` has the answers that mistakes would give."""
    await visitor.send(command.encode() + b"\r\n")
    others = {mistake: text.encode() + b"\r\n" for mistake, text in wrong.items()}
    await visitor.expect(answer.encode() + b"\r\n", others)


async def check(world: World) -> None:
    name, text = world.word(4).capitalize(), world.accented_word().capitalize()
    said = f"250 {name} says {text}"
    with world.step("the program listens"):
        await world.serve()
        ann = await world.visit()
    with world.step("SAY before HELO"):
        await ask(ann, f"SAY {text}", "503 first HELO", gap="500 what?")
    with world.step("HELO, and then SAY"):
        answer = f"250 hello {name}"
        lowered = answer.lower()
        capitals = answer.replace(name, name.upper())
        await ask(ann, f"HELO {name}", answer, gap="500 what?", line_changed=capitals, line_lowered=lowered)
        await ask(ann, f"SAY {text}", said, never_changes="503 first HELO")
    with world.step("a second HELO, with another name"):
        other = world.word(4).capitalize()
        await ask(ann, f"HELO {other}", f"503 you are {name}", helo_again=f"250 hello {other}")
        await ask(ann, f"SAY {text}", said, renamed=f"250 {other} says {text}")
    with world.step("commands in small letters, and in mixed ones"):
        await ask(ann, f"say {text}", said, case_matters="500 what?")
        await ask(ann, f"hElO {name}", f"503 you are {name}", case_matters="500 what?")
    with world.step("what is no command, and what only begins like one"):
        for line in (world.word(), "", f"SAYING {text}"):
            await ask(ann, line, "500 what?")
    with world.step("two lines in one piece, and the beginning of a third"):
        await ann.send(f"SAY {text}\r\nHELO {name}\r\nSAY {text[:2]}".encode(), whole=True)
        await ann.expect(f"{said}\r\n503 you are {name}\r\n".encode())
        await ask(ann, text[2:], said)
    with world.step("a cut inside a character, a blank at the end, and a cut between CR and LF"):
        await ann.send_pieces(b"SAY gr\xc3", b"\xbcn \r", b"\n")
        await ann.expect(f"250 {name} says grün \r\n".encode())
    with world.step("a second visitor, while the first one has half a line"):
        bob = await world.visit()
        await ann.send_pieces(b"SAY gr\xc3")
        await ask(bob, f"SAY {text}", "503 first HELO", shared_state=said)
        await ask(bob, f"HELO {other}", f"250 hello {other}", shared_state=f"503 you are {name}")
        await ann.send_pieces(b"\xbcn\r\n")
        wrong = {"shared_state": f"250 {other} says grün\r\n".encode()}
        await ann.expect(f"250 {name} says grün\r\n".encode(), wrong)
    with world.step("one leaves in the middle of a line, the others go on"):
        gone = await world.visit()
        await gone.send(f"HELO {world.word()}\r\nSAY".encode(), whole=True)
        await gone.leave()
        await ask(ann, f"SAY {text}", said)
        await ask(bob, f"SAY {text}", f"250 {other} says {text}")
    with world.step("QUIT, after HELO and before it"):
        for visitor in (ann, await world.visit()):
            await ask(visitor, "QUIT", "221 bye", quit_too_early="503 first HELO")
            await visitor.expect_end()
        await ask(bob, f"SAY {text}", f"250 {other} says {text}")


MISTAKES = [
    ("gap", None),
    ("no_state", lambda e: e.step == 2 and e.came[:4] == b"250 "),
    ("line_changed", lambda e: "line_lowered" in e.fits),
    ("never_changes", None),
    ("renamed", None),
    ("helo_again", None),
    ("case_matters", None),
    ("prefix", lambda e: e.step == 6 and e.came[:4] == b"250 "),
    ("shared_state", None),
    ("quit_too_early", None),
    ("quit_stays", lambda e: e.kind is Kind.OPEN),
]
