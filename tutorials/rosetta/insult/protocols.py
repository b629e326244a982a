"""Insults: an answer for each line. On asyncio, with protocols."""

import asyncio
import sys

from tutorials.rosetta.words import insult


class Insult(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            self.transport.write(insult(line.decode("utf-8", "replace")).encode() + b"\r\n")


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Insult, "127.0.0.1", int(sys.argv[1]))
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
