"""The chat client's conversation with the server, without a network."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from clients.chat.client import ChatClient
from clients.chat.front import Front
from clients.chat.input_line import enter
from clients.chat.interactive import NAME_PROMPT, InteractiveFront, loss_text
from clients.chat.logfile import LogFile
from clients.chat.rendering import Delivery, StyledLine
from clients.chat.session import (
    FRESH,
    HANDSHAKE,
    SILENCE,
    ChatSession,
    ClientState,
    SessionOwner,
)
from clients.runner import Program
from core.endpoints import TCPEndpoint
from core.errors import ConnectionDone, ConnectionLost
from core.formats.chat_events import Event
from core.protocols.protocol import Factory, Protocol
from core.reactor import Reactor
from core.testing import SERVER, Clock, ConnectedPair, StringTransport
from servers.chat.protocol import ChatFactory
from servers.chat.room import ChatRoom
from tests.clients.chat.idle_connector import IdleConnector
from tests.clients.chat.recording_screen import RecordingScreen

EVENTS_ARE_ON = b'{"event": "events", "v": 1}\r\n'
PROMPT = b'{"event": "prompt", "time": "2026-11-21T10:00:00+00:00", "text": "Name?"}\r\n'
WELCOME = b'{"event": "welcome", "time": "2026-11-21T10:00:00+00:00", "name": "ann", "text": "Hi, ann."}\r\n'
GOOD_BYE = b'{"event": "notice", "time": "2026-11-21T10:00:00+00:00", "text": "Bye."}\r\n'


class RecordingFront(Front):
    """Records the calls of the client."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_event(self, event: Event, lines: Sequence[StyledLine]) -> None:
        text = str([line.text for line in lines[1:-1]]) if event.kind == "history" else event.text
        self.seen.append(f"{event.kind}: {text}")

    def on_status(self, status: str) -> None:
        self.seen.append(f"status: {status}")

    def on_name_wanted(self) -> None:
        self.seen.append("name?")

    def on_name_refused(self, why: str) -> None:
        self.seen.append(f"no: {why}")

    def on_lost(self, what: str, why: str, delay: float | None) -> None:
        self.seen.append(f"status: {loss_text(what, why, delay)}")

    def on_delivery(self, number: int, delivery: Delivery) -> None:
        self.seen.append(f"{number} {delivery.value}")


@pytest.fixture
def engine() -> Iterator[Reactor]:
    reactor = Reactor()
    yield reactor
    reactor.close()


@pytest.fixture
def client(engine: Reactor) -> ChatClient:
    client = ChatClient(Program(engine, "chat", TCPEndpoint("127.0.0.1", 8000)), "ann")
    client.front = RecordingFront()
    return client


def seen(client: ChatClient) -> list[str]:
    """The calls that its front recorded."""
    assert isinstance(client.front, RecordingFront)
    return client.front.seen


def connect(client: ChatClient, *lines: bytes) -> tuple[ChatSession, StringTransport]:
    """A session to which the server has sent `lines` so far."""
    session, transport = client.build_protocol(SERVER), StringTransport()
    session.make_connection(transport)
    for line in lines:
        session.data_received(line)
    return session, transport


def lose(client: ChatClient, session: ChatSession, reason: Exception) -> None:
    """Lose the connection of `session`."""
    session.connection_lost(reason)
    client.client_connection_lost(IdleConnector(client.program.reactor), reason)


def test_it_registers_with_our_server_and_talks(client: ChatClient) -> None:
    turn_end: list[object] = []
    room = ChatRoom(turn_end.append)
    server = ChatFactory(Clock(), room).build_protocol(SERVER)
    assert server is not None
    pair = ConnectedPair(server, client.build_protocol(SERVER))
    pair.pump(piece=1)
    assert room.names() == ("ann",)
    assert [line.partition(":")[0] for line in seen(client)] == ["welcome", "names"]
    client.say("hällo".encode())
    pair.pump()
    assert room.history[-1].text == "hällo"


def test_the_banner_before_the_events_is_not_shown(client: ChatClient) -> None:
    _, transport = connect(client, b"~~~~\r\n(2026/11/21 10:00:00)\r\nChoose a username:\r\n")
    assert transport.take() == b"/events\r\n"
    assert seen(client) == []


def test_the_name_is_given_only_when_the_server_asks_in_events(client: ChatClient) -> None:
    session, transport = connect(client, EVENTS_ARE_ON)
    assert transport.take() == b"/events\r\n"
    session.data_received(PROMPT)
    assert transport.take() == b"ann\r\n"


def test_the_front_is_asked_for_a_missing_name(client: ChatClient) -> None:
    client.name = None
    connect(client, EVENTS_ARE_ON, PROMPT)
    assert seen(client) == ["name?"]


def test_lines_wait_for_the_welcome_and_keep_their_order(client: ChatClient) -> None:
    client.say(b"one")
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT)
    client.say(b"two")
    assert b"one" not in transport.take()
    session.data_received(WELCOME)
    client.say(b"three")
    assert transport.lines() == ["one", "two", "three"]


def test_lines_stay_in_the_outbox_while_the_server_does_not_read(client: ChatClient) -> None:
    session, transport = connect(client, EVENTS_ARE_ON, WELCOME)
    transport.take()
    session.pause_producing()
    client.say(b"one")
    assert not transport.waiting
    session.resume_producing()
    assert transport.lines() == ["one"]


def test_unsent_lines_are_sent_on_the_next_connection(client: ChatClient) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME)
    session.pause_producing()
    client.say(b"kept")
    lose(client, session, ConnectionLost())
    client.say(b"kept too")
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    assert transport.lines() == ["/events", "ann", "kept", "kept too"]


def test_it_reconnects_under_its_current_name(client: ChatClient) -> None:
    renamed = WELCOME.replace(b"welcome", b"renamed").replace(b'"name"', b'"to": "Bob", "name"')
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME, renamed)
    lose(client, session, ConnectionLost())
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT)
    assert transport.lines() == ["/events", "Bob"]


def test_the_delays_grow_until_the_next_welcome_and_are_shown(client: ChatClient) -> None:
    line = IdleConnector(client.program.reactor)
    client.was_welcome = True
    delays = []
    for _ in range(20):
        delays.append(client.delay)
        client.client_connection_failed(line, ConnectionRefusedError(111, "refused"))
    assert delays[0] == 1.0
    assert delays[3] > delays[1] > delays[0]
    assert max(delays) == 30.0
    assert (
        seen(client)[0] == "status: tcp:127.0.0.1:8000: refused; trying again in 1 s; press Enter to try now"
    )
    connect(client, EVENTS_ARE_ON)
    assert client.delay > 1.0
    connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    assert client.delay == 1.0


def test_a_client_that_was_never_in_the_chat_does_not_reconnect(client: ChatClient) -> None:
    client.client_connection_failed(
        IdleConnector(client.program.reactor), ConnectionRefusedError(111, "refused")
    )
    assert client.program.failure.endswith("is the server running? python -m servers.chat")


def test_the_reason_of_a_refused_connection_is_printed(client: ChatClient) -> None:
    session, _ = connect(client, b"Sorry, only \x1b 5 here.\r\n")
    lose(client, session, ConnectionDone())
    assert client.program.failure == "refused by tcp:127.0.0.1:8000: Sorry, only ␛ 5 here."


def test_the_last_notice_while_registering_is_the_reason(client: ChatClient) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, PROMPT, GOOD_BYE)
    lose(client, session, ConnectionDone())
    assert client.program.failure == "refused by tcp:127.0.0.1:8000: Bye."


def test_a_server_that_never_sends_events_is_not_a_chat_server(client: ChatClient) -> None:
    session, transport = connect(client)
    reactor = client.program.reactor
    assert session._deadline.time - reactor.seconds() <= HANDSHAKE
    session._on_deadline()
    lose(client, session, ConnectionDone())
    assert "lost tcp:127.0.0.1:8000: no chat server has answered" in client.program.failure
    assert transport.disconnecting


NUMBERING = WELCOME.replace(b'"name"', b'"seq": 50, "name"')
"""The welcome of a server that confirms numbered lines."""


def delivered(*numbers: int) -> bytes:
    """The confirmations of these lines."""
    return b"".join(event("delivered", id=number) for number in numbers)


def deliveries(client: ChatClient) -> list[str]:
    """The changes that its front recorded."""
    return [each for each in seen(client) if each[0].isdigit()]


def test_a_line_is_numbered_and_delivered_when_the_server_confirms_it(client: ChatClient) -> None:
    clock = client.clock = Clock()
    client.say(b"early")
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING)
    assert [client.delivery(client.say(line)) for line in (b"one", b"/me waves")] == 2 * [Delivery.SENT]
    assert transport.lines() == ["/events", "ann", "/id 1 early", "/id 2 one", "/id 3 /me waves"]
    clock.advance(0.25)
    session.data_received(delivered(1, 2, 9))
    assert deliveries(client) == ["1 sent", "2 sent", "3 sent", "1 delivered", "2 delivered"]
    assert session.round_trip == 0.25
    client.say(b"/quit")
    assert transport.lines() == ["/quit"]


def test_lines_for_an_older_server_or_from_a_program_are_not_numbered(client: ChatClient) -> None:
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    client.say(b"one")
    client.front.attended = False
    _, unattended = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING)
    client.say(b"two")
    assert (transport.lines()[-1], unattended.lines()[-1]) == ("one", "two")
    assert deliveries(client) == ["1 delivered", "2 delivered"]


def test_an_unconfirmed_line_is_doubtful_after_a_loss_until_it_is_among_the_missed_events(
    client: ChatClient,
) -> None:
    logged: list[str] = []
    session, _ = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING)
    client._write_log = lambda lines: logged.extend(line.text for line in lines)
    for line in (b"delivered", b"arrived", b"lost"):
        client.say(line)
    session.data_received(delivered(1))
    lose(client, session, ConnectionLost())
    assert deliveries(client)[3:] == ["1 delivered", "2 doubtful", "3 doubtful"]
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING.replace(b"50", b"60"))
    assert transport.lines()[0] == "/events since 50"
    for seq, text in enumerate(("delivered", "arrived", "of another ann"), 51):
        session.data_received(event("said", name="ann", text=text, seq=seq))
    assert deliveries(client)[6:] == ["1 delivered", "2 delivered"]
    assert seen(client)[-1] == "said: of another ann"
    assert [text for text in logged if "Hi" not in text] == ["delivered", "arrived", "of another ann"]


def test_a_server_that_does_not_answer_is_reported_once_and_its_answer_too(client: ChatClient) -> None:
    clock = client.clock = Clock()
    session, _ = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING)
    clock.advance(100)
    client.say(b"one")
    clock.advance(SILENCE - 1)
    session.data_received(event("said", name="bob", text="on its way before", seq=70))
    client.say(b"two")
    clock.advance(SILENCE - 0.1)
    assert not any("no answer" in each for each in seen(client))
    clock.advance(0.2)
    assert seen(client)[-1] == "status: no answer for 12 s; your last lines may not have arrived"
    assert round(session.silent_for, 1) == 12.1
    client.say(b"three")
    clock.advance(2 * SILENCE)
    assert sum("no answer" in each for each in seen(client)) == 1
    session.data_received(delivered(1))
    assert seen(client)[-2:] == ["status: the server answers again", "1 delivered"]
    clock.advance(SILENCE + 0.1)
    assert "no answer" in seen(client)[-1]
    session.data_received(delivered(2, 3))
    clock.advance(2 * SILENCE)
    assert (session.silent_for, seen(client)[-1]) == (0.0, "3 delivered")
    client.say(b"four")
    session.connection_lost(ConnectionLost())
    assert not clock.pending()


def test_own_lines_have_the_time_of_the_servers_clock(engine: Reactor) -> None:
    client = ChatClient(Program(engine, "chat", TCPEndpoint("127.0.0.1", 8000)), "ann", now=lambda: 0.0)
    client.front = RecordingFront()
    connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    assert client.now() == 1795255200.0


def test_finish_sends_all_lines_and_waits_for_the_answer_to_quit(client: ChatClient) -> None:
    client.say(b"one")
    client.finish()
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    assert transport.lines() == ["/events", "ann", "one", "/quit"]
    assert not client.program.ending
    session.data_received(GOOD_BYE)
    lose(client, session, ConnectionDone())
    assert (client.program.ending, client.program.failure) == (True, "")


def test_a_connection_lost_before_that_answer_is_a_failure(client: ChatClient) -> None:
    client.finish()
    session, _ = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    lose(client, session, ConnectionDone())
    assert client.program.failure.endswith("before everything was delivered")


def test_no_line_is_sent_after_quit(client: ChatClient) -> None:
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    transport.take()
    for line in (b"one", b"/quit", b"two"):
        client.say(line)
    assert transport.lines() == ["one", "/quit"]
    assert client.state is ClientState.QUITTING


def test_the_front_gets_control_characters_as_visible_ones(client: ChatClient) -> None:
    said = WELCOME.replace(b"welcome", b"said").replace(b"Hi", b"\\u001b[2J\\u202e")
    connect(client, EVENTS_ARE_ON, WELCOME, said)
    assert seen(client)[-1] == "said: ␛[2J<U+202E>, ann."


@pytest.mark.parametrize("line", [b'{"event": "new"}', b"[", b"\xff", b'{"event": "said", "time": 3}', b""])
def test_a_line_that_is_not_a_known_event_is_ignored(client: ChatClient, line: bytes) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME)
    before = list(seen(client))
    session.data_received(line + b"\r\n")
    assert seen(client) == before


def event(kind: str, **told: object) -> bytes:
    """An event as the server sends it."""
    return json.dumps({"event": kind, "time": "2026-11-21T10:00:00+00:00", **told}).encode() + b"\r\n"


def test_after_a_loss_it_asks_for_what_came_after_the_last_number_and_shows_no_own_line_again(
    client: ChatClient,
) -> None:
    session, _ = connect(
        client,
        EVENTS_ARE_ON,
        WELCOME,
        event("said", name="bob", text="heard", seq=70),
    )
    client.say(b"mine")
    lose(client, session, ConnectionLost())
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING.replace(b"50", b"90"))
    assert transport.lines() == ["/events since 70", "ann"]
    before = len(seen(client))
    for missed in (
        event("left", name="ann", text="ann has left", seq=74),
        event("said", name="ann", text="mine", seq=75),
        event("said", name="bob", text="missed", seq=76),
    ):
        session.data_received(missed)
    assert seen(client)[before:] == ["1 delivered", "said: missed"]
    lose(client, session, ConnectionLost())
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, NUMBERING.replace(b"50", b"20"))
    assert transport.lines()[0] == "/events since 76"
    assert client.since == 20  # a server whose clock was set back, or another one


def test_after_a_loss_it_goes_back_to_the_room_before_it_says_what_waits(client: ChatClient) -> None:
    session, transport = connect(client, EVENTS_ARE_ON, WELCOME, event("names", names=["ann"], room="lab"))
    assert not any(b"/join" in line.encode() for line in transport.lines())
    lose(client, session, ConnectionLost())
    client.say(b"for the lab")
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME, event("names", names=["ann"]))
    assert transport.lines()[1:] == ["ann", "/join lab", "for the lab"]


def test_a_server_that_has_kept_the_place_in_the_room_is_not_asked_for_it(client: ChatClient) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME, event("names", names=["ann"], room="lab"))
    lose(client, session, ConnectionLost())
    kept = event("welcome", name="ann", text="Welcome", room="lab")
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT, kept)
    assert transport.lines()[1:] == ["ann"]


def test_the_next_server_is_used_when_one_is_lost_and_after_a_whole_round_the_delays_grow(
    engine: Reactor,
) -> None:
    servers = [TCPEndpoint("127.0.0.1", port) for port in (8000, 8001)]
    client = ChatClient(Program(engine, "chat", servers[0]), "ann", servers=servers)
    client.front = RecordingFront()
    session, transport = connect(client, EVENTS_ARE_ON, WELCOME)
    assert transport.lines() == [f"/events key {client.key}"]
    lose(client, session, ConnectionLost())
    assert (str(client.program.endpoint), client.delay) == ("tcp:127.0.0.1:8001", 1.0)
    assert (client.retry_at or 0.0) - engine.seconds() <= client.quick_delay
    assert seen(client)[-1].endswith(": connection was lost; trying the next server")
    client.client_connection_failed(IdleConnector(engine), ConnectionRefusedError(111, "refused"))
    assert (str(client.program.endpoint), client.delay > 1.0) == ("tcp:127.0.0.1:8000", True)
    client.stop_trying()


def test_the_next_attempt_is_a_connection_to_the_next_server(engine: Reactor) -> None:
    port = engine.listen_tcp(0, Factory.for_protocol(Protocol))
    servers = [
        TCPEndpoint("127.0.0.1", 8000),
        TCPEndpoint("127.0.0.1", int(str(port.host).rpartition(":")[2])),
    ]
    client = ChatClient(Program(engine, "chat", servers[0]), "ann", servers=servers)
    client.front = RecordingFront()
    connect(client, EVENTS_ARE_ON, WELCOME)
    lost = IdleConnector(engine)
    client.client_connection_lost(lost, ConnectionLost())
    client.try_now()
    while client.session is None:
        engine.turn()
    assert lost.attempts == 0
    engine.clear()


def test_the_user_can_start_the_next_attempt_at_once(client: ChatClient, engine: Reactor) -> None:
    line = IdleConnector(engine)
    client.was_welcome = True
    client.client_connection_failed(line, ConnectionRefusedError(111, "refused"))
    assert (client.retry_at or 0.0) > engine.seconds()
    client.try_now()
    engine.turn()
    assert (line.attempts, client.retry_at) == (1, None)
    client.try_now()


def test_a_kicked_user_sees_the_reason_and_rejoins_only_on_request(
    client: ChatClient, engine: Reactor
) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME, event("kicked", text="You were kicked: too loud."))
    connector = IdleConnector(engine)
    session.connection_lost(ConnectionDone())
    client.client_connection_lost(connector, ConnectionDone())
    assert (
        seen(client)[-1]
        == "status: lost tcp:127.0.0.1:8000: You were kicked: too loud; press Enter to rejoin"
    )
    assert (client.retry_at, connector.attempts) == (None, 0)
    enter(client, "")
    assert connector.attempts == 1
    client.try_now()
    assert connector.attempts == 1


def test_an_ignored_person_is_neither_shown_nor_logged(client: ChatClient, tmp_path: Path) -> None:
    log = LogFile(str(tmp_path / "log"))
    client._write_log = log.write
    client.people.ignore("bob")
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME, event("said", name="bob", text="psst"))
    session.data_received(event("said", name="eve", text="hello"))
    assert seen(client)[1:] == ["said: hello"]
    assert (tmp_path / "log").read_text().endswith("<eve> hello\n")
    log.close()


@pytest.mark.parametrize("kind", ["notice", "refused"])
def test_a_notice_just_before_the_end_is_the_reason(client: ChatClient, kind: str) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME, event(kind, text="Out with you."))
    lose(client, session, ConnectionDone())
    assert seen(client)[-1].startswith("status: lost tcp:127.0.0.1:8000: Out with you; trying again in 1 s")


def test_an_old_notice_is_not_the_reason(client: ChatClient) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME, event("notice", text="Lunch."))
    session._words_at -= FRESH
    lose(client, session, ConnectionDone())
    assert "the server closed the connection" in seen(client)[-1]


def test_an_unattended_client_does_not_reconnect(client: ChatClient) -> None:
    client.front.attended = False
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME)
    session.pause_producing()
    client.say(b"one")
    lose(client, session, ConnectionLost())
    assert client.program.failure.endswith("; lines that were not sent: 1")


def shown(client: ChatClient, text: str) -> list[str]:
    """The texts of the lines that entering `text` shows."""
    return [line.text + line.note for line in enter(client, text)]


def test_an_entered_line_is_sent_or_marked_as_unsent(client: ChatClient) -> None:
    assert shown(client, "early") == ["early (not sent yet)"]
    assert shown(client, "/names") == ["/names (not sent yet)"]
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    assert shown(client, "late") == ["late"]
    assert shown(client, "") == []
    assert transport.lines()[2:] == ["early", "/names", "late"]
    assert any("/ignore" in text for text in shown(client, "/help"))


def test_an_entered_line_is_a_name_while_registering(client: ChatClient) -> None:
    _, transport = connect(client, EVENTS_ARE_ON, PROMPT)
    assert shown(client, "zoe") == shown(client, "") == []
    assert transport.lines()[1:] == ["ann", "zoe", "ann"]


def test_an_empty_line_without_a_connection_starts_an_attempt(client: ChatClient, engine: Reactor) -> None:
    client.was_welcome = True
    way = IdleConnector(engine)
    client.client_connection_failed(way, ConnectionRefusedError(111, "refused"))
    assert shown(client, "") == []
    engine.turn()
    assert way.attempts == 1


def test_the_ignore_command_answers(client: ChatClient) -> None:
    assert shown(client, "/ignore") == ["ignored: no names; /ignore NAME hides what NAME says"]
    assert shown(client, "/ignore bob") == ["bob is ignored; /ignore bob again ends that"]
    assert shown(client, "/ignore") == ["ignored: bob"]
    assert shown(client, "/ignore BOB") == ["BOB is no longer ignored"]
    assert shown(client, "/ignore ANN") == ["you cannot ignore yourself"]


def test_r_answers_the_last_private_message_under_the_current_name_of_its_author(client: ChatClient) -> None:
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    assert shown(client, "/r hi") == [
        "you have received no private message yet; type /msg NAME TEXT to send one"
    ]
    client.people.ignore("eve")
    for received in (
        event("private", name="bob", to="ann", text="psst"),
        event("private", name="ann", to="carl", text="an own one"),
        event("private", name="eve", to="ann", text="of an ignored person"),
        event("renamed", name="bob", to="rob", text="bob is now known as rob."),
    ):
        session.data_received(received)
    transport.take()
    assert shown(client, "/R  what? ") == []
    assert transport.lines() == ["/msg rob what?"]
    assert shown(client, "/r") == ["type /r TEXT to answer rob"]
    shown(client, " /r secret")
    assert transport.lines() == [" /r secret"]  # the server refuses it: a blank stands before a command


def test_quit_without_a_connection_ends_the_program(client: ChatClient) -> None:
    assert shown(client, "/quit") == []
    assert (client.program.ending, client.program.failure) == (True, "")


def test_a_full_server_is_tried_again_after_a_reconnection(client: ChatClient) -> None:
    client.was_welcome = True
    session, _ = connect(client, b"Sorry, too many connections.\r\n")
    lose(client, session, ConnectionDone())
    assert "Sorry, too many connections; trying again" in seen(client)[-1]


def test_a_session_owner_without_its_methods_cannot_be_created() -> None:
    with pytest.raises(TypeError):
        SessionOwner()  # type: ignore[abstract]


def test_a_message_after_the_answer_to_quit_shows_that_it_was_another_notice(client: ChatClient) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    client.say(b"/QUIT")
    states = [client.state]
    for line in (GOOD_BYE, event("said", name="bob", text="hello")):
        session.data_received(line)
        states.append(client.state)
    assert states == [ClientState.QUITTING, ClientState.FINISHED, ClientState.QUITTING]


def test_the_state_follows_the_connection(client: ChatClient) -> None:
    states = [client.state.value]
    session, _ = connect(client)
    states.append(client.state.value)
    for line in (EVENTS_ARE_ON, WELCOME, event("kicked", text="Out.")):
        session.data_received(line)
        states.append(client.state.value)
    lose(client, session, ConnectionDone())
    client.try_now()
    states.append(client.state.value)
    assert states == ["offline", "connected", "register", "chat", "kicked", "offline"]


def test_a_quit_in_the_outbox_ends_the_program_when_the_connection_is_lost(client: ChatClient) -> None:
    session, _ = connect(client, EVENTS_ARE_ON, WELCOME)
    session.pause_producing()
    client.say(b"one")
    client.finish()
    assert (client.unsent, client.is_leaving) == (1, True)
    lose(client, session, ConnectionLost())
    assert not client.program.ending
    client.outbox.popleft()
    client.pump()
    assert client.program.ending


def test_end_of_input_leaves_when_all_lines_are_sent(client: ChatClient) -> None:
    front = client.front = RecordingScreen(client)
    connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    front.on_end_of_input()
    assert (client.state, front.calls[-1]) == (ClientState.QUITTING, "leaving")
    assert not client.program.ending
    front.on_end_of_input()
    assert client.program.ending


def test_a_refused_name_is_asked_for_again_with_the_old_one_as_an_offer(client: ChatClient) -> None:
    front = client.front = RecordingScreen(client)
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, event("refused", text="Taken."))
    assert front.calls[-2:] == ["Taken.", f"prompt {NAME_PROMPT}"]
    client.was_welcome = True
    session.data_received(event("refused", text="Taken."))
    front.on_line("zoe")
    session.data_received(event("refused", text="Taken."))
    assert front.calls[-2] == "press Enter to try ann again; unsent lines are kept"
    front.on_line("")
    assert transport.lines()[-1] == "ann"
    session.data_received(WELCOME)
    assert "prompt ann> " in front.calls


# --- the old name after a reconnection

TAKEN = event("refused", text="Sorry, 'ann' is taken.")


def rejoining(client: ChatClient) -> tuple[Clock, RecordingScreen, ChatSession, StringTransport]:
    """A client that was in the chat as ann, is connected again, and is told that the name is taken."""
    client.front, client.clock = front, clock = RecordingScreen(client), Clock()
    session, _ = connect(client, EVENTS_ARE_ON, PROMPT, WELCOME, event("said", name="bob", text="heard"))
    lose(client, session, ConnectionLost())
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, TAKEN)
    return clock, front, session, transport


def test_the_old_name_is_asked_for_again_with_growing_delays(client: ChatClient) -> None:
    clock, front, session, transport = rejoining(client)
    assert transport.lines() == ["/events", "ann"]
    for delay in (1, 2, 4, 8, 16, 30, 30):
        clock.advance(delay - 0.1)
        assert transport.lines() == []
        clock.advance(0.1)
        assert transport.lines() == ["ann"]
        session.data_received(TAKEN)
    assert front.calls.count("Sorry, 'ann' is taken.") == 1
    how = "trying ann again until you type; press Enter to try now; unsent lines are kept"
    assert front.calls.count(how) == 1


def test_when_the_old_name_is_free_each_missed_line_is_shown_once(client: ChatClient) -> None:
    clock, front, session, transport = rejoining(client)
    client.say(b"kept")
    clock.advance(1)
    session.data_received(NUMBERING)
    assert transport.lines()[-2:] == ["ann", "/id 1 kept"]
    session.data_received(event("said", name="bob", text="missed", seq=49))
    assert front.calls[-1] == "missed"
    assert any("you were disconnected from" in call for call in front.calls)


def test_while_the_user_types_the_old_name_is_not_requested(client: ChatClient) -> None:
    clock, _, _, transport = rejoining(client)
    transport.take()
    assert isinstance(client.front, InteractiveFront)
    client.front.on_typing()
    clock.advance(1000)
    assert transport.lines() == []
    client.front.on_line("")
    assert transport.lines() == ["ann"]


def test_a_new_name_that_is_refused_is_not_asked_for_again(client: ChatClient) -> None:
    clock, front, session, transport = rejoining(client)
    assert isinstance(client.front, InteractiveFront)
    client.front.on_line("zoe")
    session.data_received(event("refused", text="Sorry, 'zoe' is taken."))
    assert front.calls[-3:-1] == [
        "Sorry, 'zoe' is taken.",
        "press Enter to try ann again; unsent lines are kept",
    ]
    transport.take()
    clock.advance(1000)
    assert transport.lines() == []


def test_a_lost_connection_ends_the_requests_for_the_name_and_the_next_one_resumes_them(
    client: ChatClient,
) -> None:
    clock, _, session, transport = rejoining(client)
    lose(client, session, ConnectionLost())
    assert clock.pending() == 0
    session, transport = connect(client, EVENTS_ARE_ON, PROMPT, TAKEN)
    clock.advance(2)
    assert transport.lines() == ["/events", "ann", "ann"]


def test_a_first_name_that_is_refused_is_not_asked_for_again(client: ChatClient) -> None:
    clock = client.clock = Clock()
    connect(client, EVENTS_ARE_ON, PROMPT, TAKEN)
    assert clock.pending() == 0


# --- a line that the server does not accept as a message


@pytest.mark.parametrize(
    "typed", [b"/me", b"/ME ", b" /msg bob secret", b"  ", b"caf\xe9", b"\t/names", b" /quit"]
)
def test_a_line_that_the_server_refuses_is_neither_logged_nor_remembered(
    client: ChatClient, typed: bytes, tmp_path: Path
) -> None:
    log = LogFile(str(tmp_path / "log"))
    client._write_log = log.write
    connect(client, EVENTS_ARE_ON, PROMPT, WELCOME)
    client.say(typed)
    client.say(b"/ME waves")
    log.close()
    assert (tmp_path / "log").read_text().splitlines()[1:] == []
    assert (tmp_path / "log").read_text().endswith("* ann waves\n")
    assert [line.text for _, line in client._own_lines] == ["waves"]
    assert client.state is ClientState.CHAT
