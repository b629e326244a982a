"""The sequences for the window, and the terminals that get them."""

from unicodedata import category

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.fullscreen import window


@pytest.mark.parametrize("term", ["xterm", "xterm-256color", "tmux-256color", "foot", "XTERM-kitty"])
def test_a_terminal_that_knows_titles_gets_one(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    assert window.title("(3) Chat") == "\x1b]2;(3) Chat\a"
    assert window.of_title(window.SAVE_TITLE) == "\x1b[22;2t"


@pytest.mark.parametrize("term", ["linux", "dumb", "", "vt100", "unknown"])
def test_any_other_terminal_gets_nothing(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    assert window.title("Chat") == window.of_title(window.RESTORE_TITLE) == window.notification("hello") == ""


@pytest.mark.parametrize(
    ("term", "program", "sequence"),
    [
        ("xterm-kitty", "", "\x1b]9;Chat: hello\a"),
        ("xterm-256color", "iTerm.app", "\x1b]9;Chat: hello\a"),
        ("xterm-256color", "WezTerm", "\x1b]9;Chat: hello\a"),
        ("foot", "", "\x1b]777;notify;Chat;hello\a"),
        ("rxvt-unicode-256color", "", "\x1b]777;notify;Chat;hello\a"),
        ("xterm-256color", "", ""),
        ("xterm-256color", "Apple_Terminal", ""),
        ("tmux-256color", "tmux", ""),
        ("screen", "iTerm.app", ""),
        ("linux", "WezTerm", ""),
    ],
)
def test_a_notification_is_for_terminals_that_are_known_to_have_it(
    monkeypatch: pytest.MonkeyPatch, term: str, program: str, sequence: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("TERM_PROGRAM", program)
    assert window.notification("hello") == sequence


@given(st.text(max_size=500))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_ends_the_sequence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    for term in ("xterm-kitty", "foot"):
        monkeypatch.setenv("TERM", term)
        for sequence in (window.title(text), window.notification(text)):
            inside = sequence.removeprefix("\x1b").removesuffix("\a")
            assert len(inside) == len(sequence) - 2
            assert not any(category(character) == "Cc" for character in inside.replace("\t", ""))
