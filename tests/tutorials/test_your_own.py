"""The server of one's own: what it does not have to write is there."""

import json

from tests.servers.running import ROOT, run, serving


def test_it_answers_and_is_seen_and_limits_its_visitors_as_ours_do() -> None:
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
        assert server.said[-1] == "shout stopped"


def test_it_has_the_ten_lines_that_the_readme_promises() -> None:
    lines = (ROOT / "tutorials" / "your_own.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line]) == 10
