"""The check of lesson 12: never block the reactor."""

from tutorials.course.evidence import Kind, NotYet
from tutorials.course.steps import BUSY, Visitor, World

PONG, SOON, TOGETHER = b"PONG\r\n", 0.2, 3.0


async def ping(visitor: Visitor, *pieces: bytes, after: float = 0.0) -> None:
    """Ask PING: PONG has to come SOON. On a busy machine a program that does not block may be late."""
    world, came, program = visitor.world, visitor.peer.received, visitor.world.program
    await (visitor.send_pieces(*pieces) if pieces else visitor.send(b"PING\r\n", after=after))
    began, used = world.reactor.seconds(), program.cpu()
    is_late = not await world.until(lambda: PONG in came, SOON)
    if is_late and not world.is_quiet() and (program.cpu() - used > 0.05 or await world.is_blocked_in()):
        raise NotYet(Kind.NOTHING, PONG, "nothing", of=f" to {visitor.name} within {SOON:g} s")
    came[:] = PONG * (PONG in came) + came.replace(PONG, b"", 1)  # the answer to a word may be there, too
    within = SOON if is_late and program.is_asleep() else BUSY
    await visitor.expect(PONG, {"no_ping": b"PING: GNIP\r\n"}, since=began, within=within, more=PONG in came)


async def gets(visitor: Visitor, *words: str) -> None:
    """The words have to come backwards, in any order."""
    right = [f"{word}: {'unknown' if '0' in word else word[::-1]}\r\n".encode() for word in words]
    swapped = [f"{words[-1]}: {word[::-1]}\r\n".encode() for word in words]
    came = visitor.peer.received
    await visitor.world.until(lambda: came.count(b"\n") >= len(words) or visitor.peer.has_ended, TOGETHER)
    for answers in (right, swapped):
        answers.sort(key=lambda answer: came.find(answer) % (1 << 20))
    await visitor.expect(b"".join(right), {"swapped": b"".join(swapped)})


async def check(world: World) -> None:
    with world.step("the program listens, and answers PING"):
        await world.serve()
        ann, bob = await world.visit(), await world.visit()
        await world.settle()  # its start is over
        await ping(ann)
    with world.step("somebody else asks while words are looked up"):
        words = [world.accented_word() for _ in range(3)]
        await ann.send("\r\n".join([*words, ""]).encode(), whole=True)
        await ping(bob, after=0.05)
        await gets(ann, *words)
    with world.step("a word with a digit; its visitor asks PING meanwhile"):
        await ann.send(f"{(number := world.word(5) + '0')}\r\n".encode())
        await ping(ann, after=0.05)
        await gets(ann, number)
    with world.step("lines in one piece, with a cut inside a character and inside CRLF"):
        await bob.send_pieces(b"PI")  # the rest comes in the next step
        await ping(ann, f"{(one := world.word())}\r\ngr".encode() + b"\xc3", b"\xbcn\r", b"\nPING\r\n")
        await gets(ann, one, "grün")
    if world.weather.slice:
        return  # so that it does not take too long
    with world.step("two visitors at once, one of them with half a line from before"):
        await bob.send(f"NG\r\n{words[0]}\r\n".encode())
        await ann.send(f"{one}\r\n".encode())
        await bob.expect(PONG, more=True)
        await gets(ann, one)
        await gets(bob, words[0])
    with world.step("one leaves while its word is looked up, one in the middle of a line, one resets"):
        left, gone, lost = [await world.visit() for _ in range(3)]
        for visitor, text in ((left, "gr"), (gone, f"{one}\r\n"), (lost, f"{one}\r\n")):
            await visitor.send_pieces(text.encode())
            await (visitor.reset if visitor is lost else visitor.leave)()
        await bob.send(f"{number}\r\n".encode())
        await ping(ann, after=0.05)
        await gets(bob, number)


MISTAKES = [
    ("gap", lambda e: e.step == 2 and ": ?" in str(e.came) and "TODO" in e.source),
    ("no_ping", None),
    ("overwritten", lambda e: e.step == 2 and "swapped" in e.fits),
    ("in_turn", lambda e: e.expected == PONG and e.kind is Kind.WRONG and ": " in str(e.came)),
    ("sends_the_deferred", lambda e: "<Deferred" in str(e.came) or e.raised("TypeError", "Deferred")),
    ("waits_for_thread", lambda e: e.is_in(".result(", ".join(", "wait(", ".get(", ".acquire(")),
    ("direct_call", lambda e: e.is_in("look_up(")),
    ("thread_writes", lambda e: e.raised("RuntimeError", "in a thread that is not")),
    ("not_caught", lambda e: e.raised("KeyError")),
]
