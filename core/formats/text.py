"""visible(): makes text from a peer safe for a terminal.

A terminal executes the escape sequences that it is sent. An escape sequence in a chat line can clear the
screen, rename the window or type into the shell. A mark that reverses the writing direction shows `txt.exe`
as `exe.txt`. So each program passes text from a peer through `visible`, which replaces such characters.
"""

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
    *range(0x1BCA0, 0x1BCA4),  # shorthand controls
    *range(0x1D173, 0x1D17B),  # musical beams and slurs
    *range(0xE0000, 0xE0100),  # tags
]

STAND_INS = {
    **{code: chr(CONTROL_PICTURES + code) for code in range(0x20) if code != ord("\t")},
    0x7F: "␡",
    **{code: f"<{code:02X}>" for code in range(0x80, 0xA0)},
    **{code: f"<U+{code:04X}>" for code in INVISIBLE},
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),  # half a surrogate pair
}


def visible(text: str) -> str:
    """Replace each control character except tab, and each invisible mark, by a visible stand-in."""
    return text if text.isascii() and text.isprintable() else text.translate(STAND_INS)


def decode(data: bytes) -> str:
    """Decode UTF-8 from a peer for a terminal. Bytes that are not UTF-8 become the replacement character."""
    return visible(data.decode(errors="replace"))
