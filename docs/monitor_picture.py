"""Draws the picture of the monitor in the README: `python -m docs.monitor_picture`.

The sessions are invented and the clock stands still, so the file changes only when the screen changes.
"""

import argparse
import asyncio
import os
import re
from datetime import UTC
from pathlib import Path

from clients.monitor.app import MonitorApp
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import RATE_DECAY, Server
from core import cli
from core.formats.feed import Delta, Hello, Load, Row, SessionEvent, Snapshot

NOW = 1_795_255_200.0
"""The time in the picture: 2026-11-21 10:00:00 UTC."""

CELL = 12.2  # the width of a cell in the SVG that Rich draws
LEADING_BLANKS = re.compile(r'x="([\d.]+)"( y="[\d.]+") textLength="([\d.]+)"([^>]*>)((?:&#160;)+)')
SIZE = (118, 24)
SERVICES = (
    ("chat", ("tcp:127.0.0.1:8000",)),
    ("echo", ("tcp:127.0.0.1:8001",)),
    ("qotd", ("tcp:127.0.0.1:8007",)),
    ("insult", ("tcp:127.0.0.1:8080",)),
    ("udp_echo", ("udp:127.0.0.1:9999",)),
)
CLASS = """
chat     tcp 192.168.1.21:50312 CHAT     ann      742   3 18250  96400      0 1200
chat     tcp 192.168.1.22:41870 CHAT     bob      731   1  9310  94100      0  860
chat     tcp 192.168.1.23:38122 CHAT     chloé    698  12  4120  90200      0    0
chat     tcp 192.168.1.24:60233 CHAT     dimitri  655   0 31800  88100      0 2400
chat     tcp 192.168.1.25:52714 CHAT     emre     640 115   912  87300  81920    0
chat     tcp 192.168.1.26:47001 CHAT     fatima   588   2 12040  81200      0  310
chat     tcp 192.168.1.27:39518 REGISTER -         14  14     0    142      0    0
chat     tcp 192.168.1.28:55820 CHAT     李雷     402   8  2210  60400      0    0
echo     tcp 192.168.1.21:50377 -        -         88   0 2140000 2140000   0 64200
echo     tcp 192.168.1.29:34410 -        -        311   4  5120   5168      0    0
insult   tcp 192.168.1.30:58102 -        -         45   6    38    410      0    0
insult   tcp 192.168.1.31:41266 -        -          9   1    12    233      0   40
udp_echo udp 192.168.1.32:36004 -        -         61   0  4800   4800      0   80
"""


def clock() -> Clock:
    """A clock that stands still."""
    return Clock(lambda: 1000.0, lambda: NOW, UTC)


def rows() -> tuple[tuple[Row, int], ...]:
    """The sessions, each with its rate in bytes per second."""
    found = []
    for number, line in enumerate(CLASS.strip().splitlines(), 1):
        service, transport, peer, state, user, age, idle, received, sent, waiting, rate = line.split()
        state, user = (word.removeprefix("-") for word in (state, user))
        opened, passed = NOW - int(age), (int(received), int(sent), int(waiting))
        row = Row(number, service, transport, peer, state, user, opened, float(idle), *passed)
        found.append((row, int(rate)))
    return tuple(found)


def fill(model: Model) -> Server:
    """Add a server with these sessions to `model`, by the messages that its feed would send."""
    server = model.servers["servers-4242"] = Server("servers-4242", model.clock.seconds())
    now = [row for row, _ in rows()]
    before = [row._replace(bytes_out=row.bytes_out - int(rate * RATE_DECAY)) for row, rate in rows()]
    model.apply_hello(server, Hello(1, 4242, "epoll", SERVICES))
    model.apply_snapshot(server, Snapshot(tuple(before), last=True))
    for index in range(60):
        lag = 0.4 + (index * 7 % 11) / 20 + (6.5 if index == 41 else 0)
        load = Load(120.0 + index * 13 % 37, lag, 1.8, "ChatProtocol.line_received", 6.9, 31, 25, 1024, 81920)
        server.heard_at -= 1  # so that each delta counts as a sample
        model.apply_delta(server, Delta((), (), load))
    model.apply_delta(server, Delta(tuple(now), (), None))
    for what, number, text, ago in EVENTS:
        service = now[number - 1].service
        model.record_event(server, SessionEvent(what, number, service, text, NOW - ago))
    return server


EVENTS = (
    ("opened", 4, "from tcp:192.168.1.24:60233", 655),
    ("state", 4, "REGISTER", 655),
    ("state", 4, "CHAT dimitri", 641),
    ("opened", 7, "from tcp:192.168.1.27:39518", 14),
    ("state", 7, "REGISTER", 14),
    ("opened", 12, "from tcp:192.168.1.31:41266", 9),
)


async def draw() -> str:
    """The screen as an SVG document."""
    app = MonitorApp(dict, "", clock=clock())
    async with app.run_test(size=SIZE) as pilot:
        fill(app.model)
        app.view.update()
        app.view.move_to(3)
        app.paint()
        await pilot.pause()
        return stable(app.export_screenshot(title="python -m clients.monitor"))


def stable(svg: str) -> str:
    """Make `svg` the same for each run and for each viewer.

    Rich names its CSS classes by a checksum; they get a fixed name. Leading blanks, which some viewers
    ignore, are replaced by a shift of the text.
    """
    return LEADING_BLANKS.sub(shifted, re.sub(r"terminal-\d+", "monitor", svg))


def shifted(text: re.Match[str]) -> str:
    """A text element without its leading blanks, moved to the right by their width."""
    width = CELL * (len(text[5]) // len("&#160;"))
    return f'x="{float(text[1]) + width:.1f}"{text[2]} textLength="{float(text[3]) - width:.1f}"{text[4]}'


def main() -> None:
    """Write the picture to the path on the command line."""
    parser = argparse.ArgumentParser(prog="python -m docs.monitor_picture", description="draw the monitor")
    parser.add_argument("path", nargs="?", type=Path, default=Path("docs/monitor.svg"), help="file to write")
    path: Path = parser.parse_args().path
    os.environ["COLORTERM"] = "truecolor"  # the picture is not to have the colours of this terminal
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(asyncio.run(draw()), encoding="utf-8")
    cli.print_lines(f"{path} written")


if __name__ == "__main__":
    main()
