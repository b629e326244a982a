"""`/monitor`: the sessions of this process, as a table that updates itself."""

import json
import time
from collections.abc import Callable, Iterable

from core.formats.text import visible
from core.interfaces import ReactorTime
from core.protocols.sessions import Session
from core.web import NOT_DONE_YET, ForbiddenResource, RenderResult, Request, Resource
from servers.web.layout import Page
from servers.web.same_site import is_from_here
from servers.web.streams import Streams, event

MOST_ROWS = 500
"""Sessions that are shown. The number of all of them is shown, too."""


class Monitor(Page):
    """The page with the table."""

    title = "Who is connected"
    name = "monitor"
    script = "monitor.js"

    def __init__(self, clock: ReactorTime, sessions: Callable[[], Iterable[Session]]) -> None:
        super().__init__()
        self.put_child(b"events", MonitorEvents(clock, sessions))


class MonitorEvents(Resource):
    """`/monitor/events`: the table once a second, as JSON."""

    is_leaf = True

    def __init__(self, clock: ReactorTime, sessions: Callable[[], Iterable[Session]]) -> None:
        self._clock, self._sessions = clock, sessions
        self._streams = Streams(clock, self.table, 1.0)

    def table(self) -> bytes:
        """The event of this moment."""
        all_sessions = list(self._sessions())
        return event(
            json.dumps({"count": len(all_sessions), "rows": [self._row(s) for s in all_sessions[:MOST_ROWS]]})
        )

    def _row(self, session: Session) -> list[str]:
        traffic = session.traffic
        seconds = max(int(time.time() - session.opened), 0)
        texts = [session.service, session.state, session.user, str(traffic.peer), f"{seconds} s"]
        return [visible(text) for text in (*texts, f"{traffic.bytes_in:,}", f"{traffic.bytes_out:,}")]

    def render_GET(self, request: Request) -> RenderResult:
        if not is_from_here(request):
            return ForbiddenResource("Another site's page may not read this.").render(request)
        self._streams.add(request)
        return NOT_DONE_YET
