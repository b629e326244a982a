"""Quote of the day: a line, and the end. On asyncio, with streams."""

import asyncio
import sys

from tutorials.rosetta.words import QUOTE


async def quote(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(QUOTE)
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(quote, "127.0.0.1", int(sys.argv[1]))
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
