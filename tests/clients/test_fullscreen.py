"""The base of all full-screen programs: paste, log, timers, errors, colours."""

import asyncio
import logging
import os
import signal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from textual.drivers._writer_thread import WriterThread
from textual.events import Key, Paste, Resize

from clients.fullscreen import ReactorApp
from clients.fullscreen.driver import KeyboardDriver, KeyParser
from clients.keyboard import BEGIN, END
from tests.clients.running import BACK, terminal

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def keys_of(text: str) -> list[str]:
    return [message.key for message in KeyParser().feed(text) if isinstance(message, Key)]


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[:u",
        "\x1b[97:65;2u",  # an alternate key
        "\x1b[97;1:3u",  # a key that is released
        "\x1b[3749030~",
        "\x1b[57399999999u",
        "\x1b[97;;1114112u",
        "\x1b[?62;22c",  # a terminal's answers, in which there are commands of the monitor
        "\x1b[1;2;3;4z",
        "\x1b]11;rgb:0000/0000/0000\x1b\\",
        "\x1b]52;c;S3k=\x07",
        "\x1bP1+r524742=38\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[48;0;0;0;0t\x1b[<0;1;1M",
        "\x1b[48;9;9;0;0t\x1b[<0;2;2M",
    ],
)
def test_an_odd_sequence_is_ignored_and_the_keys_behind_it_count(sequence: str) -> None:
    assert keys_of(f"a{sequence}b") == ["a", "b"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("\x1b[A", "up"),
        ("\x1bOA", "up"),
        ("\x1b[[A", "f1"),
        ("\x1b[3~", "delete"),
        ("\x1b[1;5C", "ctrl+right"),
        ("\x1b[57414u", "enter"),
        ("\x1b[97;5u", "ctrl+a"),
        ("\x1bb", "ctrl+left"),
        ("é", "é"),
    ],
)
def test_a_known_sequence_is_its_key(typed: str, key: str) -> None:
    assert keys_of(f"{typed}x") == [key, "x"]


def test_a_letter_with_alt_is_one_key_however_fast_it_is_repeated() -> None:
    assert keys_of("\x1bp\x1bp\x1bpx\x1b[A") == ["alt+p", "alt+p", "alt+p", "x", "up"]


def test_a_paste_is_one_message_whatever_odd_sequence_came_before() -> None:
    messages = KeyParser().feed(f"\x1b[:u{BEGIN}one\rtwo{END}")
    assert [message.text for message in messages if isinstance(message, Paste)] == ["one\rtwo"]


@pytest.mark.parametrize(("size", "fits"), [("24;80", True), ("0;80", False), ("99999999;99999999", False)])
def test_a_size_that_no_terminal_has_is_ignored(size: str, fits: bool) -> None:
    messages = KeyParser().feed(f"\x1b[48;{size};480;800t")
    assert [isinstance(message, Resize) for message in messages] == [True] * fits


pieces = st.lists(
    st.sampled_from(["\x1b", "\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b[<", "\x1b[48;", BEGIN, END, "\x07"])
    | st.sampled_from([*"0123456789:;<?MmutRz~ A[", "57399", "99999999", "\x1b\\"])
    | st.text(max_size=3)
).map("".join)


@given(st.lists(pieces, max_size=4))
def test_no_bytes_from_a_keyboard_end_the_program(chunks: list[str]) -> None:
    parser = KeyParser()
    for chunk in chunks:
        list(parser.feed(chunk))
    list(parser.tick())


class Program(ReactorApp):
    """A program that records its log messages."""

    def __init__(self) -> None:
        self.told: list[str] = []
        super().__init__(on_log=self.told.append)


def test_log_messages_go_to_the_program_and_not_to_the_terminal() -> None:
    async def run() -> list[str]:
        program = Program()
        async with program.run_test():
            logging.getLogger("x").warning("beware")
            logging.getLogger("x").info("nothing")
        return program.told

    assert asyncio.run(run()) == ["beware"]


def test_a_delayed_call_runs_on_textuals_loop() -> None:
    async def run() -> None:
        program = Program()
        async with program.run_test():
            called = asyncio.Event()
            program.reactor.call_later(0.001, called.set)
            await called.wait()

    asyncio.run(run())


def test_a_signal_that_comes_just_before_the_wait_ends_it() -> None:
    """The interpreter writes each signal to a descriptor of the loop. Afterwards all is as before."""

    def wakeup() -> int:
        descriptor = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(descriptor)
        return descriptor

    async def run() -> None:
        before = [signal.getsignal(number) for number in ENDING]
        async with Program().run_test():
            assert wakeup() >= 0
            assert not set(before) & {signal.getsignal(number) for number in ENDING}
        assert wakeup() == -1
        assert [signal.getsignal(number) for number in ENDING] == before

    asyncio.run(run())


HANGS = """
import os, sys, time
import clients.fullscreen

class Program(clients.fullscreen.ReactorApp):
    def on_mount(self):
        self.call_later(self.hang)

    def hang(self):
        os.write(1, b"it hangs")
        while True:
            time.sleep(60)

clients.fullscreen.GRACE = 0.1
Program(on_log=print).run()
"""


def test_a_signal_ends_a_program_that_hangs_too() -> None:
    with terminal("", begin=HANGS) as seen:
        seen.until(lambda: "it hangs" in seen.raw)
        seen.process.send_signal(signal.SIGTERM)
        assert seen.wait() == 1


def test_an_unhandled_error_ends_the_program_with_one_line_and_status_1() -> None:
    program = Program()

    async def run() -> None:
        async with program.run_test() as pilot:
            program.call_later(lambda: 1 // 0)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
    assert program.return_code == 1


def test_an_error_while_the_keyboard_is_read_ends_the_program_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = Program()
    monkeypatch.setattr(KeyboardDriver, "_read_keyboard", lambda driver: 1 // 0)

    async def run() -> None:
        async with program.run_test() as pilot:
            KeyboardDriver(program).run_input_thread()
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
    assert program.return_code == 1


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGQUIT])
@pytest.mark.parametrize("command", [("clients.monitor",), ("tutorials", "page", "echo")])
def test_a_signal_that_ends_a_program_gives_the_terminal_back(command: tuple[str, ...], number: int) -> None:
    with terminal(*command, package="") as seen:
        seen.until(lambda: "\x1b[?1049h" in seen.raw)
        seen.process.send_signal(number)
        seen.until(lambda: BACK in seen.raw)
        assert seen.wait() == -number
        assert seen.settings_now() == seen.settings


def test_a_signal_that_interrupts_textuals_writer_gives_the_terminal_back() -> None:
    """The writer's lock is not reentrant. What its thread would write after the end goes to /dev/null."""

    async def run() -> None:
        near, far = os.pipe()
        with open(near, "rb", buffering=0) as shown, open(far, "w", encoding="utf-8") as screen:
            driver = KeyboardDriver(Program())
            driver._file, driver._writer_thread = screen, WriterThread(screen)
            with driver._writer_thread._queue.mutex:
                driver.give_back()
            assert os.path.samestat(os.fstat(far), os.stat(os.devnull))
            assert BACK.encode() in shown.read(4096)

    asyncio.run(run())


def test_an_empty_no_color_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert not Program().no_color
    monkeypatch.setenv("NO_COLOR", "1")
    assert Program().no_color


def test_in_a_narrow_terminal_the_line_about_a_failure_is_whole() -> None:
    console = Console(width=40, file=(printed := StringIO()))

    async def run() -> None:
        program = Program()
        async with program.run_test():
            try:
                raise ValueError("y" * 99)
            except ValueError as error:
                program._handle_exception(error)
            console.print(*program._exit_renderables)

    with pytest.raises(ValueError, match="yyy"):
        asyncio.run(run())
    assert "y" * 99 in printed.getvalue().replace("\n", "")
