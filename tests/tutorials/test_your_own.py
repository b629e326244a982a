"""tutorials/your_own.py: the runner gives it a place in the monitor, limits and a clean stop."""

import json

from tests.running import ROOT, run, serving


def test_it_answers_and_the_monitor_sees_it_and_it_limits_its_connections() -> None:
    with (
        serving("tutorials.your_own", "--port", "0", "--max-connections", "1") as server,
        server.connect() as ann,
    ):
        ann.send(b"hello\n")
        assert ann.line() == "HELLO"
        seen = json.loads(run("clients.monitor", "--once", "--json").stdout)
        row = next(row for row in seen["sessions"] if row["service"] == "shout")
        assert (row["state"], row["bytes_in"], row["bytes_out"]) == ("SHOUTING", 6, 7)
        with server.connect() as bob:
            assert bob.line() == "Sorry, too many connections: this server takes at most 1."
        assert server.stop() == 0
        assert server.lines[-1] == "shout stopped"


def test_it_has_ten_lines_as_the_readme_says() -> None:
    lines = (ROOT / "tutorials" / "your_own.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line]) == 10
