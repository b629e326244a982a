"""Pastes, in the bytes of a keyboard."""

import random

import pytest

from clients.keyboard import BEGIN, END, PasteFilter

TYPED = [
    ("hello\r", "hello\r"),
    ("\x1b[A\x1b", "\x1b[A\x1b"),
    (f"{BEGIN}one\r\x1b[31mtwo\x1b[20{END}\x1b[A", f"{BEGIN}one\r[31mtwo[20{END}\x1b[A"),
    (f"a{BEGIN}{BEGIN}b{END}{BEGIN}\x1b{END}c", f"a{BEGIN}[200~b{END}{BEGIN}{END}c"),
]


@pytest.mark.parametrize(("typed", "clean"), TYPED)
def test_escape_sequences_in_a_paste_are_removed_in_any_pieces(typed: str, clean: str) -> None:
    chance = random.Random(1)
    for _ in range(200):
        pastes, left, cleaned = PasteFilter(), typed, ""
        while left:
            size = chance.randint(1, len(left))
            cleaned += pastes.clean(left[:size])
            left = left[size:]
        assert cleaned == clean
