"""Demo clients: thirty scripted clients that connect, talk, leave and misbehave, for the monitor to show.

The lesson: an activity of many steps over a long time reads best as a coroutine. Each client is one. They
share the reactor of the servers, but connect to them over real connections.
"""

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import Random

from core.deferred import Deferred
from core.endpoints import TCPEndpoint, UDPEndpoint, parse
from core.errors import UserError
from core.protocols.protocol import DatagramProtocol, Protocol
from core.reactor import Reactor
from core.transports.connector import ClientCreator

log = logging.getLogger(__name__)

NAMES = (
    *("ada", "alan", "anita", "barbara", "claude", "dennis", "donald", "edsger", "frances", "grace"),
    *("guido", "hedy", "ivan", "jean", "joan", "john", "karen", "katherine", "ken", "leslie"),
)

LINES = """Has anyone found out why mine blocks?
You called time.sleep in a handler, did you not?
It was only half a second.
Half a second for you is half a second for all of us.
What is the difference between a protocol and a factory?
The protocol goes when the connection goes. The factory stays.
So the list of users belongs to the factory?
Exactly.
My line came in two pieces.
There are no lines on the wire, only bytes.
Then who makes lines of them?
The LineReceiver keeps the bytes of an unfinished line.
Is it time for lunch?
It is always time for lunch in some time zone.
Who is the one who never reads?
Look at the column that says waiting.
I have drawn the reactor on the board again.
It looks like a plate of spaghetti.
That is the select loop. The spaghetti is my callback chain.
Try await.
Did the server just slow me down?
You said ten things in one second.
I had a lot to say.
Watch me close the laptop without leaving.
Keep-alive will find you.""".splitlines()

TOPICS = ["printers", "mondays", "semicolons", "yaml", "regex", "homework", "dragons", "help"]


class DemoProtocol(Protocol):
    """Discards received data. `closed` fires when the connection is lost."""

    def connection_made(self) -> None:
        self.closed: Deferred[None] = Deferred()

    def data_received(self, data: bytes) -> None:
        pass

    def connection_lost(self, reason: Exception) -> None:
        self.closed.callback(None)

    def send_line(self, text: str) -> None:
        """Send `text` and CRLF."""
        self.transport.write(text.encode() + b"\r\n")


class DemoDatagrams(DatagramProtocol):
    """Discards received datagrams."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        pass


Script = Callable[[str], Coroutine[object, object, None]]
"""One visit of the client with this name."""


class DemoClients:
    """Thirty clients of the services at `endpoints`. The same `seed` gives the same behaviour.

    With the `share` (k, n) it is each n-th of them, from the k-th on, so that n servers have one class.
    """

    def __init__(
        self,
        reactor: Reactor,
        endpoints: Mapping[str, Sequence[str]],
        seed: int = 1,
        share: tuple[int, int] = (1, 1),
    ) -> None:
        self._reactor = reactor
        self._random = Random(seed + share[0] - 1)
        self._share = slice(share[0] - 1, None, share[1])
        self._endpoints = {name: parse(endpoints[0]) for name, endpoints in endpoints.items()}

    def start(self) -> None:
        """Start the clients one after another."""
        clients = [
            *((self.chatter, name) for name in NAMES[:18]),
            *((self.flooder, name) for name in NAMES[18:19]),
            *((self.slow_reader, name) for name in NAMES[19:20]),
            *((self.insulted, "") for _ in range(4)),
            *((self.echoer, "") for _ in range(3)),
            *((self.reader, "") for _ in range(2)),
            (self.pinger, ""),
        ]
        for number, (script, name) in enumerate(clients[self._share]):
            self._reactor.call_later(0.05 * number, self._start_one, script, name)

    def _start_one(self, script: Script, name: str) -> None:
        Deferred.from_coroutine(self._repeat(script, name))

    async def _repeat(self, script: Script, name: str) -> None:
        while True:
            try:
                await script(name)
            except (OSError, UserError) as error:  # the server is full, or this reactor stops
                log.debug("%s could not connect: %s", name or script.__name__, error)
            await self._pause(2, 8)

    def _pause(self, shortest: float, longest: float) -> Deferred[None]:
        over: Deferred[None] = Deferred()
        self._reactor.call_later(self._random.uniform(shortest, longest), over.callback, None)
        return over

    async def _connect(self, service: str) -> DemoProtocol:
        match self._endpoints.get(service):
            case TCPEndpoint(host, port):
                return await ClientCreator(self._reactor, DemoProtocol).connect_tcp(host, port)
        raise ConnectionRefusedError(f"{service} is not open")

    # --- the scripts

    async def chatter(self, name: str) -> None:
        """Join the chat, say a few lines, and leave."""
        chat = await self._connect("chat")
        await self._pause(0.2, 2)
        chat.send_line(name)
        for _ in range(self._random.randrange(5, 15)):
            await self._pause(0.5, 6)
            chat.send_line(self._random.choice(LINES))
        chat.send_line("/quit")
        await chat.closed

    async def flooder(self, name: str) -> None:
        """Say 20 lines at once, six times. Leave when the server has read them all and frees the name."""
        chat = await self._connect("chat")
        chat.send_line(name)
        for _ in range(6):
            await self._pause(3, 5)
            for number in range(20):
                chat.send_line(f"Testing, {number + 1} of 20.")
        chat.send_line("/quit")
        await chat.closed

    async def slow_reader(self, name: str) -> None:
        """Send to the echo server and never read, so that its answers have to wait."""
        echo = await self._connect("echo")
        echo.transport.pause_producing()
        for _ in range(40):
            await self._pause(0.2, 0.5)
            echo.transport.write(bytes(200_000))
        echo.transport.abort_connection()

    async def insulted(self, name: str) -> None:
        """Ask for several insults."""
        insult = await self._connect("insult")
        for _ in range(self._random.randrange(3, 12)):
            await self._pause(0.5, 3)
            insult.send_line(self._random.choice(TOPICS))
        insult.send_line("quit")

    async def echoer(self, name: str) -> None:
        """Send lines to the echo server."""
        echo = await self._connect("echo")
        for _ in range(self._random.randrange(10, 60)):
            await self._pause(0.05, 0.5)
            echo.send_line(self._random.choice(LINES))
        echo.transport.lose_connection()

    async def reader(self, name: str) -> None:
        """Receive the quote of the day."""
        await self._connect("qotd")
        await self._pause(0.5, 3)

    async def pinger(self, name: str) -> None:
        """Send datagrams to the UDP echo server."""
        match self._endpoints.get("udp_echo"):
            case UDPEndpoint(host, port):
                socket = self._reactor.listen_udp(0, DemoDatagrams())
                for number in range(60):
                    socket.write(b"ping %d" % number, (host, port))
                    await self._pause(0.3, 1)
                socket.stop_listening()
