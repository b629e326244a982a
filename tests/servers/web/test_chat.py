"""The chat in a browser: sessions, names, missed events, and requests from other origins."""

import json
import re

import pytest

from core.errors import ConnectionLost
from core.testing import Clock
from servers.chat.room import ChatRoom
from servers.hosting.data_files import DATA
from servers.web.chat import ABSENT_FOR, KEPT, Chat, after, split
from tests.core.web.talking import Answer, Connection
from tests.servers.chat.test_room import Guest
from tests.servers.web.test_pages import WebClock, site

EVENT = re.compile(rb"id: (\d+)\ndata: (.+)\n\n")


class Browser:
    """A browser with the page of the chat: its session, and the events that it has received."""

    def __init__(self, world: "World", name: str = "") -> None:
        self.world = world
        self.posts = Connection(world.site, clock=world.clock)
        self.session = json.loads(self.post(b"/chat/join").body)["session"]
        self.last = 0
        self.listen()
        if name:
            self.say(name)
            self.events()

    def post(self, path: bytes, body: str = "", **headers: str) -> Answer:
        """POST as the script does."""
        fields = {
            "X_Chat_Token": self.world.chat.token,
            "X_Chat_Session": getattr(self, "session", ""),
            **headers,
        }
        return self.posts.ask(
            b"POST", path, body.encode(), **{name: value for name, value in fields.items() if value}
        )

    def say(self, text: str) -> Answer:
        """Send a typed line."""
        return self.post(b"/chat/say", text)

    def listen(self) -> bytes:
        """Open the stream of events, from the last event on. Returns the head of the answer."""
        self.stream = Connection(self.world.site, clock=self.world.clock)
        request = (
            f"GET /chat/events?session={self.session}&after={self.last} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        self.received = self.stream.send(request.encode())
        return self.received

    def leave(self) -> None:
        """Lose the connection of the stream."""
        self.stream.channel.connection_lost(ConnectionLost())

    def events(self) -> list[str]:
        """The texts of the events since the last call, as `kind: text`."""
        self.world.clock.advance(0.0)
        data, self.received = self.received + self.stream.transport.take(), b""
        found = EVENT.findall(data)
        self.last = int(found[-1][0]) if found else self.last
        events = [json.loads(text) for _, text in found]
        return [f"{event['event']}: {event.get('text', '')}" for event in events]


class World:
    """A site with a chat, and a clock."""

    def __init__(self) -> None:
        self.clock: Clock = WebClock()
        self.site = site(self.clock)
        chat = self.site.resource.children[b"chat"]
        assert isinstance(chat, Chat)
        self.chat = chat
        self.room: ChatRoom = chat._room


@pytest.fixture
def world() -> World:
    """A chat without members."""
    return World()


def test_a_browser_is_asked_for_a_name_and_welcomed(world: World) -> None:
    ann = Browser(world)
    assert [each.partition(":")[0] for each in ann.events()] == ["banner", "prompt"]
    assert ann.say("ann").code == 200
    assert ann.events()[0] == "welcome: Welcome to the chat, ann."
    assert world.room.names() == ("ann",)


def test_a_name_that_is_taken_or_not_allowed_is_refused_as_in_the_chat(world: World) -> None:
    Browser(world, "ann")
    other = Browser(world)
    other.events()
    other.say("ANN")
    other.say("a b")
    taken, wrong = other.events()
    assert taken == "refused: Sorry, 'ANN' is taken. Try something else."
    assert wrong.startswith("refused: ")


def test_lines_go_to_the_others_in_browsers_and_in_the_line_chat(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.events()
    ann.say("hello <b>")
    ann.say("/me waves")
    assert bob.events() == ["said: hello <b>", "action: waves"]
    assert ann.events() == []
    world.room.announce("Lunch!")
    assert (ann.events(), bob.events()) == (["notice: Lunch!"], ["notice: Lunch!"])


def test_private_messages_renames_and_unknown_commands_are_those_of_the_chat(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.events()
    for line in ("/msg bob psst", "/nick anna", "/nope"):
        ann.say(line)
    assert bob.events() == ["private: psst", "renamed: ann is now known as anna."]
    assert ann.events()[-1] == "refused: There is no command /nope. Type /help for a list of the commands."


def test_after_a_lost_connection_a_browser_receives_what_it_missed_each_line_once(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.events()
    bob.say("one")
    assert ann.events() == ["said: one"]
    ann.leave()
    bob.say("two")
    bob.say("three")
    world.clock.advance(ABSENT_FOR - 1)
    ann.listen()
    assert ann.events() == ["said: two", "said: three"]
    bob.say("four")
    assert ann.events() == ["said: four"]


def test_the_browser_names_the_last_event_itself_when_it_connects_again(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.events()
    bob.say("one")
    ann.events()
    bob.say("two")
    world.clock.advance(0.0)
    ann.leave()
    stream = Connection(world.site, clock=world.clock)
    head = f"GET /chat/events?session={ann.session} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Last-Event-ID: {ann.last}\r\n\r\n"
    found = EVENT.findall(stream.send(head.encode()))
    assert [json.loads(text)["text"] for _, text in found] == ["two"]


def test_a_name_is_free_fifteen_seconds_after_the_stream_has_ended(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.leave()
    world.clock.advance(ABSENT_FOR - 0.5)
    assert world.room.names() == ("ann", "bob")
    world.clock.advance(1.0)
    assert world.room.names() == ("bob",)
    assert bob.events()[-1] == "left: ann has left the channel."
    assert ann.say("hello?").code == 404
    assert ann.listen().startswith(b"HTTP/1.1 404 ")


def test_a_session_whose_stream_never_begins_ends_too(world: World) -> None:
    session = world.chat.join()
    assert session is not None
    world.clock.advance(ABSENT_FOR + 0.1)
    assert world.chat.find(session) is None


def test_a_second_stream_replaces_the_first(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.events()
    first = ann.stream
    ann.listen()
    ann.events()
    assert first.transport.take().endswith(b"0\r\n\r\n")
    bob.say("hello")
    assert ann.events() == ["said: hello"]
    first.channel.connection_lost(ConnectionLost())
    world.clock.advance(ABSENT_FOR + 1)
    assert "ann" in world.room.names()


def test_more_lines_than_are_kept_are_missed_and_that_is_said(world: World) -> None:
    ann = Browser(world, "ann")
    Browser(world, "bob")
    ann.events()
    ann.leave()
    for number in range(KEPT + 10):
        world.room.announce(str(number))
        world.room.deliver()
    ann.listen()
    assert ann.events()[-1] == "notice: Some lines were missed, and are not kept any more."


def test_quit_leaves_the_chat_and_ends_the_stream(world: World) -> None:
    ann = Browser(world, "ann")
    ann.say("/quit")
    assert world.room.names() == ()
    assert b"Good-bye." in (data := ann.stream.transport.take())
    assert data.endswith(b"0\r\n\r\n")


def test_a_stream_is_kept_alive(world: World) -> None:
    ann = Browser(world, "ann")
    world.clock.advance(31)
    assert ann.stream.transport.take().count(b": alive\n\n") == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Chat_Token": "guessed"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none", "Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_another_sites_page_can_neither_join_nor_say_anything(world: World, headers: dict[str, str]) -> None:
    ann = Browser(world, "ann")
    for path in (b"/chat/join", b"/chat/say"):
        answer = ann.post(path, "spam", **headers)
        assert answer.code == 403
        assert b"access-control-allow-origin" not in answer.headers


def test_another_sites_page_cannot_read(world: World) -> None:
    ann = Browser(world, "ann")
    answer = ann.posts.get(f"/chat/events?session={ann.session}".encode(), Sec_Fetch_Site="cross-site")
    assert answer.code == 403


def test_our_own_page_and_programs_without_a_page_are_let_in(world: World) -> None:
    ann = Browser(world, "ann")
    assert ann.post(b"/chat/say", "hi", Origin="http://localhost", Sec_Fetch_Site="same-origin").code == 200
    assert ann.say("hi").code == 200


def test_our_own_page_is_let_in_behind_a_proxy_that_adds_tls(world: World) -> None:
    ann = Browser(world, "ann")
    assert ann.post(b"/chat/say", "hi", Origin="https://localhost", Sec_Fetch_Site="same-origin").code == 200


def test_a_line_that_cannot_be_said_is_refused_with_the_reason(world: World) -> None:
    ann = Browser(world, "ann")
    assert ann.post(b"/chat/say", "x" * 20000).code == 400
    assert ann.post(b"/chat/say", "two\nlines").code == 400
    answer = ann.posts.ask(
        b"POST", b"/chat/say", b"\xff", X_Chat_Token=world.chat.token, X_Chat_Session=ann.session
    )
    assert (answer.code, json.loads(answer.body)["refused"][:18]) == (400, "That was not UTF-8")


def test_control_characters_reach_no_one_raw(world: World) -> None:
    ann, bob = Browser(world, "ann"), Browser(world, "bob")
    ann.events()
    ann.say("red \x1b[31m")
    assert bob.events() == ["said: red ␛[31m"]


def test_a_flood_is_answered_later_and_then_refused(world: World) -> None:
    ann = Browser(world, "ann")
    head = f"POST /chat/say HTTP/1.1\r\nHost: localhost\r\nX-Chat-Token: {world.chat.token}\r\n"
    request = f"{head}X-Chat-Session: {ann.session}\r\nContent-Length: 2\r\n\r\nhi".encode()
    connections = [Connection(world.site, clock=world.clock) for _ in range(80)]
    answers = [connection.send(request)[:12] for connection in connections]
    assert answers[0] == b"HTTP/1.1 200"
    assert answers[20] == b""
    assert answers[-1] == b"HTTP/1.1 429"
    world.clock.advance(10.0)
    assert connections[20].transport.take()[:12] == b"HTTP/1.1 200"


def test_members_of_the_line_chat_and_browsers_share_the_names(world: World) -> None:
    world.room.join(Guest("eve"))
    other = Browser(world)
    other.events()
    other.say("eve")
    assert other.events() == ["refused: Sorry, 'eve' is taken. Try something else."]


def test_the_part_of_the_events_after_one_is_found() -> None:
    data = b'id: 3\ndata: {"text": "id: 9"}\n\nid: 4\ndata: {}\n\n'
    assert [number for number, _ in split(data)] == [3, 4]
    assert after(data, 3) == b"id: 4\ndata: {}\n\n"
    assert (after(data, 0), after(data, 4)) == (data, b"")


def test_the_script_is_short_and_never_makes_markup_of_text() -> None:
    script = (DATA / "web" / "chat.js").read_text("utf-8")
    assert len(script.splitlines()) < 150
    assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval", script)
