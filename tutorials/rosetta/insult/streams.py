"""Insults: an answer for each line. On asyncio, with streams."""

import asyncio
import contextlib
import sys

from tutorials.rosetta.words import insult


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        async for line in reader:
            writer.write(insult(line.decode("utf-8", "replace").rstrip("\r\n")).encode() + b"\r\n")
            await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]))
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
