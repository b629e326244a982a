"""The check of lesson 11: the server of a client, and the user at its keyboard."""

from tutorials.course.evidence import Kind
from tutorials.course.steps import Visitor, World


async def begin(world: World, is_terminal: bool = False) -> Visitor:
    """Start the program, and accept its connection."""
    listener = world.listen()
    world.run(keyboard=is_terminal)
    return await world.accept(listener, name="the server")


async def says(server: Visitor, *pieces: bytes) -> None:
    """The server sends pieces. All that it has sent has to be printed at once."""
    world, peer, before = server.world, server.peer, len(server.sent.replace(b"\r", b""))
    await (server.send_pieces(*pieces) if pieces[1:] else server.send(pieces[0]))
    data = b"".join(pieces).replace(b"\r", b"")
    acts = {"types": lambda: world.program.type(b"\n"), "leaves": peer.transport.lose_connection}
    async with world.probing(lambda: world.printed()[before:] == data, **acts):
        await world.expect_output(data, {"adds_line_feeds": data + b"\n"}, within=0.3, after=before)


async def types(server: Visitor, data: bytes, half: bytes = b"") -> None:
    """The user types data, after half a line. The lines have to come with CRLF."""
    await server.world.type(data)
    peer, typed, lines = server.peer, half + data, (half + data).replace(b"\n", b"\r\n")
    async with server.world.probing(lambda: peer.received == lines, says=lambda: peer.transport.write(b"\n")):
        await server.expect(lines, {"line_feed": typed, "skips_empty": lines.replace(b"\r\n\r\n", b"\r\n")})


async def ends(server: Visitor) -> None:
    """The input ends. The program has to tell the server so, and to print what still comes."""
    server.world.end_input()
    await server.expect_end()
    await says(server, *[f"{server.world.word()}\r\n".encode() for _ in range(2)])
    await server.close()
    await server.world.expect_exit(0)


async def check(world: World) -> None:
    one, two = f"{world.accented_word()}\r\n".encode(), f"{world.accented_word()}\n".encode()
    with world.step("the program connects, and the server speaks first"):
        await says(server := await begin(world), one)
    with world.step("two lines are typed, and the server does not answer"):
        await types(server, two + b" " + two)
    with world.step("pieces with a cut inside a character and inside CRLF"):
        await says(server, one + b"gr\xc3", b"\xbcn\r", b"\n")
    with world.step("the server speaks while a line is typed; then an empty line is typed"):
        await world.type(b"gr\xc3")
        await says(server, b"\r\n" + one)
        await types(server, b"\xbcn\n\n", half=b"gr\xc3")
    with world.step("the input ends, and the server goes on"):
        await ends(server)
    with world.step("at a terminal: a line, a question with no end, then Ctrl-D, and the server goes on"):
        await types(server := await begin(world, is_terminal=True), two)
        await says(server, f"{world.word()}? ".encode())
        await ends(server)
    with world.step("the server closes, or resets, while the user may still type"):
        for name in ("leave", "reset"):
            await says(server := await begin(world), one + b"gr")
            await getattr(server, name)()
            await world.expect_exit(1)
            world.expect_one_error()


MISTAKES = [
    ("bytes_shown", lambda e: b"b'" in e.output or b'b"' in e.output),
    ("decodes_pieces", lambda e: e.raised("UnicodeDecodeError") or "\ufffd".encode() in e.output),
    ("text_sent", lambda e: e.raised("TypeError", "bytes")),
    ("takes_turns", lambda e: "says" in e.facts or ("types" in e.facts and "recv(" in e.source)),
    ("input_blocks", lambda e: e.kind is Kind.NOTHING and not e.is_waiting and e.is_in("input(", "stdin")),
    ("takes_turns", lambda e: "types" in e.facts),
    ("not_flushed", lambda e: "leaves" in e.facts),
    *[(name, None) for name in ("adds_line_feeds", "line_feed", "skips_empty")],
    ("waits_for_line", lambda e: e.kind is Kind.NOTHING and e.expected[-2:] == b"? "),
    ("says_nothing", lambda e: e.kind is Kind.OPEN),
    ("hangs_up_at_once", lambda e: e.step in (5, 6) and e.kind in (Kind.NOTHING, Kind.LITTLE, Kind.RESET)),
    ("lost_unnoticed", lambda e: e.step == 7 and not e.raised() and (e.kind is Kind.OUTPUT or not e.status)),
]
