"""What a stranger sent is never shown raw: a terminal obeys what it is shown.

An escape sequence in a chat line can clear the screen, rename the window or type into the shell; a mark
that turns the direction of writing makes `exe.txt` of `txt.exe`. So every program here passes what came
from a peer through `visible`, and what it replaces stays visible as what it was.
"""

CONTROL_PICTURES = 0x2400  # the Unicode block that draws NUL as ␀, ESC as ␛, …

# Unicode's Default_Ignorable_Code_Point but for the variation selectors, which emoji are written with; and
# what separates lines. It has the bidirectional marks and the zero-width ones, and letters that are blank.
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
    """`text` with a visible stand-in for each control character but tab, and for each invisible mark."""
    return text if text.isascii() and text.isprintable() else text.translate(STAND_INS)


def decode(data: bytes) -> str:
    """Bytes from a peer, made fit for a terminal; what is no UTF-8 is replaced."""
    return visible(data.decode(errors="replace"))
