"""The colours of names: their contrast, and the distances between them."""

import math
from collections.abc import Sequence
from itertools import combinations

import pytest

from clients.chat.colors import COLORS, COLORS_16, Colors, colors_for

WHITE, BLACK = 1.0, 0.0
LEAST = {"": {BLACK: 3.0, WHITE: 3.0}, "dark": {BLACK: 6.0}, "light": {WHITE: 4.5}}
"""By theme, the least contrast to a ground."""

EYES = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
)
"""How linear RGB looks to most people, without red, without green (Machado, Oliveira and Fernandes 2009)."""


def linear(color: int) -> list[float]:
    """One of xterm's 256 colours as linear red, green and blue."""
    if color >= 232:
        channels = [(8 + 10 * (color - 232)) / 255] * 3
    else:
        levels = (0, 95, 135, 175, 215, 255)
        channels = [levels[(color - 16) // step % 6] / 255 for step in (36, 6, 1)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(color: int, ground: float) -> float:
    """WCAG's contrast of a colour to a ground with this luminance."""
    red, green, blue = linear(color)
    dark, light = sorted((0.2126 * red + 0.7152 * green + 0.0722 * blue, ground))
    return (light + 0.05) / (dark + 0.05)


def lab(color: int, eye: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """A colour in CIE Lab, as `eye` sees it."""
    red, green, blue = (
        min(1.0, max(0.0, sum(part * weight for part, weight in zip(linear(color), row, strict=True))))
        for row in eye
    )
    x, y, z = (
        f ** (1 / 3) if f > 0.008856 else 7.787 * f + 16 / 116
        for f in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", COLORS)
def test_every_colour_can_be_read_on_the_ground_of_its_theme(theme: str) -> None:
    colors = COLORS[theme]
    for color in [*colors.names, *([] if colors.dim is None else [colors.dim])]:
        for ground, least in LEAST[theme].items():
            assert contrast(color, ground) >= least


@pytest.mark.parametrize("theme", COLORS)
def test_two_names_can_be_told_apart_by_everyone(theme: str) -> None:
    for one, other in combinations(COLORS[theme].names, 2):
        assert all(math.dist(lab(one, eye), lab(other, eye)) >= 13 for eye in EYES)


def test_the_first_choice_depends_on_the_name_alone() -> None:
    colors = COLORS[""]
    assert colors.preferred("Ann") == colors.preferred("ann")
    assert {colors.preferred(f"name{number}")[0] for number in range(200)} == set(colors.names)
    assert sorted(colors.preferred("bob")) == sorted(colors.names)
    assert colors.preferred("bob")[0] == 30  # as it was yesterday


@pytest.mark.parametrize(
    ("term", "truecolor", "found"),
    [
        ("xterm", "", COLORS_16),
        ("linux", "", COLORS_16),
        ("screen-256color", "", COLORS),
        ("xterm", "1", COLORS),
    ],
)
@pytest.mark.parametrize("theme", ["", "dark", "light"])
def test_a_terminal_with_16_colours_has_colours_of_its_own(
    term: str, truecolor: str, found: dict[str, Colors], theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLORTERM", truecolor)
    colors = colors_for(theme)
    assert colors == found[theme]
    assert not {0, 7, 15} & set(colors.names)
    assert len(set(colors.names)) == len(colors.names)
