"""Prints lines above the line that is being typed, without disturbing it.

prompt_toolkit edits the line. Its own `patch_stdout` would print from a thread, and give the keyboard back to
the terminal for each line, so that a key pressed at this moment is shown twice. Here all messages of a turn
are printed together at its end, and the line is drawn again: a thousand cost no more redrawing than one.
"""

from collections.abc import Callable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import DummyHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth

from clients.chat.editing.completion import Completion
from clients.chat.editing.typed import lines_hint, pieces, typed
from clients.chat.interactive import NAME_PROMPT, InteractiveFront
from clients.chat.plain.output import BareOutput, EscapeOutput, print_above
from clients.chat.plain.screen import Screen
from clients.keyboard import PASTE_ENTER_DELAY
from core.interfaces import ReactorTime

BELL = "\a"

ALT_DELAY = 0.1
"""Seconds that the Escape key waits for a second key, after the terminal has sent nothing for a while."""


class EditorScreen(Screen):
    """The rows of a terminal; the last ones have the line, which prompt_toolkit edits.

    `later(f)` calls `f` at the end of the turn. `show` writes while there is no line. `front` must be set
    before `run`. Names have a line of their own, so what is begun as a message is never entered as a name.
    """

    front: InteractiveFront

    def __init__(
        self,
        clock: ReactorTime,
        later: Callable[[Callable[[], None]], object],
        show: Callable[[str], None],
        keyboard: Input,
        output: EscapeOutput | BareOutput,
        completion: Completion,
    ) -> None:
        super().__init__(show)
        self._clock = clock
        self._later = later
        self._output = output
        self._completion = completion
        self._prompt = ""
        self._undelivered: Sequence[str] = ()
        self._to_print: list[str] = []
        self._is_due = False
        self._pasted_at = -1.0
        self._other: tuple[Document, History] = Document(), DummyHistory()  # those of the line not shown
        self.session = self._make_session(keyboard)
        self._buffer = self.session.default_buffer
        self._buffer.accept_handler = self._accept

    def _make_session(self, keyboard: Input) -> PromptSession[None]:
        has_escapes = isinstance(self._output, EscapeOutput)
        session: PromptSession[None] = PromptSession(
            self._message,
            prompt_continuation="" if has_escapes else lambda *where: self._message(),  # it has one row
            history=InMemoryHistory(),
            input=keyboard,
            output=self._output,
            key_bindings=self._bindings(),
            color_depth=ColorDepth.DEPTH_1_BIT,
            wrap_lines=has_escapes,
            erase_when_done=True,
            enable_suspend=True,
            reserve_space_for_menu=0,
        )
        session.app.timeoutlen = ALT_DELAY
        session.app.key_processor.before_key_press += lambda _: self.front.on_typing()
        return session

    async def run(self) -> None:
        """Edit lines until `stop` is called or the terminal is gone."""
        try:
            await self.session.app.run_async(set_exception_handler=False, handle_sigint=False)
        except EOFError:
            self.front.leave()

    def stop(self) -> None:
        """Take the line away and give the terminal back, as soon as the event loop runs. Idempotent."""
        if self.session.app.is_running and not self.session.app.is_done:
            self.session.app.exit()

    # --- what is shown

    def print(self, *lines: str) -> None:
        """Put `lines` above the one that is being typed, at the end of the turn."""
        self._to_print += [line + "\n" for line in lines]
        if not self._is_due:
            self._is_due = True
            self._later(self._print_now)

    def _print_now(self) -> None:
        self._is_due = False
        text, self._to_print = "".join(self._to_print), []
        if self.session.app.is_running:
            print_above(self._output, self.session.app.renderer, text)
            self.session.app.invalidate()
        else:
            self._show(text)

    def ring(self) -> None:
        """A bell is a control character."""
        if isinstance(self._output, EscapeOutput):
            self._to_print.append(BELL)
            self.print()

    def show_prompt(self, prompt: str) -> None:
        """Show `prompt`, with the line for names or the one for messages."""
        if (prompt == NAME_PROMPT) != (self._prompt == NAME_PROMPT):
            document, history = self._other
            self._other = self._buffer.document, self._buffer.history
            self._buffer.history = history
            self._buffer.reset(document)
        self._prompt = prompt
        self.session.app.invalidate()

    def show_undelivered(self, rows: Sequence[str]) -> None:
        self._undelivered = rows
        self.session.app.invalidate()

    def draw(self) -> None:
        """Draw the line anew, after another program has used the terminal."""
        if self.session.app.is_running:
            self.session.app.renderer.erase()
            self.session.app.invalidate()

    def give_back(self) -> None:
        """Take back the settings of the terminal that prompt_toolkit sends to it, now."""
        self._output.is_erasing = False  # a signal can arrive while the line is erased
        self._output.disable_bracketed_paste()
        self._output.enable_autowrap()
        self._output.show_cursor()
        self._output.flush()

    def _message(self) -> StyleAndTextTuples:
        hint = lines_hint(self._buffer.text)
        undelivered = "".join(row + "\n" for row in self._undelivered)
        return [("dim", undelivered), ("", f"{hint}> " if hint else self._prompt)]

    # --- keys that are not prompt_toolkit's

    def _bindings(self) -> KeyBindings:
        keys = KeyBindings()
        in_line = has_focus(DEFAULT_BUFFER)
        has_lines = Condition(lambda: bool(lines_hint(self._buffer.text)))
        for key, act in (
            ("tab", lambda event: self._complete(1)),
            ("s-tab", lambda event: self._complete(-1)),
            ("c-c", lambda event: self.front.leave()),
            ("<bracketed-paste>", self._paste),
            ("<any>", self._type),
        ):
            keys.add(key, filter=in_line)(act)
        at_start = Condition(lambda: not self._buffer.text)
        keys.add("c-d", filter=in_line & at_start)(lambda event: self.front.on_end_of_input())
        for key in ("escape", "c-c"):
            keys.add(key, filter=in_line & has_lines)(lambda event: self._buffer.reset())
        return keys

    def _accept(self, buffer: Buffer) -> bool:
        """Enter the line. Soon after a paste, Enter is a part of it: an end mark was in the pasted text.

        The answer keeps prompt_toolkit from emptying the line.
        """
        if self._clock.seconds() - self._pasted_at < PASTE_ENTER_DELAY:
            buffer.insert_text("\n")
            return True
        lines = pieces(buffer.text)
        buffer.reset(append_to_history=True)
        for line in lines or [""]:
            self.front.on_line(line)
        return True

    def _paste(self, event: KeyPressEvent) -> None:
        """Insert the paste. Nothing of it is sent before Enter. A name is one line."""
        text = typed(event.data).strip("\n")
        self._buffer.insert_text(text.partition("\n")[0] if self._prompt == NAME_PROMPT else text)
        self._pasted_at = self._clock.seconds()

    def _type(self, event: KeyPressEvent) -> None:
        buffer = self._buffer
        if self._completion.replaces_space(buffer.text, buffer.cursor_position, event.data):
            buffer.delete_before_cursor()
        buffer.insert_text(typed(event.data))

    def _complete(self, step: int) -> None:
        text, cursor = self._completion.tab(self._buffer.text, self._buffer.cursor_position, step)
        self._buffer.document = Document(text, cursor)
