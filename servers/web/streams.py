"""Server-sent events (WHATWG HTML, section 9.2): an answer that never ends, one event after the other."""

import logging
import time
from collections.abc import Callable

from core.interfaces import ReactorTime
from core.task import LoopingCall
from core.web import NOT_DONE_YET, RenderResult, Request, Resource

log = logging.getLogger(__name__)

MAX_WAITING = 256 * 1024
"""Bytes that may wait for a browser that does not read. With more its connection is aborted."""

ALIVE = b": alive\n\n"
"""A comment, which a browser ignores. Sending it shows whether the browser is still there."""

ALIVE_EVERY = 15.0


def event(data: str, number: int | None = None) -> bytes:
    """Encode an event. `number` is its ID, which the browser sends when it connects again."""
    lines = [] if number is None else [f"id: {number}"]
    lines += [f"data: {line}" for line in data.splitlines() or [""]]
    return "\n".join([*lines, "", ""]).encode()


class EventStream:
    """An open answer that carries events. `on_end` is called once, when it has ended."""

    def __init__(self, request: Request, on_end: Callable[[], object]) -> None:
        self._request = request
        self.is_open = True
        self._on_end = on_end
        request.set_header(b"Content-Type", b"text/event-stream; charset=utf-8")
        request.set_header(b"Cache-Control", b"no-store")
        request.set_header(b"X-Accel-Buffering", b"no")  # nginx passes each event on at once
        request.write(b": here are events\n\n")
        request.notify_finish().add_both(lambda _: self._ended())

    def send(self, data: bytes) -> None:
        """Send encoded events. A browser that does not read them is disconnected."""
        if not self.is_open:
            return
        if self._request.transport.waiting > MAX_WAITING:
            log.info("%s does not read: connection aborted", self._request.client_address)
            self._request.transport.abort_connection()
        else:
            self._request.write(data)

    def close(self) -> None:
        """End the answer: the browser connects again, or stops."""
        if self.is_open:
            self._request.finish()

    def _ended(self) -> None:
        self.is_open = False
        self._on_end()


class Streams:
    """The open streams of a page, which receive the same events. `tick` makes one each `period`."""

    def __init__(self, clock: ReactorTime, tick: Callable[[], bytes], period: float) -> None:
        self._open: dict[EventStream, None] = {}
        self._tick = tick
        self._period = period
        self._loop = LoopingCall(self.send_tick)
        self._loop.clock = clock

    def __len__(self) -> int:
        return len(self._open)

    def add(self, request: Request) -> None:
        """Answer `request` with the events from now on."""
        stream = EventStream(request, lambda: self._remove(stream))
        self._open[stream] = None
        stream.send(self._tick())
        if not self._loop.running:
            self._loop.start(self._period, now=False)

    def send_tick(self) -> None:
        """Send the event of this moment to all."""
        data = self._tick()
        for stream in list(self._open):
            stream.send(data)

    def _remove(self, stream: EventStream) -> None:
        self._open.pop(stream, None)
        if not self._open and self._loop.running:
            self._loop.stop()


class Events(Resource):
    """`/events`: the server's time once a second, and how many are listening."""

    is_leaf = True

    def __init__(self, clock: ReactorTime) -> None:
        self._streams = Streams(clock, self.now, 1.0)

    def now(self) -> bytes:
        """The event of this moment."""
        return event(f"{time.strftime('%H:%M:%S')} {len(self._streams)}")

    def render_GET(self, request: Request) -> RenderResult:
        self._streams.add(request)
        return NOT_DONE_YET
