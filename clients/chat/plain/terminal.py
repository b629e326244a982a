"""The line mode's terminal: give it back at the end, on Ctrl-Z, and before a signal ends the process."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from colorama import just_fix_windows_console

from clients.chat.client import ChatClient
from clients.chat.editing.completion import Completion
from clients.chat.plain.editor import EditorScreen
from clients.chat.plain.front import PlainFront
from clients.chat.plain.keys import keyboard
from clients.chat.plain.output import BareOutput, EscapeOutput
from core.cli import may_use_escapes, summarize
from core.engine.signals import restoring
from core.formats.text import visible
from core.reactor import Reactor
from core.standard_streams import is_terminal


class ScreenHandler(logging.Handler):
    """Prints log records above the typed line."""

    def __init__(self, reactor: Reactor, screen: EditorScreen) -> None:
        super().__init__()
        self._reactor = reactor
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        """One line, with the exception if there is one. It may come from any thread."""
        text = f"{record.levelname} {record.name}: {summarize(record)}"
        self._reactor.call_from_thread(self._screen.print, visible(text))


def set_up(client: ChatClient) -> AbstractContextManager[None]:
    """Give `client` the line mode. Returns a context for the program, which needs an asyncio loop."""
    just_fix_windows_console()  # does nothing on other systems
    program, escapes = client.program, may_use_escapes(sys.stdout)
    screen = EditorScreen(
        program.reactor,
        program.reactor.call_at_turn_end,
        program.write,
        keyboard(),
        EscapeOutput(program.write) if escapes else BareOutput(program.write),
        Completion(lambda prefix: client.people.candidates(prefix, client.me)),
    )
    colors = client.people.palette if escapes else None
    screen.front = client.front = PlainFront(client, screen, colors)
    return editing(program.reactor, screen)


@contextmanager
def editing(reactor: Reactor, screen: EditorScreen) -> Iterator[None]:
    """Within this context, while the reactor runs, the user edits the line of `screen`."""
    root = logging.getLogger()
    before = root.handlers
    if is_terminal(sys.stderr):
        root.handlers = [ScreenHandler(reactor, screen)]
    mode = screen.session.input.raw_mode()
    line: list[asyncio.Task[None]] = []
    reactor.call_soon(lambda: line.append(asyncio.get_running_loop().create_task(screen.run())))
    reactor.add_system_event_trigger("before", "shutdown", screen.stop)  # before connections are waited for

    def resume() -> None:
        mode.__enter__()  # another program had the terminal
        screen.draw()

    def give_back() -> None:
        screen.give_back()
        mode.__exit__(None, None, None)

    try:
        with restoring(give_back), on_continue(reactor, resume):
            yield
    finally:
        root.handlers = before
        for task in line:
            task.get_loop().run_until_complete(task)


@contextmanager
def on_continue(reactor: Reactor, resume: Callable[[], None]) -> Iterator[None]:
    """Within this context, call `resume` when the stopped process goes on."""
    number = getattr(signal, "SIGCONT", None)
    if number is None:  # Windows
        yield
        return
    before = signal.signal(number, lambda number, frame: reactor.call_from_thread(resume))
    try:
        yield
    finally:
        signal.signal(number, before)
