"""visible() makes text from a peer safe for a terminal; fold() compares two texts as a reader does.

clusters() splits a text where a cursor may stand, and where a text that is too long may be cut.

A terminal executes the escape sequences that it is sent. An escape sequence in a chat line can clear the
screen, rename the window or type into the shell. A mark that reverses the writing direction shows `txt.exe`
as `exe.txt`. So each program passes text from a peer through `visible`, which replaces such characters.
"""

import re
import unicodedata

CONTROL_PICTURES = 0x2400  # the Unicode block that draws NUL as ␀, ESC as ␛, …

# Unicode's Default_Ignorable_Code_Point (bidirectional marks, zero-width marks, blank letters) and the line
# separators. The variation selectors are not here, because emoji need them.
INVISIBLE = [
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F),
    *range(0x200B, 0x2010),  # zero-width space and joiners, left-to-right and right-to-left marks
    *range(0x2028, 0x202F),  # line and paragraph separators, bidirectional embeddings and overrides
    *range(0x2060, 0x2070),  # word joiner, invisible operators, bidirectional isolates
    *(0x3164, 0xFEFF, 0xFFA0),  # blank Hangul letters, byte order mark
    *range(0xFFF0, 0xFFFC),  # among them interlinear annotations
    0x16FE4,  # the filler of the Khitan script
    *range(0x1BCA0, 0x1BCA4),  # shorthand controls
    *range(0x1D173, 0x1D17B),  # musical beams and slurs
    *range(0xE0000, 0xE0100),  # tags
    *range(0xE01F0, 0xE1000),  # not assigned, but drawn as nothing
]

STAND_INS = {
    **{code: chr(CONTROL_PICTURES + code) for code in range(0x20) if code != ord("\t")},
    0x7F: "␡",
    **{code: f"<{code:02X}>" for code in range(0x80, 0xA0)},
    **{code: f"<U+{code:04X}>" for code in INVISIBLE},
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),  # half a surrogate pair
}


NON_JOINER = "\u200c"
VIRAMA = 9  # the canonical combining class of a mark that takes the vowel from a consonant

EMOJI = (
    "[\u2194-\u2199\u21a9\u21aa\u2300-\u23ff\u2600-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
VARIANT = "[\ufe0f\U0001f3fb-\U0001f3ff]"  # drawn in colour, or with a skin tone

JOINERS = re.compile(
    f"(?P<emoji>\u200d(?:(?<={EMOJI}.)|(?<={EMOJI}{VARIANT}.))(?={EMOJI}))"
    "|(?P<flag>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|[\u200c\u200d]"
)

CURSIVE = ("ARABIC LETTER", "SYRIAC LETTER", "NKO LETTER", "MANDAIC LETTER", "MONGOLIAN LETTER", "ADLAM")
"""The names of the letters that join the next one, except those of RIGHT_JOINING and NOT_JOINING."""

# Unicode's Joining_Type R of these scripts: they join the letter before them only. Then U: they join none.
RIGHT_JOINING = re.compile(
    "[\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb"
    "\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef\u0710\u0715-\u0719\u071e\u0728\u072a\u072c\u072f\u074d"
    "\u0759-\u075b\u076b\u076c\u0771\u0773\u0774\u0778\u0779\u0840\u0846\u0847\u0849\u0854\u0856-\u0858\u0867"
    "\u0869\u086a\u0870-\u0882\u08aa-\u08ac\u08ae\u08b1\u08b2\u08b9]"
)
NOT_JOINING = re.compile("[\u0621\u0674\u0861\u0866\u08ad\u1880-\u1884]")


def visible(text: str) -> str:
    """Replace each control character except tab, and each invisible mark, by a visible stand-in.

    Marks that change how other characters are drawn are kept: a joiner between two emoji, or where the script
    needs it (RFC 5892, A.1 and A.2), and the tags that make a flag of U+1F3F4 (Unicode's UTS 51).
    """
    if text.isascii() and text.isprintable():
        return text
    pieces, start = [], 0
    for found in JOINERS.finditer(text):
        if found.lastgroup or _is_needed(text, found.start()):
            pieces += [text[start : found.start()].translate(STAND_INS), found[0]]
            start = found.end()
    return "".join([*pieces, text[start:].translate(STAND_INS)])


def _is_needed(text: str, at: int) -> bool:
    """Whether the joiner at `at` changes how the letters around it are drawn."""
    if at and unicodedata.combining(text[at - 1]) == VIRAMA:
        return True
    if text[at] != NON_JOINER:
        return False
    before, after = _letter(text, at, -1), _letter(text, at, 1)
    return _joins(before) and not RIGHT_JOINING.match(before) and _joins(after)


def _letter(text: str, at: int, step: int) -> str:
    """The next character of `text` in this direction that is no mark on another one, or ""."""
    at += step
    while (
        0 <= at < len(text)
        and unicodedata.category(text[at]) in ("Mn", "Me")
        and ord(text[at]) not in STAND_INS
    ):
        at += step
    return text[at] if 0 <= at < len(text) else ""


def _joins(letter: str) -> bool:
    """Whether `letter` is written in one stroke with the one before it."""
    is_cursive = bool(letter) and unicodedata.name(letter, "").startswith(CURSIVE)
    return is_cursive and not NOT_JOINING.match(letter)


def clusters(text: str) -> list[str]:
    """Split `text` into pieces that are drawn as one character: a letter and its accents, a flag (UAX 29)."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for character in text:
        if found and _belongs(character, found[-1]):
            found[-1] += character
        else:
            found.append(character)
    return found


def _belongs(character: str, before: str) -> bool:
    if unicodedata.category(character) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff":  # skin tones
        return before not in (" ", "")
    if _is_flag_half(character):
        return len(before) == 1 and _is_flag_half(before)
    return (
        "\u1160" <= character <= "\u11ff" and "\u1100" <= before[-1] <= "\u11ff"
    )  # parts of a Hangul syllable


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def fold(text: str) -> str:
    """The form of `text` for comparisons: it ignores case, and how a letter is encoded (Unicode's NFKC)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def decode(data: bytes) -> str:
    """Decode UTF-8 from a peer for a terminal. Bytes that are not UTF-8 become the replacement character."""
    return visible(data.decode(errors="replace"))
