"""A class of scripted visitors, so that there is something to watch: they come, talk, go and misbehave.

The lesson: what takes many steps over a long time reads best as a coroutine. Each visitor is one; they all
take turns on the same reactor as the servers that they visit, over real connections.
"""

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import Random

from core.deferred import Deferred
from core.endpoints import TCPEndpoint, UDPEndpoint, parse
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
Lines do not exist on the wire, only bytes.
Then who makes lines of them?
The LineReceiver keeps what is not a line yet.
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


class Listener(Protocol):
    """Hears everything and minds nothing. `gone` has its result once the connection is no more."""

    def connection_made(self) -> None:
        """It may end at any time."""
        self.gone: Deferred[None] = Deferred()

    def connection_lost(self, reason: Exception) -> None:
        """Nobody is there any more."""
        self.gone.callback(None)

    def say(self, text: str) -> None:
        """Send a line."""
        self.transport.write(text.encode() + b"\r\n")


Visit = Callable[[str], Coroutine[object, object, None]]


class ScriptedClass:
    """Thirty visitors of the services that listen at `endpoints`. The same `seed`, the same class."""

    def __init__(self, reactor: Reactor, endpoints: Mapping[str, Sequence[str]], seed: int = 1) -> None:
        self._reactor = reactor
        self._random = Random(seed)
        self._endpoints = {name: parse(endpoints[0]) for name, endpoints in endpoints.items()}

    def start(self) -> None:
        """Have them come, one after another."""
        visitors = [
            *((self.chatter, name) for name in NAMES[:18]),
            *((self.flooder, name) for name in NAMES[18:19]),
            *((self.dreamer, name) for name in NAMES[19:20]),
            *((self.insulted, "") for _ in range(4)),
            *((self.echoer, "") for _ in range(3)),
            *((self.reader, "") for _ in range(2)),
            (self.pinger, ""),
        ]
        for number, (visit, name) in enumerate(visitors):
            self._reactor.call_later(0.05 * number, self._begin, visit, name)

    def _begin(self, visit: Visit, name: str) -> None:
        Deferred.from_coroutine(self._come_again_and_again(visit, name))

    async def _come_again_and_again(self, visit: Visit, name: str) -> None:
        while True:
            try:
                await visit(name)
            except OSError as error:  # full, or stopping
                log.debug("%s could not come: %s", name or visit.__name__, error)
            await self._pause(2, 8)

    def _pause(self, shortest: float, longest: float) -> Deferred[None]:
        over: Deferred[None] = Deferred()
        self._reactor.call_later(self._random.uniform(shortest, longest), over.callback, None)
        return over

    async def _connect(self, service: str) -> Listener:
        match self._endpoints.get(service):
            case TCPEndpoint(host, port):
                return await ClientCreator(self._reactor, Listener).connect_tcp(host, port)
        raise ConnectionRefusedError(f"{service} is not open")

    # --- what they do

    async def chatter(self, name: str) -> None:
        """Joins the chat, says a few things, and goes."""
        chat = await self._connect("chat")
        await self._pause(0.2, 2)
        chat.say(name)
        for _ in range(self._random.randrange(5, 15)):
            await self._pause(0.5, 6)
            chat.say(self._random.choice(LINES))
        chat.say("/quit")
        await chat.gone

    async def flooder(self, name: str) -> None:
        """Says far too much at once; and goes once all of it is read, for until then the name is taken."""
        chat = await self._connect("chat")
        chat.say(name)
        for _ in range(6):
            await self._pause(3, 5)
            for number in range(20):
                chat.say(f"Testing, {number + 1} of 20.")
        chat.say("/quit")
        await chat.gone

    async def dreamer(self, name: str) -> None:
        """Sends more than it reads, and does not read at all: what it is owed has to wait."""
        echo = await self._connect("echo")
        echo.transport.pause_producing()
        for _ in range(40):
            await self._pause(0.2, 0.5)
            echo.transport.write(bytes(200_000))
        echo.transport.abort_connection()

    async def insulted(self, name: str) -> None:
        """Asks for one insult after another."""
        insult = await self._connect("insult")
        for _ in range(self._random.randrange(3, 12)):
            await self._pause(0.5, 3)
            insult.say(self._random.choice(TOPICS))
        insult.say("quit")

    async def echoer(self, name: str) -> None:
        """Talks to a wall."""
        echo = await self._connect("echo")
        for _ in range(self._random.randrange(10, 60)):
            await self._pause(0.05, 0.5)
            echo.say(self._random.choice(LINES))
        echo.transport.lose_connection()

    async def reader(self, name: str) -> None:
        """Reads a quote, and thinks about it."""
        await self._connect("qotd")
        await self._pause(0.5, 3)

    async def pinger(self, name: str) -> None:
        """Sends a datagram now and then."""
        match self._endpoints.get("udp_echo"):
            case UDPEndpoint(host, port):
                socket = self._reactor.listen_udp(0, DatagramProtocol())
                for number in range(60):
                    socket.write(b"ping %d" % number, (host, port))
                    await self._pause(0.3, 1)
                socket.stop_listening()
