"""Chat: a name first, then lines to all others. On asyncio, with protocols."""

import asyncio
import sys

members: dict[str, "Member"] = {}


class Member(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.name, self.rest = "", b""

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            self.line_received(line.decode("utf-8", "replace"))

    def line_received(self, text: str) -> None:
        if self.name:
            tell(f"<{self.name}> {text}", self)
        elif text in members:
            self.send_line(f"{text} is taken")
        else:
            self.name = text
            members[text] = self
            self.send_line(f"welcome {text}")

    def send_line(self, text: str) -> None:
        self.transport.write(text.encode() + b"\r\n")

    def connection_lost(self, reason: Exception | None) -> None:
        if members.pop(self.name, None):
            tell(f"{self.name} has left", self)


def tell(text: str, sender: Member) -> None:
    for member in members.values():
        if member is not sender:
            member.send_line(text)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Member, "127.0.0.1", int(sys.argv[1]))
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
