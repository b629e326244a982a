"""The row in which is typed, and the lines above."""

from collections.abc import Callable

from clients.chat.editing.editor import Editor
from clients.chat.plain.screen import EditorScreen


class Paper:
    """A screen whose turn ends when a test says so."""

    def __init__(self, escapes: bool = True) -> None:
        self.columns = 40
        self.seen = ""
        self.editor = Editor()
        self._calls: list[Callable[[], None]] = []
        self.screen = EditorScreen(self.editor, self._show, lambda: self.columns, self._calls.append, escapes)
        self.screen.prompt = "> "
        self.screen.show()
        self.turn()

    def _show(self, text: str) -> None:
        self.seen += text

    def turn(self) -> str:
        """What was drawn in this turn."""
        self.seen = ""
        for call in self._calls:
            call()
        self._calls.clear()
        return self.seen


def test_what_one_turn_brings_is_drawn_once() -> None:
    paper = Paper()
    paper.editor.feed(b"half\x1b[D")
    paper.screen.draw()
    paper.screen.print("one", "two")
    paper.screen.print("three")
    assert paper.turn() == "\r\x1b[Jone\ntwo\nthree\n\x1b[?7l> half\r> hal\x1b[?7h"
    assert paper.turn() == ""


def test_without_escapes_blanks_and_a_carriage_return_do() -> None:
    paper = Paper(escapes=False)
    paper.editor.feed(b"half\x1b[D")
    paper.screen.draw()
    assert paper.turn() == "\r  \r> half\r> hal"
    paper.screen.ring()
    paper.screen.print("one")
    assert paper.turn() == "\r      \rone\n> half\r> hal"


def test_a_row_that_a_narrower_terminal_broke_is_cleared_whole() -> None:
    paper = Paper()
    paper.editor.feed(b"x" * 30)
    paper.screen.draw()
    paper.turn()
    paper.columns = 15
    paper.screen.draw()
    assert paper.turn().startswith("\x1b[2A\r\x1b[J")


def test_a_hidden_row_is_left_empty_and_comes_back() -> None:
    paper = Paper()
    paper.editor.feed(b"half")
    paper.screen.print("one")
    paper.screen.hide()
    assert paper.seen.endswith("one\n")
    paper.turn()
    paper.screen.print("two")
    assert paper.turn() == "\r\x1b[Jtwo\n"
    paper.screen.show()
    assert paper.turn().endswith("> half\r> half\x1b[?7h")


def test_a_paste_is_asked_about_in_the_row() -> None:
    paper = Paper()
    paper.editor.feed(b"\x1b[200~one\ntwo\x1b[201~")
    paper.columns = 80
    paper.screen.draw()
    assert "A paste of 2 lines: Enter says them, Esc drops them" in paper.turn()


def test_ctrl_l_begins_with_an_empty_screen() -> None:
    paper = Paper()
    paper.screen.draw(anew=True)
    assert paper.turn().startswith("\x1b[H\x1b[2J")
