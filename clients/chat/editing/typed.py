"""Typed and pasted text: as the input field keeps it, and as the lines that are sent."""

from core.formats.text import STAND_INS, visible

LONGEST = 4000
"""Characters in a line; even if each takes four bytes, a chat server takes the line."""

JOINING = (0x200C, 0x200D, *range(0xE0020, 0xE0080))
"""Joiners and tags. Whether a text needs one is known only when the next letter is typed."""

TYPED = {
    **{code: text for code, text in STAND_INS.items() if code not in JOINING and code != ord("\n")},
    ord("\t"): " " * 4,
}


def typed(text: str) -> str:
    """`text` as the input field takes it: each control character and invisible mark as its stand-in."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(TYPED)


def pieces(text: str) -> list[str]:
    """The lines of the field, safe for a terminal, in pieces that a server takes, without blank ones."""
    lines = [visible(line) for line in text.split("\n") if line.strip()]
    return [line[at : at + LONGEST] for line in lines for at in range(0, len(line), LONGEST)]


def lines_hint(text: str) -> str:
    """If `text` will be sent as several lines, the remark about it; otherwise ""."""
    count = len(pieces(text)) if "\n" in text or len(text) > LONGEST else 1
    return f"{count:,} lines: Enter sends them, Esc drops them" if count > 1 else ""
