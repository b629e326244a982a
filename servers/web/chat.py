"""`/chat`: the chat in a browser. Events come down as server-sent events, lines go up as POST requests.

A session outlives its connections. Its browser reads one stream of events, and connects again when it is
lost; then it receives what it missed. When no stream is open for 15 seconds, the session leaves the chat.
"""

import itertools
import json
import logging
import secrets
from collections import deque

from core.formats.chat_events import EVENTS_ARE_ON, LONGEST_LINE, Event, Style, encode
from core.formats.text import visible
from core.interfaces import ReactorTime
from core.task import defer_later
from core.timers import DelayedCall
from core.web import NOT_DONE_YET, ForbiddenResource, NoResource, RenderResult, Request, Resource
from servers.chat.room import ChatRoom, Member
from servers.chat.session import ChatSession, ChatState
from servers.chat.token_bucket import Rate, TokenBucket
from servers.web.layout import Page, template
from servers.web.same_site import is_from_here
from servers.web.streams import ALIVE, ALIVE_EVERY, EventStream, event

log = logging.getLogger(__name__)

ABSENT_FOR = 15.0
"""Seconds without a stream of events after which a session ends."""

KEPT = 500
"""Pieces of events that a session keeps for a browser that connects again."""

MOST_SESSIONS = 1000

MOST_WAIT = 10.0
"""Seconds that flood control holds an answer back, so that the script sends the next line later."""


class BrowserSession(ChatSession):
    """A user with a browser. `number_of` gives each encoded event its ID."""

    style = "browser"

    def __init__(
        self, room: ChatRoom, clock: ReactorTime, rate: Rate | None, numbers: "itertools.count[int]"
    ) -> None:
        self.room = room
        self.name = ""
        self.state = ChatState.REGISTER
        self.clock = clock
        self._numbers = numbers
        self._bucket = TokenBucket(rate, clock) if rate else None
        self._stream: EventStream | None = None
        self._sent: deque[bytes] = deque(maxlen=KEPT)
        self._first = 0  # the ID of the last event before those in `_sent`
        self._absence = clock.call_later(ABSENT_FOR, self.end)
        self._alive: DelayedCall | None = None
        self.has_ended = False
        self.begin()

    def encode(self, event_: Event, author: Member | None) -> bytes:
        text = encode(event_, Style.JSON).decode().rstrip()
        return event(text, next(self._numbers))

    def send_data(self, data: bytes) -> None:
        if self.has_ended:
            return
        if len(self._sent) == KEPT:
            self._first = split(self._sent[0])[-1][0]
        self._sent.append(data)
        if self._stream is not None:
            self._stream.send(data)

    def on_welcome(self) -> None:
        """Nothing to do: a session without a stream ends soon, with or without a name."""

    # --- the stream of events

    def open_stream(self, request: Request, last: int) -> None:
        """Answer `request` with the events after the one with the ID `last`. An earlier stream ends."""
        earlier, self._stream = self._stream, None
        if earlier is not None:
            earlier.close()
        stream = self._stream = EventStream(request, lambda: self._on_stream_end(stream))
        self._stop_waiting()
        if last and last < self._first:
            self.send_text("notice", "Some lines were missed, and are not kept any more.")
        for data in self._sent:
            stream.send(after(data, last))
        self._keep_alive()

    def _on_stream_end(self, stream: EventStream) -> None:
        if self._stream is stream and not self.has_ended:
            self._stream = None
            self._absence = self.clock.call_later(ABSENT_FOR, self.end)

    def _keep_alive(self) -> None:
        if self._stream is not None:
            self._stream.send(ALIVE)
            self._alive = self.clock.call_later(ALIVE_EVERY, self._keep_alive)

    def _stop_waiting(self) -> None:
        for call in (self._absence, self._alive):
            if call is not None and call.active():
                call.cancel()

    # --- what the user types

    def type(self, text: str) -> float:
        """Handle a typed line, unless the seconds to wait, which are returned, are over MOST_WAIT."""
        seconds = self._bucket.take() if self._bucket is not None else 0.0
        if seconds <= MOST_WAIT:
            self.on_text(visible(text))
        return seconds

    def use_events(self) -> None:
        self.send_data(event(EVENTS_ARE_ON, next(self._numbers)))

    def quit(self) -> None:
        self.send_text("notice", "Good-bye.")
        self.end()

    def end(self) -> None:
        """Leave the room, and close the stream. A second call does nothing."""
        if self.has_ended:
            return
        self.finish_joining()
        if self.state is ChatState.CHAT:
            self.room.leave(self)
        self.has_ended = True
        self._stop_waiting()
        if self._stream is not None:
            self._stream.close()


def split(data: bytes) -> list[tuple[int, bytes]]:
    """The events in `data`, each with its ID."""
    events = [each + b"\n\n" for each in data.split(b"\n\n") if each]
    return [(int(each.removeprefix(b"id: ").partition(b"\n")[0]), each) for each in events]


def after(data: bytes, last: int) -> bytes:
    """The events in `data` after the one with the ID `last`."""
    return b"".join([each for number, each in split(data) if number > last])


class Chat(Page):
    """The page of the chat. Its children are the requests that the script on it sends."""

    title = "Chat"
    name = "chat"
    script = "chat.js"

    def __init__(self, room: ChatRoom, clock: ReactorTime, rate: Rate | None) -> None:
        super().__init__()
        self.sessions: dict[str, BrowserSession] = {}
        self.token = secrets.token_urlsafe(16)
        self._room, self._clock, self._rate = room, clock, rate
        self._numbers = itertools.count(1)
        for name, child in ((b"join", Join(self)), (b"say", Say(self)), (b"events", ChatEvents(self))):
            self.put_child(name, child)

    def body(self, request: Request) -> str:
        return template("chat.html").substitute(token=self.token)

    def join(self) -> str | None:
        """Begin a session, and return its secret name; None if there are too many."""
        for name, session in list(self.sessions.items()):
            if session.has_ended:
                del self.sessions[name]
        if len(self.sessions) >= MOST_SESSIONS:
            return None
        name = secrets.token_urlsafe(16)
        self.sessions[name] = BrowserSession(self._room, self._clock, self._rate, self._numbers)
        return name

    def find(self, name: str) -> BrowserSession | None:
        """The session with this secret name, if it has not ended."""
        session = self.sessions.get(name)
        return None if session is None or session.has_ended else session

    def is_allowed(self, request: Request) -> bool:
        """Whether a POST comes from our page: another site's page has no token, and cannot set this field."""
        token = request.get_header("X-Chat-Token") or ""
        return is_from_here(request) and secrets.compare_digest(token.encode(), self.token.encode())


FORBIDDEN = "This request does not come from the page of the chat."


def answer(request: Request, value: object, code: int = 200) -> bytes:
    """An answer in JSON."""
    request.set_response_code(code)
    request.set_header(b"Content-Type", b"application/json")
    request.set_header(b"Cache-Control", b"no-store")
    return json.dumps(value).encode()


class Join(Resource):
    """`POST /chat/join`: begin a session."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def render_POST(self, request: Request) -> RenderResult:
        if not self._chat.is_allowed(request):
            return answer(request, {"refused": FORBIDDEN}, 403)
        session = self._chat.join()
        if session is None:
            return answer(request, {"refused": "Sorry, too many people are in the chat."}, 503)
        return answer(request, {"session": session})


class Say(Resource):
    """`POST /chat/say`: a line that the user of a session has typed."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def render_POST(self, request: Request) -> RenderResult:
        session = self._chat.find(request.get_header("X-Chat-Session") or "")
        if session is None:  # first: after a restart of the server the token is wrong, too
            return answer(request, {"refused": "That was not said: the session has ended."}, 404)
        if not self._chat.is_allowed(request):
            return answer(request, {"refused": FORBIDDEN}, 403)
        try:
            text = request.content.read().decode()
        except UnicodeDecodeError:
            return answer(request, {"refused": "That was not UTF-8, so it was not sent."}, 400)
        if len(text.encode()) > LONGEST_LINE or "\n" in text:
            return answer(request, {"refused": f"A line has at most {LONGEST_LINE} bytes, and no end."}, 400)
        seconds = session.type(text)
        if seconds > MOST_WAIT:
            return answer(request, {"refused": "That was not said: too many lines at once."}, 429)
        if not seconds:
            return answer(request, {})
        return defer_later(session.clock, seconds, answer, request, {})


class ChatEvents(Resource):
    """`GET /chat/events?session=NAME`: the events of a session, from the one after Last-Event-ID on."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def render_GET(self, request: Request) -> RenderResult:
        if not is_from_here(request):
            return ForbiddenResource(FORBIDDEN).render(request)
        session = self._chat.find(request.args.get(b"session", [b""])[0].decode("ascii", "replace"))
        if session is None:
            return NoResource("The session has ended.").render(request)
        last = request.get_header("Last-Event-ID") or request.args.get(b"after", [b"0"])[0].decode(
            "ascii", "replace"
        )
        session.open_stream(request, int(last) if last.isascii() and last.isdigit() and len(last) < 16 else 0)
        return NOT_DONE_YET
