"""What a stranger sent is never shown raw: a terminal obeys what it is shown.

An escape sequence in a chat line can clear the screen, rename the window or type into the shell; a mark
that turns the direction of writing makes `exe.txt` of `txt.exe`. So every program here passes what came
from a peer through `visible`, and what it replaces stays visible as what it was.
"""

CONTROL_PICTURES = 0x2400  # the Unicode block that draws NUL as ␀, ESC as ␛, …

INVISIBLE = [
    *(0x00AD, 0x034F, 0x061C, 0x180E),  # soft hyphen, grapheme joiner, Arabic and Mongolian marks
    *range(0x200B, 0x2010),  # zero-width space, joiners, left-to-right and right-to-left marks
    *range(0x2028, 0x202F),  # line and paragraph separators, bidirectional embeddings and overrides
    *range(0x2060, 0x2070),  # word joiner, invisible operators, bidirectional isolates
    0xFEFF,  # byte order mark
    *range(0xFFF9, 0xFFFC),  # interlinear annotations
    *range(0xE0000, 0xE0080),  # tags
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
