"""The full screen in a real terminal: its start, its end, and the output that remains after it."""

import signal
from pathlib import Path

import pytest

from tests.clients.running import BACK, Terminal, client, refusing_port, terminal
from tests.running import Server, serving


def until(seen: Terminal, text: str) -> None:
    seen.until(lambda: text in seen.raw)


def flags(server: Server, *more: str) -> list[str]:
    return ["chat", "--fullscreen", "--connect", server.endpoints["chat"][0], *more]


def left(seen: Terminal) -> str:
    """The exit status, and the output after the full screen was closed."""
    until(seen, BACK)
    status = seen.wait()
    until(seen, "\x1b[?25h")
    return f"{status} {seen.raw.rpartition(BACK)[2]}"


def test_it_talks_with_the_others_in_the_chat(suite: Server) -> None:
    with terminal(*flags(suite, "--name", "fay")) as seen:
        until(seen, "Welcome to the chat, fay.")
        other = suite.connect("chat")
        other.send(b"guy\nhello fay\n")
        until(seen, "hello fay")
        seen.keys("and to you\r")
        other.until("<fay> and to you")
        other.close()


@pytest.mark.parametrize("keys", ["\x03", "\x04", "/quit\r", "half a line\x03"])
def test_it_is_left_with_status_0_and_the_terminal_as_it_was(suite: Server, keys: str) -> None:
    with terminal(*flags(suite, "--name", "hal")) as seen:
        until(seen, "Welcome to the chat, hal.")
        seen.keys(keys)
        assert left(seen).startswith("0 ")
        assert seen.settings_now() == seen.settings


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(suite: Server, number: int) -> None:
    with terminal(*flags(suite, "--name", "ivy")) as seen:
        until(seen, "Welcome to the chat, ivy.")
        seen.process.send_signal(number)
        assert left(seen).startswith("0 ")
        assert "Traceback" not in seen.raw


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGUSR1])
def test_a_signal_that_ends_the_process_gives_the_terminal_back(suite: Server, number: int) -> None:
    with terminal(*flags(suite, "--name", "joy")) as seen:
        until(seen, "Welcome to the chat, joy.")
        seen.process.send_signal(number)
        assert left(seen).startswith(f"{-number} ")
        assert seen.settings_now() == seen.settings


def test_ctrl_z_does_nothing_where_no_shell_would_resume_the_program(suite: Server) -> None:
    with terminal(*flags(suite, "--name", "kay")) as seen:
        until(seen, "Welcome to the chat, kay.")
        seen.keys("\x1a")
        seen.keys("still here\r")
        until(seen, "<kay> ")


def test_where_no_server_is_one_line_asks_for_it() -> None:
    with refusing_port() as port, terminal("chat", "--fullscreen", "--port", str(port)) as seen:
        until(seen, "python -m servers.chat")
        said = left(seen)
        assert said.startswith("1 ")
        assert "Traceback" not in seen.raw


def test_a_server_that_stops_before_the_welcome_is_reported_in_one_line() -> None:
    with serving("servers.chat", "--port", "0") as server, terminal(*flags(server)) as seen:
        until(seen, "Choose a username")
        server.process.kill()
        until(seen, "lost tcp:")
        assert left(seen).startswith("1 ")


def test_without_colours_there_are_none(suite: Server) -> None:
    with terminal(*flags(suite, "--name", "joe"), NO_COLOR="1", TERM="xterm-256color") as seen:
        until(seen, "Welcome to the chat, joe.")
        assert "38;5" not in seen.raw


def test_without_a_terminal_one_line_says_what_to_use() -> None:
    done = client("chat", "--fullscreen")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1


def test_invalid_utf_8_and_escape_sequences_in_a_paste_do_no_harm(suite: Server) -> None:
    with terminal(*flags(suite, "--name", "kim")) as seen:
        until(seen, "Welcome to the chat, kim.")
        seen.keys("\x1b[200~one\r\x1b[31mtwo\rthree\r\x1b[201~")
        until(seen, "3 lines: Enter sends them")
        seen.keys("\x1b")
        assert "<kim>" not in seen.raw


@pytest.mark.parametrize(
    "odd", ["\x1b[:u", "\x1b[97;1:3u", "\x1b[3749030~", "\x1b[48;0;0;0;0t", "\x1b[?62;22c"]
)
def test_an_odd_key_sequence_costs_itself_only(suite: Server, odd: str) -> None:
    with terminal(*flags(suite, "--name", "lou")) as seen:
        until(seen, "Welcome to the chat, lou.")
        seen.keys(f"one{odd}two\r")
        until(seen, "onetwo")
        seen.keys("\x03")
        assert left(seen).startswith("0 ")


def test_a_row_with_a_character_of_doubtful_width_is_cleared_first(suite: Server) -> None:
    with terminal(*flags(suite, "--name", "lea")) as seen:
        until(seen, "Welcome to the chat, lea.")
        seen.keys("I ❤️ it\r")
        until(seen, "<lea> ")
        until(seen, "\x1b[K")


@pytest.mark.parametrize("mode", ["--fullscreen", "--plain"])
def test_the_theme_is_remembered_and_a_broken_file_is_told(suite: Server, mode: str, tmp_path: Path) -> None:
    command = ["chat", mode, "--connect", suite.endpoints["chat"][0], "--name", "moe"]
    home = {"XDG_CONFIG_HOME": str(tmp_path), "TERM": "xterm-256color"}
    for flags in (["--light"], []):
        with terminal(*command, *flags, **home) as seen:
            until(seen, "38;5;241")
            seen.keys("\x03")
            assert seen.wait() == 0
    (settings,) = tmp_path.rglob("settings.json")
    settings.write_text("{")
    with terminal(*command, **home) as seen:
        until(seen, "cannot read")
        assert "38;5;241" not in seen.raw


def test_in_the_bare_view_the_terminal_selects_with_the_mouse(suite: Server) -> None:
    with terminal(*flags(suite, "--name", "lia")) as seen:
        until(seen, "Welcome to the chat, lia.")
        seen.keys("\x1bOQ")
        until(seen, "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l")
        seen.keys("x")
        until(seen, "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h")


@pytest.mark.parametrize("size", ["0x0", "0x80", "24x0"])
def test_on_a_terminal_without_a_size_the_chat_has_lines(suite: Server, size: str) -> None:
    command = ["chat", "--connect", suite.endpoints["chat"][0], "--name", "mia"]
    with terminal(*command, size=size, COLUMNS="", LINES="") as seen:
        until(seen, "Welcome to the chat, mia.")
        assert "\x1b[?1049h" not in seen.raw
        seen.keys("\x04")
        assert seen.wait() == 0


@pytest.mark.parametrize("term", ["dumb", "Unknown"])
def test_on_a_dumb_terminal_the_full_screen_is_refused(term: str) -> None:
    with terminal("chat", "--fullscreen", TERM=term) as seen:
        until(seen, "leave out --fullscreen")
        assert seen.wait() == 2
        assert "\x1b" not in seen.raw


@pytest.mark.parametrize("term", ["", "vt100", "linux", "nonsense"])
def test_on_any_other_terminal_there_is_a_full_screen(suite: Server, term: str) -> None:
    command = ["chat", "--connect", suite.endpoints["chat"][0], "--name", "ned"]
    with terminal(*command, TERM=term, NO_COLOR="") as seen:
        until(seen, "\x1b[?1049h")
        until(seen, "Welcome to the chat, ned.")
