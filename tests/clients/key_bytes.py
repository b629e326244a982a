"""Bytes as keyboards, terminals and mice send them, for random tests."""

from random import Random

from hypothesis import strategies as st
from textual.events import Key

from clients.fullscreen.driver import KeyParser

PARAMETERS = st.text("0123456789:;<?", max_size=8)

KEY_BYTES = st.one_of(
    st.text("ab é日\u200d🩷\x01\x03\x04\x0b\x15\x17\x19\x1a\x1f\x7f\t\r\n", min_size=1, max_size=5),
    st.builds("\x1b[{}{}".format, PARAMETERS, st.sampled_from("ABCDHFZ~uPQRStcIOnM")),
    st.builds("\x1bO{}".format, st.sampled_from("ABCDFHPQRSx")),
    st.builds("\x1b]{}{}".format, st.text("012;rgb:/", max_size=9), st.sampled_from(["\x07", "\x1b\\"])),
    st.builds("\x1bP{}\x1b\\".format, st.text("abc>|()1", max_size=9)),
    st.builds("\x1b[<{};{};{}{}".format, *[st.integers(0, 300)] * 3, st.sampled_from("mM")),
    st.builds("\x1b[200~{}\x1b[201~".format, st.text("ab\r\n\x1b[1m", max_size=9)),
    st.sampled_from(["\x1b", "\x1bb", "\x1b[200~", "\x1b[201~", "\x1b[[A", "\x1b[M !!"]),
)
"""A key, a report, a paste, or a part of one."""


ENDING = {"ctrl+c", "ctrl+d", "ctrl+z"}


def random_keys(chance: Random) -> str:
    """Some of them, without those that end a program, also as kitty's protocol encodes them (`CSI 99;5u`)."""
    keys = _keys(chance)
    pressed = {message.key for message in KeyParser().feed(keys) if isinstance(message, Key)}
    return random_keys(chance) if ENDING & pressed else keys


def _keys(chance: Random) -> str:
    parameters = "".join(chance.choices("0123456789:;<?", k=chance.randrange(8)))
    text = "".join(chance.choices("ab é日\u200d🩷\x01\x05\x0b\x0e\x10\x12\x15\x17\x19\x1f\x7f\t\r", k=3))
    return chance.choice(
        [
            f"\x1b[{parameters}{chance.choice('ABCDHFZ~uPQRStcIOnM')}",
            f"\x1bO{chance.choice('ABCDFHPQRSx')}",
            f"\x1b]{parameters}\x07",
            f"\x1bP{parameters}\x1b\\",
            f"\x1b[<{chance.randrange(70)};{chance.randrange(300)};{chance.randrange(90)}M",
            f"\x1b[200~{text}\n{text}\x1b[201~",
            f"\x1b{chance.choice('bdfu#<.9-') + chance.choice(text)}",
            text,
            text,
        ]
    )
