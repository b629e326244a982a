"""Quote of the day: a line, and the end. On asyncio, with protocols."""

import asyncio
import sys

from tutorials.rosetta.words import QUOTE


class Quote(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(QUOTE)
        transport.close()


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Quote, "127.0.0.1", int(sys.argv[1]))
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
