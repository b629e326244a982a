"""Our server and ngircd give the same answers, where the RFCs ask for them: the table in exchanges.py."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest

from tests.ngircd import ngircd
from tests.running import Client, connect, serving
from tests.servers.irc.exchanges import TABLE

REPEATED = {"005", "372", "371"}
"""Replies that come as often as the server has lines: one stands for all of them."""

GROUPS = {
    "LUSERS": ("251", "252", "253", "254", "255", "265", "266", "250"),
    "MOTD": ("375", "372", "376", "422"),
}
"""Replies of which a server sends those that it has: the name stands for all of them."""


class Exchange(NamedTuple):
    """A line that `who` sends, and pairs of a client and a pattern, for all that must come."""

    who: str
    line: str
    expected: list[tuple[str, str]]


class Case(NamedTuple):
    """A title, the clients (with a `?` in front: not registered), and the exchanges in order."""

    title: str
    clients: list[str]
    exchanges: list[Exchange]


def cases() -> list[Case]:
    """The cases of the table."""
    found: list[Case] = []
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            title, _, clients = line[1:].partition("|")
            found.append(Case(title.strip(), clients.split(), []))
        elif line.startswith("  "):
            who, _, pattern = line.strip().partition("< ")
            found[-1].exchanges[-1].expected.append((who, pattern))
        elif line:
            who, _, sent = line.partition("> ")
            found[-1].exchanges.append(Exchange(who, sent, []))
    return found


CASES = cases()


class Line(NamedTuple):
    """A received line: the nick of a user who is its source, the command, the parameters."""

    nick: str
    command: str
    params: list[str]


def parse(line: str) -> Line:
    """Parse a line, without what differs between servers: the `~` of a user name, an empty reason of PART."""
    prefix = ""
    if line.startswith(":"):
        prefix, _, line = line[1:].partition(" ")
    line, colon, last = line.partition(" :")
    command, *params = line.split()
    if colon and not (command == "PART" and not last):
        params.append(last)
    params = [re.sub(r"(?<![^=+-])~", "", param) for param in params]
    return Line(prefix.partition("!")[0] if "!" in prefix else "", command, params)


def is_extra(line: Line) -> bool:
    """Whether only one of the servers sends it, and no RFC asks for it."""
    is_statistics = line.command == "NOTICE" and line.params[-1].startswith("Connection statistics")
    return is_statistics or line.command in ("378", "379") or line.params[1:2] == ["&SERVER"]


def as_text(line: Line) -> str:
    """The line as a pattern has it, with the names of a 353 in order."""
    params = line.params
    if line.command == "353":
        params = [*params[:-1], " ".join(sorted(params[-1].split(), key=lambda name: name.lstrip("@+")))]
    if line.command in ("319", "CAP"):
        params = [*params[:-1], params[-1].strip()]
    nick = "" if line.command.isdigit() else line.nick
    return " ".join(
        [*filter(None, [nick]), line.command, *params[:-1], *(f":{last}" for last in params[-1:])]
    )


def matches(line: Line, pattern: str) -> bool:
    """Whether the line is one that the pattern describes."""
    if pattern.endswith(" ..."):
        head = re.escape(pattern.removesuffix(" ..."))
        return re.match(f"{head} ", as_text(line)) is not None
    head, colon, last = pattern.partition(" :")
    if not colon:
        head, _, last = pattern.rpartition(" ")
    words = [r"\S+" if word == "*" else re.escape(word) for word in head.split()]
    text = ".*" if last == "*" and not colon else re.escape(last)
    return re.fullmatch(" ".join([*words, f":{text}" if words else text]), as_text(line)) is not None


def grouped(lines: list[Line]) -> list[Line]:
    """The lines, with one for each run of replies of a group or of a repeated reply."""
    found: list[Line] = []
    for line in lines:
        name = next((name for name, numbers in GROUPS.items() if line.command in numbers), "")
        line = Line("", name, []) if name else line
        if not (found and line.command == found[-1].command and (name or line.command in REPEATED)):
            found.append(line)
    return found


class Peer:
    """A client of one of the servers. After each exchange it reads up to the answer of a PING."""

    def __init__(self, port: int, name: str, is_registered: bool) -> None:
        self._client: Client = connect(port)
        self._number = 0
        self.has_ended = False
        self.refusals = 0  # answers 451 to expect; the PING of a client that is not registered gets another
        if is_registered:
            self.send(f"NICK {name}")
            self.send(f"USER {name} 0 * :{name.title()} Smith")
            self.received()

    def send(self, line: str) -> None:
        self._client.send(line.encode() + b"\r\n")

    def received(self) -> list[Line]:
        """The lines since the last time. `end` stands for the end of the connection."""
        if self.has_ended:
            return []
        self._number += 1
        token = f"synchronized-{self._number}"
        lines: list[Line] = []
        with suppress(ConnectionError):  # as the end of the connection
            self.send(f"PING {token}")
            while text := self._client.line():
                lines.append(parse(text))
                is_refusal = lines[-1].command == "451"
                if lines[-1].params[-1:] == [token] or (is_refusal and len(lines) > self.refusals):
                    return lines[:-1]
        self.has_ended = True
        return [*lines, Line("", "end", [])]

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """The ports of the two servers."""
    with (
        ngircd() as theirs,
        serving("servers.irc", "--port", "0", "--flood", "off") as ours,
    ):
        yield {"ours": ours.port(), "ngircd": theirs.port}


def test_the_table_has_at_least_120_exchanges() -> None:
    assert sum(len(case.exchanges) for case in CASES) >= 120


@pytest.mark.parametrize("server", ["ours", "ngircd"])
@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_the_answers_are_those_of_the_table(ports: dict[str, int], server: str, case: Case) -> None:
    peers = {
        name.lstrip("?"): Peer(ports[server], name.lstrip("?"), not name.startswith("?"))
        for name in case.clients
    }
    try:
        for exchange in case.exchanges:
            run(peers, exchange)
    finally:
        for peer in peers.values():
            peer.close()


def run(peers: dict[str, Peer], exchange: Exchange) -> None:
    """Send the line, and compare all that comes with what is expected."""
    who, line, expected = exchange
    peers[who].send(line)
    for name in [who, *(name for name in peers if name != who)]:
        patterns = [pattern for each, pattern in expected if each == name]
        peers[name].refusals = sum(pattern.startswith("451") for pattern in patterns)
        lines = grouped([line for line in peers[name].received() if not is_extra(line)])
        texts = [as_text(line) for line in lines]
        is_right = len(lines) == len(patterns) and all(map(matches, lines, patterns))
        assert is_right, f"{who}> {line}\n{name} received {texts}, not {patterns}"
