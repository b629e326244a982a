"""`python -m servers chat irc web`: users of nc, of IRC and of a browser are in one conversation."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import pytest

from servers.hosting.nats_cluster import NatsCluster
from tests.running import GUARD, Client, Server, serving


class Browser:
    """The requests that the script of the page `/chat` makes."""

    def __init__(self, server: Server, name: str) -> None:
        self._posts = HTTPConnection("127.0.0.1", server.port("web"), timeout=GUARD)
        self._events = HTTPConnection("127.0.0.1", server.port("web"), timeout=GUARD)
        self._posts.request("GET", "/chat")
        found = re.search(r'data-token="([^"]+)"', self._posts.getresponse().read().decode())
        assert found is not None
        self._headers = {"X-Chat-Token": found[1]}
        self._headers["X-Chat-Session"] = json.loads(self._post("/chat/join", ""))["session"]
        self._events.request("GET", f"/chat/events?session={self._headers['X-Chat-Session']}")
        self._stream: HTTPResponse = self._events.getresponse()
        self.say(name)
        self.until("welcome")

    def _post(self, path: str, text: str) -> bytes:
        self._posts.request("POST", path, text.encode(), self._headers)
        return self._posts.getresponse().read()

    def say(self, text: str) -> None:
        assert self._post("/chat/say", text) == b"{}"

    def until(self, kind: str) -> dict[str, object]:
        """The next event of this kind."""
        for line in self._stream:
            if line.startswith(b"data: "):
                event = json.loads(line[len(b"data: ") :])
                if event["event"] == kind:
                    assert isinstance(event, dict)
                    return event
        raise AssertionError(f"the stream ended before an event {kind!r} came")

    def close(self) -> None:
        self._stream.close()
        self._events.close()
        self._posts.close()


@contextmanager
def browser(server: Server, name: str) -> Iterator[Browser]:
    page = Browser(server, name)
    try:
        yield page
    finally:
        page.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving("servers", "chat", "irc", "web", "--port", "0") as server:
        yield server


def in_channel(server: Server, nick: str) -> Client:
    """A user of IRC who has joined `#chat`."""
    client = server.connect("irc")
    client.send(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #chat\r\n".encode())
    client.until(" 366 ")
    return client


def test_each_sees_what_the_others_say_do_and_are_called_in_its_own_form(server: Server) -> None:
    with in_channel(server, "ivan") as irc, server.connect("chat") as nc:
        nc.send("zoë\n".encode())
        nc.until("Participants in chat: ivan, zoë")
        with browser(server, "bess") as page:
            assert nc.until("bess").endswith("bess has joined the channel.")
            assert irc.until("bess") == ":bess!chat@irc.reactor-school JOIN #chat"
            page.say("hello")
            assert nc.line().endswith("<bess> hello")
            assert irc.until("PRIVMSG").endswith("PRIVMSG #chat :hello")
            irc.send(b"PRIVMSG #chat :\x01ACTION waves\x01\r\n")
            assert nc.line().endswith("* ivan waves")
            event = page.until("action")
            assert (event["name"], event["text"]) == ("ivan", "waves")
            nc.send(b"/msg ivan psst\n")
            assert irc.until("PRIVMSG ivan") == ":zoë!chat@irc.reactor-school PRIVMSG ivan :psst"
            irc.send(b"PRIVMSG bess :psst\r\n")
            event = page.until("private")
            assert (event["name"], event["to"], event["text"]) == ("ivan", "bess", "psst")
            irc.send(b"NICK ivo\r\n")
            event = page.until("renamed")
            assert (event["name"], event["to"]) == ("ivan", "ivo")
            assert nc.until("ivo") == "ivan is now known as ivo."
            irc.send(b"PART #chat\r\n")
            assert page.until("left")["name"] == "ivo"


def test_a_name_is_taken_in_all_protocols(server: Server) -> None:
    with in_channel(server, "ivan"), browser(server, "bess") as page, server.connect("irc") as irc:
        irc.send(b"NICK Bess\r\n")
        assert irc.line() == ":irc.reactor-school 433 * Bess :Nickname is already in use"
        page.say("/nick IVAN")
        assert "taken" in str(page.until("refused")["text"])


def test_on_a_cluster_users_of_irc_and_of_the_line_chat_at_different_servers_are_in_one_room() -> None:
    with NatsCluster(1) as nats:
        both = ("servers", "chat", "irc", "--port", "0", "--no-control", "--cluster", nats.urls)
        with (
            serving(*both) as first,
            serving(*both) as second,
            in_channel(first, "ivan") as irc,
            second.connect("chat") as nc,
        ):
            nc.send(b"zo\n/join other\n")
            assert irc.until("zo!") == ":zo!chat@irc.reactor-school JOIN #chat"
            nc.until("You are in the room other now.")
            irc.send(b"JOIN #other\r\nPRIVMSG #other :hello\r\n")
            assert nc.until("<ivan>").endswith("<ivan> hello")
            nc.send(b"/me waves\n/rooms\n")
            assert irc.until("ACTION").endswith("PRIVMSG #other :\x01ACTION waves\x01")
            assert nc.until("Rooms") == "Rooms: chat (1), other (2). You are in other."
