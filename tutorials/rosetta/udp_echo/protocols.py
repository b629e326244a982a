"""UDP echo: each datagram comes back. On asyncio, with protocols."""

import asyncio
import sys


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.transport.sendto(data, address)


async def main() -> None:
    place = ("127.0.0.1", int(sys.argv[1]))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=place)
    print("listening on", transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
