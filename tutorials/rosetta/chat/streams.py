"""Chat: a name first, then lines to all others. On asyncio, with streams."""

import asyncio
import contextlib
import sys

members: dict[str, asyncio.StreamWriter] = {}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    name = ""
    with contextlib.suppress(ConnectionError):
        async for line in reader:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if name:
                await tell(f"<{name}> {text}", writer)
            elif text in members:
                await send_line(f"{text} is taken", writer)
            else:
                name = text
                members[name] = writer
                await send_line(f"welcome {name}", writer)
    if members.pop(name, None):
        await tell(f"{name} has left", writer)
    writer.close()


async def send_line(text: str, writer: asyncio.StreamWriter) -> None:
    writer.write(text.encode() + b"\r\n")
    with contextlib.suppress(ConnectionError):
        await writer.drain()


async def tell(text: str, sender: asyncio.StreamWriter) -> None:
    for writer in list(members.values()):
        if writer is not sender:
            await send_line(text, writer)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
