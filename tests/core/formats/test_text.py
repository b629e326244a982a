"""visible: no text of a peer contains characters that a terminal executes or hides."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.text import decode, fold, visible

# Unicode's Bidi_Control property, the characters without a width of their own that join or separate, and
# the letters that are blank.
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
WITHOUT_WIDTH = "\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\ufeff\U000e0001\U000e007f"
BLANK = "\u115f\u1160\u3164\uffa0\U00016fe4"
JOINERS = "\u200c\u200d"
TAGS = "".join(map(chr, range(0xE0020, 0xE0080)))


@pytest.mark.parametrize("code", [code for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 9])
def test_every_control_character_but_tab_has_a_visible_stand_in(code: int) -> None:
    shown = visible(f"a{chr(code)}b")
    assert shown != f"a{chr(code)}b"
    assert shown.isprintable()
    assert (shown[0], shown[-1]) == ("a", "b")


@pytest.mark.parametrize(
    "mark", [*DIRECTIONS, *WITHOUT_WIDTH, *BLANK, "\u2028", "\u2029", "\ufff0", "\U000e01f0", "\U000e0fff"]
)
def test_every_invisible_mark_has_a_visible_stand_in(mark: str) -> None:
    assert visible(f"a{mark}b") == f"a<U+{ord(mark):04X}>b"


def test_the_stand_ins_show_the_character_that_they_replace() -> None:
    assert visible("\x1b[2J\r\n\0\x7f\x9b") == "␛[2J␍␊␀␡<9B>"


@pytest.mark.parametrize("text", ["", "hello", "a\tb", "Zoë", "小明", "हिन्दी", "שלום", "🦊❤\ufe0f", "~\xa0~"])
def test_visible_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters()))
def test_no_text_contains_a_control_character_afterwards(text: str) -> None:
    shown = visible(text)
    kinds = {unicodedata.category(character) for character in shown.replace("\t", "")}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & {*DIRECTIONS, *WITHOUT_WIDTH, *BLANK} - {*JOINERS, *TAGS}
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=BLANK)))
def test_letters_digits_and_signs_are_never_replaced(text: str) -> None:
    assert visible(text) == text


@given(st.binary())
def test_any_bytes_can_be_shown(data: bytes) -> None:
    assert decode(data) == visible(data.decode(errors="replace"))


def test_bytes_that_are_not_utf_8_become_the_replacement_character() -> None:
    assert decode(b"caf\xe9\x1b") == "caf\N{REPLACEMENT CHARACTER}␛"


# --- joiners

NON_JOINER = JOINERS[0]
ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng") + "\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: two letters that would join without it
        "خانه\u200cها",
        "بـ\u0650ي\u200cب",
        "\u06cc\u064e\u200c\u064eب",  # with vowel marks on both sides
        "\u07ca\u200c\u07ca",  # N'Ko
        "\U0001e900\u200c\U0001e901",  # Adlam
        "\u182a\u200c\u182a",  # Mongolian
        "क्\u200dष",  # Devanagari: a half letter
        "क्\u200cष",
        "ශ්\u200dරී",  # Sinhala
        "👩\u200d💻",
        "❤\ufe0f\u200d🔥",
        "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏾",
        "🏳\ufe0f\u200d🌈",
        "🏴\u200d☠\ufe0f",
        "🙂\u200d↔\ufe0f",
        "👨\u200d👩\u200d👧\u200d👦",
        ENGLAND,
        f"{ENGLAND}{ENGLAND}",
    ],
)
def test_a_joiner_that_changes_what_is_seen_is_kept(text: str) -> None:
    assert visible(text) == text
    assert visible(f"a\u200d{text}\x1b") == f"a<U+200D>{text}␛"


@pytest.mark.parametrize(
    "text",
    [
        "a\u200cb",
        "کار\u200cها",  # reh does not join the next letter
        "می\u200c خواهم",
        "\u200cمی",
        "می\u200c",
        "می\u200c\u200cخواهم",
        "می\u200d\u200cخواهم",
        "\u06cc\u034f\u200cب",  # behind another invisible mark
        "\u0621\u200cب",  # hamza joins nothing
        "می\u200dخواهم",  # RFC 5892 allows the joiner after a virama only
        "क\u200dष",
        "👩\u200d",
        "\u200d💻",
        "👩\u200d\u200d💻",
        "👩\u200ca",
        "👩\u200d1",
        "👩\u200c💻",
        "🏴\U000e0067\U000e007f",
        ENGLAND[:-1],
        ENGLAND[1:],
        f"a{ENGLAND[1:]}",
        ENGLAND[:3] + "\U000e0020" + ENGLAND[3:],
        "🏴" + ENGLAND[1:-1] * 2 + "\U000e007f",
    ],
)
def test_any_other_joiner_or_tag_is_shown(text: str) -> None:
    hidden = {*JOINERS, *TAGS} & set(text)
    assert hidden
    assert not hidden & set(visible(text))
    assert visible(visible(text)) == visible(text)


PIECES = st.lists(
    st.sampled_from([*JOINERS, *"بره\u0621\u0650\u094dकa 👩💻❤\ufe0f🏽", "\u034f", ENGLAND, TAGS[7]])
)


@given(PIECES.map("".join))
def test_a_joiner_is_kept_only_between_characters_that_it_joins_or_separates(text: str) -> None:
    """A second reading of RFC 5892 and of UTS 51, for the characters of PIECES."""
    shown = visible(text)
    for joiner in re.finditer(f"[{JOINERS}]", shown):
        before, after = shown[: joiner.start()], shown[joiner.end() :]
        is_cursive = re.search("[به][\u0650\u094d]*$", before) and re.match("[\u0650\u094d]*[بره]", after)
        is_emoji = re.search("[👩💻❤][\ufe0f🏽]?$", before) and re.match("[👩💻❤🏴]", after)
        needed = is_cursive if joiner[0] == NON_JOINER else is_emoji
        assert needed or before.endswith("\u094d")
    assert not set(shown.replace(ENGLAND, "")) & set(TAGS)
    assert visible(shown) == shown


def test_many_joiners_are_judged_in_linear_time() -> None:
    began = time.process_time()
    for text in ("ب" + "\u0650" * 200_000 + "\u200c", "ب\u200c" * 100_000, "👩\u200d" * 100_000):
        visible(text)
    assert time.process_time() - began < 5


# --- the same to a reader


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rust", "rUST"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "CAFE\N{COMBINING ACUTE ACCENT}"),
        ("Straße", "STRASSE"),
        ("ｐｙｔｈｏｎ", "Python"),
        ("ﬁn", "FIN"),
        ("ΣΑΣ", "σας"),
        ("\u1fb3", "\u0391\u0345"),
    ],
)
def test_texts_that_look_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_ignores_the_form_of_letters_and_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)
