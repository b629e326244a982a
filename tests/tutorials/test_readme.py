"""The README: the files that it names exist, and the way of a line is as it says."""

import re

import pytest

from core import reactor
from tests.running import ROOT
from tutorials.quotes import excerpt

README = (ROOT / "README.md").read_text("utf-8")
STEP = re.compile(r"^ {4} *([\w.]+) {2,}\S.* {2,}((?:core|servers)/[\w/]+\.py)$", re.MULTILINE)
FRAMES = STEP.findall(README)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:core|servers|clients|tests)/[\w/.]+)`", README)))
)
def test_each_file_that_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_way_of_a_line_is_the_same_in_core_reactor_and_each_frame_is_in_its_file() -> None:
    for symbol, path in FRAMES:
        assert excerpt((ROOT / path).read_text("utf-8"), symbol)
    assert len({path for _, path in FRAMES}) == 4
    assert STEP.findall(reactor.__doc__ or "") == FRAMES[:-1]


def test_the_way_of_a_line_has_about_as_many_lines_as_it_says() -> None:
    modules = (
        "engine/loop",
        "transports/stream",
        "transports/states",
        "protocols/lines",
        "protocols/protocol",
    )
    lines = sum(len((ROOT / "core" / f"{name}.py").read_text("utf-8").splitlines()) for name in modules)
    assert "some 1,200 lines" in README
    assert abs(lines - 1200) < 100
