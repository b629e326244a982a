"""The chat on the full screen, without a terminal and without a network: the test is the server."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from clients.chat.client import ChatClient
from clients.chat.fullscreen.app import ChatApp
from clients.chat.session import ChatSession
from core.endpoints import TCPEndpoint
from core.errors import ConnectionLost
from core.reactor import Reactor
from core.testing import SERVER, StringTransport
from tests.clients.chat.idle_connector import IdleConnector

NOON = 1_795_255_200.0
"""2026-11-21 10:00:00 UTC."""

WIDE, MIDDLE, NARROW = (100, 30), (60, 20), (40, 12)


class Chat:
    """The app, and the server's end of its connection. `time` is the Unix time, which the test sets."""

    def __init__(self, name: str | None = "ann") -> None:
        self.time = NOON
        endpoint = TCPEndpoint("127.0.0.1", 8000)
        self.app = ChatApp(
            endpoint, self._connect, lambda program: ChatClient(program, name, now=lambda: self.time)
        )
        self.pilot: Pilot[None]
        self.rings = 0

    def _connect(self, reactor: Reactor, client: ChatClient) -> None:
        self.connector = IdleConnector(reactor)
        self.meet()

    def meet(self) -> None:
        """The app has connected, and the server asks for a name."""
        self.session: ChatSession = self.app.client.build_protocol(SERVER)
        self.transport = StringTransport()
        self.session.make_connection(self.transport)
        self.session.data_received(b'{"event": "events", "v": 1}\r\n')
        self.tell("prompt", text="Name?")

    def tell(self, kind: str, **more: object) -> None:
        """The server sends an event of this kind."""
        stamp = f"2026-11-21T{10 + int(self.time - NOON) // 3600:02}:{int(self.time - NOON) // 60 % 60:02}:00"
        event = {"event": kind, "time": f"{stamp}+00:00", "text": "", "name": "", **more}
        self.session.data_received(json.dumps(event).encode() + b"\r\n")

    def welcome(self, *names: str, seq: int = 0) -> None:
        """The server accepts ann. `names` are the other users. With a `seq` it confirms lines."""
        self.tell("welcome", name="ann", text="Welcome to the chat, ann.", seq=seq)
        self.tell("names", names=[*names, "ann"], text=f"Participants in chat: {', '.join([*names, 'ann'])}")

    def say(self, name: str, *texts: str) -> None:
        """The user `name` sends messages."""
        for text in texts:
            self.tell("said", name=name, text=text)

    def lose(self) -> None:
        """The connection is lost."""
        self.session.connection_lost(ConnectionLost())
        self.app.client.client_connection_lost(self.connector, ConnectionLost())

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until the screen is drawn."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type `text`. A newline is the Enter key."""
        names = {" ": "space", "\n": "enter", "/": "slash", ":": "colon"}
        await self.press(*(names.get(letter, letter) for letter in text))

    async def settle(self) -> None:
        """Wait until the screen is drawn."""
        await self.pilot.pause()
        self.app.chat.paint()
        await self.pilot.pause()

    @property
    def screen(self) -> str:
        """The whole screen as text."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "".join(strip.text.rstrip() + "\n" for strip in strips)

    @property
    def log(self) -> str:
        """The visible part of the log as text."""
        return "".join(row.text.rstrip() + "\n" for row in self.app.chat.log_view._rows)

    def style(self, text: str) -> str:
        """The style of `text` in the last row of the log that has it."""
        row = [row for row in self.app.chat.log_view._rows if text in row.text][-1]
        (segment,) = row.crop(row.text.index(text), row.text.index(text) + 1)
        return str(segment.style)

    @property
    def edge(self) -> str:
        """The text in the rule between the log and the input field."""
        return self.app.chat.edge._rows[0].text.strip("─ ")

    @property
    def typed(self) -> tuple[str, int]:
        """The text of the input field, and the cursor's position in it."""
        return self.app.chat.field.text, self.app.chat.field.cursor


Act = Callable[[Chat], Awaitable[None]]


def chat(act: Act, size: tuple[int, int] = WIDE, name: str | None = "ann") -> str:
    """The screen after `act`."""

    async def run() -> str:
        found = Chat(name)
        async with found.app.run_test(size=size) as found.pilot:
            found.app.front.on_ring = lambda line: setattr(found, "rings", found.rings + 1)
            await found.settle()
            await act(found)
            await found.settle()
            return found.screen

    return asyncio.run(run())
