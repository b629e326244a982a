"""What the README says of the house is so."""

import re

import pytest

from core import reactor
from tests.servers.running import ROOT
from tutorials.quotes import excerpt

README = (ROOT / "README.md").read_text("utf-8")
STEP = re.compile(r"^ {4} *([\w.]+) {2,}\S.* {2,}((?:core|servers)/[\w/]+\.py)$", re.MULTILINE)
STAIRS = STEP.findall(README)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:core|servers|clients|tests)/[\w/.]+)`", README)))
)
def test_each_file_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_its_staircase_is_that_of_the_reactors_door_and_each_step_is_where_it_says() -> None:
    for symbol, path in STAIRS:
        assert excerpt((ROOT / path).read_text("utf-8"), symbol)
    assert len({path for _, path in STAIRS}) == 4
    assert STEP.findall(reactor.__doc__ or "") == STAIRS[:-1]


def test_the_way_of_a_line_is_as_long_as_it_says() -> None:
    modules = (
        "engine/loop",
        "transports/stream",
        "transports/send_queue",
        "protocols/lines",
        "protocols/protocol",
    )
    lines = sum(len((ROOT / "core" / f"{name}.py").read_text("utf-8").splitlines()) for name in modules)
    assert "some 900 lines" in README
    assert abs(lines - 900) < 100
