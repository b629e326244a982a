"""The peers on asyncio: Protocols, for the default event loop and for uvloop."""

import asyncio
import ssl
import sys
import time

from benchmarks.peers import CLOCK, QUOTE, announce, certificate


class Stream(asyncio.Protocol):
    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # uvloop's transport is not declared as a Transport


class Echo(Stream):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Quote(Stream):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.write(QUOTE)
        self.transport.close()


class Lines(Stream):
    def __init__(self) -> None:
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            self.line_received(line)

    def line_received(self, line: bytes) -> None:
        self.send_line(line)

    def send_line(self, line: bytes) -> None:
        self.transport.write(line + b"\r\n")


class Chat(Lines):
    def __init__(self, members: "dict[str, Chat]") -> None:
        super().__init__()
        self.members = members
        self.name = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.send_line(time.strftime(CLOCK).encode())
        self.send_line(b"Choose a username:")

    def line_received(self, line: bytes) -> None:
        if self.name:
            self.broadcast(f"{time.strftime(CLOCK)}<{self.name}> {line.decode()}")
        else:
            self.register(line.decode())

    def register(self, name: str) -> None:
        if name in self.members:
            self.send_line(f"Sorry, '{name}' is taken. Try something else.".encode())
            return
        self.name = name
        self.members[name] = self
        self.send_line(f"Welcome to the chat, {name}.".encode())
        self.send_line(f"Participants in chat: {', '.join(self.members)}".encode())
        self.broadcast(f"{name} has joined the channel.")

    def broadcast(self, message: str) -> None:
        line = message.encode()
        for member in self.members.values():
            if member is not self:
                member.send_line(line)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.members.pop(self.name, None):
            self.broadcast(f"{self.name} has left the channel.")


class UdpEcho(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # as above

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


async def serve(kind: str) -> None:
    """Listen on a free port, and serve until the process is killed."""
    loop = asyncio.get_running_loop()
    if kind == "udp":
        transport, _ = await loop.create_datagram_endpoint(UdpEcho, local_addr=("127.0.0.1", 0))
        announce(kind, transport.get_extra_info("sockname")[1])
    else:
        members: dict[str, Chat] = {}
        makers = {"echo": Echo, "tls": Echo, "lines": Lines, "churn": Quote, "chat": lambda: Chat(members)}
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if kind == "tls" else None
        if context is not None:
            with certificate() as path:
                context.load_cert_chain(path)
        server = await loop.create_server(makers[kind], "127.0.0.1", 0, ssl=context)
        announce(kind, server.sockets[0].getsockname()[1])
    await loop.create_future()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
