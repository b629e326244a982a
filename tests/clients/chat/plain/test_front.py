"""The chat client in a terminal, in lines."""

import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from clients.chat.client import ChatClient
from clients.chat.colors import COLORS, Colors
from clients.chat.interactive import LEAVING
from clients.chat.plain import front as front_module
from clients.chat.plain.front import PlainFront
from clients.chat.plain.screen import Screen
from clients.chat.rendering import Delivery, StyledLine, describe_own
from clients.runner import Program
from core.endpoints import TCPEndpoint
from core.reactor import Reactor
from tests.clients.chat.test_piped import somebody
from tests.clients.running import COLUMNS, IN_SHELL, Terminal, one_time_server, terminal
from tests.conftest import turn_until
from tests.running import Client, Server, serving


@contextmanager
def chatting(server: Server, *flags: str, **changes: str) -> Iterator[tuple[Terminal, Client]]:
    """`ann` in a terminal, and `bob` in the same chat."""
    with (
        somebody(server, "bob") as bob,
        terminal(
            "chat", "--plain", "--name", "ann", "--connect", server.endpoints["chat"][0], *flags, **changes
        ) as seen,
    ):
        bob.until("ann has joined")
        seen.until(lambda: seen.last == "ann>")
        yield seen, bob
        seen.process.kill()
        bob.until("ann has left")


class RecordingScreen(Screen):
    """Records the printed lines and the rows of undelivered lines."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.rows: list[str] = []

    def print(self, *lines: str) -> None:
        self.printed += [words(line) for line in lines]

    def show_undelivered(self, rows: Sequence[str]) -> None:
        self.rows = [words(row) for row in rows]


def words(row: str) -> str:
    """`row` without colours and without the time of day."""
    return re.sub(r"\x1b\[[0-9;]*m", "", row).partition(" ")[2]


@contextmanager
def viewing(
    colors: Colors | None = None, echoes: bool = False
) -> Iterator[tuple[PlainFront, RecordingScreen]]:
    """A front without a terminal and without a server."""
    reactor, screen = Reactor(), RecordingScreen()
    client = ChatClient(Program(reactor, "chat", TCPEndpoint("127.0.0.1", 8000)), "ann")
    yield PlainFront(client, screen, colors, echoes), screen
    reactor.close()


def own(number: int, delivery: Delivery) -> StyledLine:
    """A line that the user has just entered."""
    (line,) = describe_own(f"line {number}", "ann", time.time())
    return replace(line, number=number, delivery=delivery)


def test_an_own_line_is_above_the_prompt_until_it_is_delivered() -> None:
    with viewing(COLORS[""]) as (front, screen):
        for number in range(1, 6):
            front.add_entered([own(number, Delivery.SENT)])
        assert screen.printed == []
        assert screen.rows == ["more before these)", "<ann> line 3", "<ann> line 4", "<ann> line 5"]
        for number, delivery in ((1, Delivery.DELIVERED), (2, Delivery.DOUBTFUL), (9, Delivery.DELIVERED)):
            front.on_delivery(number, delivery)
        assert screen.printed == ["<ann> line 1", "<ann> line 2 (perhaps not delivered)"]
        assert screen.rows == ["<ann> line 3", "<ann> line 4", "<ann> line 5"]


def test_without_colours_a_line_is_printed_at_once_and_again_only_if_there_is_something_to_add() -> None:
    with viewing() as (front, screen):
        states = [Delivery.DELIVERED, Delivery.SENT, Delivery.SENT, Delivery.UNSENT]
        front.add_entered([own(number, state) for number, state in enumerate(states, 1)])
        assert screen.printed == [f"<ann> line {number}" for number in (1, 2, 3)] + [
            "<ann> line 4 (not sent yet)"
        ]
        for number, delivery in ((2, Delivery.DELIVERED), (3, Delivery.DOUBTFUL), (4, Delivery.SENT)):
            front.on_delivery(number, delivery)
        front.on_delivery(4, Delivery.DELIVERED)
        assert screen.printed[4:] == ["<ann> line 3 (perhaps not delivered)", "<ann> line 4"]
        assert screen.rows == []


def test_a_line_that_the_terminal_has_shown_is_printed_only_if_there_is_something_to_add() -> None:
    with viewing(echoes=True) as (front, screen):
        states = [Delivery.DELIVERED, Delivery.SENT, Delivery.SENT, Delivery.UNSENT]
        front.add_entered([own(number, state) for number, state in enumerate(states, 1)])
        assert screen.printed == ["<ann> line 4 (not sent yet)"]
        for number, delivery in ((2, Delivery.DELIVERED), (3, Delivery.DOUBTFUL), (4, Delivery.DELIVERED)):
            front.on_delivery(number, delivery)
        assert screen.printed[1:] == ["<ann> line 3 (perhaps not delivered)", "<ann> line 4"]


@pytest.mark.parametrize("has_ended", [False, True])
def test_who_leaves_is_told_if_it_takes_a_while(has_ended: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "LEAVING_DELAY", 0.0)
    with viewing() as (front, screen):
        front.show_leaving()
        assert screen.printed == []
        front.client.program.ending = has_ended
        turned = list[bool]()
        front.client.program.reactor.call_later(0.001, turned.append, True)
        turn_until(front.client.program.reactor, lambda: turned)
        assert screen.printed == ([] if has_ended else [f"== {LEAVING}"])


def test_arriving_messages_do_not_disturb_the_line_that_is_being_typed(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        typed = "hälf a 日本 lin"
        seen.keys(typed)
        seen.until(lambda: seen.last == f"ann> {typed}")
        bob.send(b"one\n" + b"x" * 3 * COLUMNS + b"\n/me waves\n")
        seen.until_line("* bob waves")
        seen.until(lambda: seen.last == f"ann> {typed}")
        seen.keys("e\r")
        assert bob.until("<ann>").endswith(f"<ann> {typed}e")
        seen.until(lambda: seen.last == "ann>")
        assert seen.lines[-2].endswith(f" <ann> {typed}e")
        assert sum(typed in line for line in seen.lines) == 1


def test_a_line_can_be_corrected_before_it_is_sent(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        seen.keys("helo\x1b[Dl\x05 wrold\x17world\x01x\x7f\r")
        assert bob.until("<ann>").endswith("<ann> hello world")


def test_a_line_longer_than_the_terminal_is_wide_is_wrapped(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        words = "0123456789 " * 20
        seen.keys(words + "end")
        seen.until(lambda: seen.last.endswith("end"))
        bob.send(b"psst\n")
        seen.until_line("psst")
        seen.until(lambda: seen.last.endswith("end"))
        assert "".join(line.ljust(COLUMNS) for line in seen.lines).count("0123456789 ") == 20
        seen.keys("\x15\r")
        seen.until(lambda: seen.lines[-1] == "ann>")


def test_without_escape_sequences_a_long_line_stays_in_its_row(suite: Server) -> None:
    with chatting(suite, NO_COLOR="1") as (seen, bob):
        seen.keys("0123456789 " * 20 + "end")
        seen.until(lambda: seen.last.endswith("end"))
        bob.send(b"psst\n")
        seen.until_line("psst")
        seen.until(lambda: seen.last.endswith("end"))
        seen.keys("\x15\r")
        seen.until(lambda: seen.last == "ann>")
        assert sum("0123456789" in line for line in seen.lines) == 0


def test_the_name_is_asked_for_until_one_will_do(suite: Server) -> None:
    with (
        somebody(suite, "bob") as bob,
        terminal("chat", "--plain", "--connect", suite.endpoints["chat"][0]) as seen,
    ):
        for name, answer in (("bob", "'bob' is taken"), ("a b", "A name has only letters")):
            seen.until(lambda: seen.last == "Choose a username:")
            seen.keys(f"{name}\r")
            seen.until_line(answer)
        seen.until(lambda: seen.last == "Choose a username:")
        seen.keys("ann\r")
        bob.until("ann has joined")
        seen.until(lambda: seen.last == "ann>")


def test_a_given_name_that_is_taken_is_asked_for_again(suite: Server) -> None:
    with (
        somebody(suite, "bob") as bob,
        terminal("chat", "--plain", "--name", "bob", "--connect", suite.endpoints["chat"][0]) as seen,
    ):
        seen.until_line("'bob' is taken")
        seen.until(lambda: seen.last == "Choose a username:")
        seen.keys("ann\r")
        bob.until("ann has joined")


@pytest.mark.parametrize("keys", ["\x04", "/quit\r", "\x03"])
def test_one_leaves_with_status_0_and_the_terminal_as_it_was(suite: Server, keys: str) -> None:
    with chatting(suite) as (seen, _):
        assert seen.settings_now() != seen.settings
        seen.keys(keys)
        assert seen.wait() == 0
        assert seen.settings_now() == seen.settings
        assert "Traceback" not in seen.raw


@pytest.mark.parametrize("keys", ["\x04", "/quit\r", "\x03"])
def test_one_can_leave_without_a_name(suite: Server, keys: str) -> None:
    with terminal("chat", "--plain", "--connect", suite.endpoints["chat"][0]) as seen:
        seen.until(lambda: seen.last == "Choose a username:")
        seen.keys(keys)
        assert seen.wait() == 0
        assert seen.settings_now() == seen.settings


def test_sigterm_leaves_the_terminal_as_it_was(suite: Server) -> None:
    with chatting(suite) as (seen, _):
        seen.process.send_signal(signal.SIGTERM)
        assert seen.wait() == 0
        assert seen.settings_now() == seen.settings


def test_after_a_stop_and_a_start_the_line_is_drawn_again(suite: Server) -> None:
    with chatting(suite) as (seen, _):
        seen.keys("half")
        seen.until(lambda: seen.last == "ann> half")
        seen.process.send_signal(signal.SIGSTOP)
        os.waitpid(seen.process.pid, os.WUNTRACED)
        seen.raw = ""
        seen.process.send_signal(signal.SIGCONT)
        seen.until(lambda: "ann> half" in seen.raw)


def test_there_are_colours_in_a_terminal(suite: Server) -> None:
    with chatting(suite, TERM="xterm-256color") as (seen, bob):
        bob.send(b"hello\n")
        seen.until_line("hello")
        assert f"\x1b[38;5;{COLORS[''].preferred('bob')[0]}m" in seen.raw


def test_with_no_color_there_is_no_escape_sequence_and_no_bell(suite: Server) -> None:
    with chatting(suite, NO_COLOR="1") as (seen, bob):
        seen.keys("half a line\x1b[D\x1b[D")
        bob.send(b"hello ann \x1b[2J\n")
        seen.until_line("! <bob> hello ann ␛[2J")
        seen.until(lambda: (seen.last, seen.before) == ("ann> half a line", "ann> half a li"))
        assert not {"\x1b", "\a"} & set(seen.raw)


@pytest.mark.parametrize("term", ["dumb", "Dumb", "unknown"])
def test_a_dumb_terminal_gets_lines_and_nothing_else(suite: Server, term: str) -> None:
    with (
        somebody(suite, "bob") as bob,
        terminal("chat", "--connect", suite.endpoints["chat"][0], TERM=term) as seen,
    ):
        seen.until_line("Choose a username:")
        assert seen.settings_now() == seen.settings
        seen.keys("ann\n")
        bob.until("ann has joined")
        bob.send(b"hello ann\x1b[2J\n")
        seen.until_line("! <bob> hello ann␛[2J")
        seen.keys("hi\n")
        assert bob.until("<ann>").endswith("<ann> hi")
        seen.keys("\x04")
        assert seen.wait() == 0
        assert not {"\x1b", "\a"} & set(seen.raw)
        assert "\r" not in seen.raw.replace("\r\n", "\n")


def test_the_cursor_stays_where_it_is_while_others_talk(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        seen.keys("half a line" + 4 * "\x1b[D")
        seen.until(lambda: (seen.last, seen.before) == ("ann> half a line", "ann> half a "))
        bob.send(b"one\n")
        seen.until_line("<bob> one")
        seen.until(lambda: (seen.last, seen.before) == ("ann> half a line", "ann> half a "))


def test_a_flood_leaves_the_line_alone_and_loses_nothing() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "off") as server, chatting(server) as (seen, bob):
        seen.keys("half a line\x1b[D")
        seen.until(lambda: seen.last == "ann> half a line")
        bob.send(b"".join(b"line %d\n" % number for number in range(2000)))
        seen.until_line("line 1999")
        heard = [line.rpartition(" ")[2] for line in seen.lines if "<bob> line" in line]
        assert heard == [str(number) for number in range(2000)]
        seen.until(lambda: (seen.last, seen.before) == ("ann> half a line", "ann> half a lin"))


def test_a_mention_is_marked_and_rings(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        bob.send(b"hi annabel\nhi Ann!\n")
        seen.until_line("! <bob> hi Ann!")
        seen.until(lambda: seen.raw.count("\a") == 1)
        assert any(" <bob> hi annabel" in line and "!" not in line for line in seen.lines)


def test_tab_finishes_names_and_commands(suite: Server) -> None:
    with chatting(suite) as (seen, _):
        seen.keys("B\t")
        seen.until(lambda: seen.before == "ann> bob: ")
        seen.keys("hi b\t")
        seen.until(lambda: seen.before == "ann> bob: hi bob ")
        seen.keys("\x15/ig\tbo\t")
        seen.until(lambda: seen.before == "ann> /ignore bob ")


def test_messages_of_an_ignored_user_are_not_shown(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        seen.keys("/ignore BOB\r")
        seen.until_line("bob is ignored")
        bob.send(b"ann!\n/msg ann psst\n/me waves\n/nick rob\nann?\n")
        bob.until("now known as rob")
        seen.keys("/ignore\r")
        seen.until_line("ignored: rob")
        seen.keys("/ignore rob\r")
        seen.until_line("rob is no longer ignored")
        bob.send(b"hello\n/nick bob\n")
        seen.until_line("<rob> hello")
        assert not any("ann!" in line or "psst" in line or "waves" in line for line in seen.lines)
        assert "\a" not in seen.raw


@pytest.mark.parametrize("no", ["\x1b", "\x03"])
def test_a_paste_of_several_lines_waits_for_enter(suite: Server, no: str) -> None:
    with chatting(suite) as (seen, bob):
        seen.keys("say \x1b[200~one\r\n\ttwo\n\nthree\n\x1b[201~")
        seen.until(lambda: "ann> " not in seen.lines and seen.last == "three")
        assert "3 lines: Enter sends them, Esc drops them> say one" in seen.lines
        seen.keys(no)
        seen.until(lambda: seen.lines[-1] == "ann>")
        bob.send(b"hello\n")
        seen.until_line("<bob> hello")
        assert not any("<ann>" in line for line in seen.lines)


def test_a_key_that_no_program_knows_is_no_text(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        seen.keys("a\x1b[[A\x1b[[B\x1b[[E\x1b[97;1:3u\x1b]11;rgb:0/0/0\x07\x1b[<0;1;1Mb\r")
        assert bob.until("<ann>").endswith("<ann> ab")


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_that_ends_the_process_gives_the_terminal_back(suite: Server, number: int) -> None:
    with chatting(suite) as (seen, _):
        seen.keys("\x1ck")  # Ctrl-\ is a key, which does nothing
        seen.until(lambda: seen.last == "ann> k")
        seen.process.send_signal(number)
        assert seen.wait() == -number
        assert seen.settings_now() == seen.settings
        seen.until(lambda: seen.raw.rpartition("\x1b[?2004")[2].startswith("l"))


def test_a_paste_of_one_line_is_only_put_in(suite: Server) -> None:
    with chatting(suite) as (seen, _):
        seen.keys("ab\x1b[D\x1b[200~ one \n\x1b[201~")
        seen.until(lambda: (seen.last, seen.before) == ("ann> a one b", "ann> a one "))


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it(suite: Server) -> None:
    flags = ("--plain", "--name", "ann", "--connect", suite.endpoints["chat"][0])
    with terminal("chat", *flags, begin=IN_SHELL) as seen:
        seen.until(lambda: seen.last == "ann>")
        seen.keys("half\x1b[D")
        seen.until(lambda: seen.before == "ann> hal")
        seen.keys("\x1a")
        seen.until(lambda: "\x1b[?2004l" in seen.raw)
        seen.until(lambda: "icanon" in seen.lines)
        seen.until(lambda: (seen.last, seen.before) == ("ann> half", "ann> hal"))
        seen.keys("\x05\x15\x04")
        assert seen.wait() == 0


def test_log_messages_do_not_disturb_the_line_either() -> None:
    events = b'{"event": "events", "v": 1}\nno event\n'
    with (
        one_time_server(events) as endpoint,
        terminal("chat", "--plain", "--connect", endpoint, "--log-level", "debug") as seen,
    ):
        seen.until_line("DEBUG clients.chat.session: not an event: no event")
        assert seen.wait() == 1
        seen.until_line(f"lost {endpoint}: the server closed")


def test_a_terminal_that_is_closed_ends_the_client(suite: Server) -> None:
    with chatting(suite) as (seen, _):
        seen.hang_up()
        seen.wait()


def test_it_reconnects_reports_it_and_keeps_the_line() -> None:
    with serving("servers.chat", "--port", "0") as first:
        port = str(first.port())
        with terminal("chat", "--plain", "--name", "ann", "--port", port) as seen:
            seen.until(lambda: seen.last == "ann>")
            seen.keys("half a line")
            seen.until(lambda: seen.last == "ann> half a line")
            first.process.kill()
            seen.until_line("trying again in 1 s; press Enter to try now")
            seen.until(lambda: seen.last == "ann> half a line")
            with serving("servers.chat", "--port", port) as second:
                seen.until_line("you were disconnected from")
                seen.until(lambda: seen.last == "ann> half a line")
                with somebody(second, "bob") as bob:
                    seen.keys("\r")
                    assert bob.until("<ann>").endswith("<ann> half a line")


def test_after_a_reconnection_missed_messages_are_shown_and_kept_lines_sent() -> None:
    with serving("servers.chat", "--port", "0") as first:
        port = str(first.port())
        with terminal("chat", "--plain", "--name", "ann", "--port", port) as seen:
            seen.until(lambda: seen.last == "ann>")
            first.process.kill()
            seen.until_line("press Enter to try now")
            seen.keys("kept\r")
            seen.until_line("<ann> kept (not sent yet)")
            with serving("servers.chat", "--port", port) as second, somebody(second, "ANN") as other:
                other.send(b"said while ann was out\n")
                seen.keys("\r")
                seen.until_line("trying ann again until you type")
                seen.keys("ann2\r")
                assert other.until("<ann2>").endswith("<ann2> kept")
                seen.until(lambda: any(line.endswith("<ann> kept") for line in seen.lines))
                seen.until_line("<ANN> said while ann was out")
                assert any("you were disconnected from" in line for line in seen.lines)
                seen.until(lambda: seen.last == "ann2>")


def test_after_a_reconnection_the_client_rejoins_as_soon_as_its_name_is_free() -> None:
    with serving("servers.chat", "--port", "0") as first:
        port = str(first.port())
        with terminal("chat", "--plain", "--name", "ann", "--port", port) as seen:
            seen.until(lambda: seen.last == "ann>")
            first.process.kill()
            seen.until_line("press Enter to try now")
            with serving("servers.chat", "--port", port) as second:
                with somebody(second, "ANN"):
                    seen.until_line("trying ann again until you type")
                seen.until_line("you were disconnected from")
                seen.until(lambda: seen.last == "ann>")


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
def test_ctrl_c_leaves_on_each_engine(suite: Server, engine: str) -> None:
    with chatting(suite, "--reactor", engine) as (seen, _):
        seen.keys("\x03")
        assert seen.wait() == 0
        assert seen.settings_now() == seen.settings
