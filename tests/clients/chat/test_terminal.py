"""The chat client in a terminal, in lines."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.clients.chat.test_piped import somebody
from tests.clients.running import COLUMNS, Terminal, terminal
from tests.servers.running import Client, Server, serving


@contextmanager
def chatting(server: Server, *flags: str, **changes: str) -> Iterator[tuple[Terminal, Client]]:
    """`ann` in a terminal, and `bob` in the same chat."""
    with (
        somebody(server, "bob") as bob,
        terminal(
            "chat", "--plain", "--name", "ann", "--connect", server.places["chat"][0], *flags, **changes
        ) as seen,
    ):
        bob.until("ann has joined")
        seen.until(lambda: seen.last == "ann>")
        yield seen, bob
        seen.process.kill()
        bob.until("ann has left")


def test_what_is_being_typed_is_never_disturbed_by_what_arrives(suite: Server) -> None:
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
        assert seen.lines[-2] == f"ann> {typed}e"
        assert sum(typed in line for line in seen.lines) == 1


def test_what_is_typed_can_be_corrected_before_it_is_said(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        seen.keys("helo\x1b[Dl\x05 wrold\x17world\x01x\x7f\r")
        assert bob.until("<ann>").endswith("<ann> hello world")


def test_a_line_longer_than_the_terminal_is_wide_stays_in_its_row(suite: Server) -> None:
    with chatting(suite) as (seen, bob):
        words = "0123456789 " * 20
        seen.keys(words + "end")
        seen.until(lambda: seen.last.endswith("end"))
        assert len(seen.last) < COLUMNS
        bob.send(b"psst\n")
        seen.until_line("psst")
        seen.until(lambda: seen.last.endswith("end"))
        seen.keys("\x15\r")
        seen.until(lambda: seen.last == "ann>")
        assert sum("0123456789" in line for line in seen.lines) == 0


def test_the_name_is_asked_for_until_one_will_do(suite: Server) -> None:
    with (
        somebody(suite, "bob") as bob,
        terminal("chat", "--plain", "--connect", suite.places["chat"][0]) as seen,
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
        terminal("chat", "--plain", "--name", "bob", "--connect", suite.places["chat"][0]) as seen,
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
    with terminal("chat", "--plain", "--connect", suite.places["chat"][0]) as seen:
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
    with chatting(suite) as (seen, bob):
        bob.send(b"hello\n")
        seen.until_line("hello")
        assert "\x1b[35m" in seen.raw


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_with_no_color_or_a_dumb_terminal_there_is_no_escape_sequence(
    suite: Server, changes: dict[str, str]
) -> None:
    with chatting(suite, **changes) as (seen, bob):
        seen.keys("half a line")
        bob.send(b"hello \x1b[2J\n")
        seen.until_line("hello ␛[2J")
        seen.until(lambda: seen.last == "ann> half a line")
        assert "\x1b" not in seen.raw


def test_it_reconnects_says_so_and_keeps_the_line() -> None:
    with serving("servers.chat", "--port", "0") as first:
        port = str(first.port())
        with terminal("chat", "--plain", "--name", "ann", "--port", port) as seen:
            seen.until(lambda: seen.last == "ann>")
            seen.keys("half a line")
            seen.until(lambda: seen.last == "ann> half a line")
            first.process.kill()
            seen.until_line("trying again in 1 s")
            seen.until(lambda: seen.last == "ann> half a line")
            with serving("servers.chat", "--port", port) as second:
                seen.until(lambda: sum("Welcome to the chat" in line for line in seen.lines) == 2)
                seen.until(lambda: seen.last == "ann> half a line")
                with somebody(second, "bob") as bob:
                    seen.keys("\r")
                    assert bob.until("<ann>").endswith("<ann> half a line")


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
def test_ctrl_c_leaves_on_each_engine(suite: Server, engine: str) -> None:
    with chatting(suite, "--reactor", engine) as (seen, _):
        seen.keys("\x03")
        assert seen.wait() == 0
        assert seen.settings_now() == seen.settings
