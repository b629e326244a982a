"""The table for a pipe."""

import pytest

from clients.monitor.once import table
from clients.monitor.sessions.model import Model
from docs.monitor_picture import clock, fill


@pytest.mark.parametrize("width", [60, 80, 110, 200])
def test_what_is_said_of_a_server_is_no_wider_than_the_table_below_it(width: int) -> None:
    model = Model(clock())
    fill(model)
    lines = table(model, width)
    about, sessions = lines[: lines.index("")], lines[lines.index("") + 1 :]
    assert max(map(len, about)) <= max(map(len, sessions)) <= width
    assert " ".join(line.strip() for line in about) == (
        "servers-4242: 13 sessions, chat on tcp:127.0.0.1:8000, echo on tcp:127.0.0.1:8001, "
        "qotd on tcp:127.0.0.1:8007, insult on tcp:127.0.0.1:8080, udp_echo on udp:127.0.0.1:9999 (epoll)"
    )
