"""The tricks of the benchmarks: each one can still be switched off, and is measured with and without."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.measure import run_in_python
from benchmarks.tricks import ROOT, TRICKS, Trick, without, worth


@pytest.mark.parametrize("trick", TRICKS, ids=[trick.name for trick in TRICKS])
def test_each_trick_can_be_switched_off_in_a_copy(trick: Trick) -> None:
    with without(trick) as directory:
        for name, _, other in trick.edits:
            source = Path(directory, name).read_text()
            assert other in source
            compile(source, name, "exec")
            assert source != (ROOT / name).read_text()


def test_an_edit_that_does_not_fit_is_an_error() -> None:
    trick = replace(TRICKS[0], edits=(("core/reactor.py", "no such text", ""),))
    with (
        pytest.raises(ValueError, match=r"core/reactor.py does not have this text once: no such text"),
        without(trick),
    ):
        pass


def test_a_row_has_the_cost_with_and_without_the_trick() -> None:
    gathering = TRICKS[0]
    name, load, used, unused, more = worth(gathering, 1, 0.1, None, run_in_python)
    assert (name, load) == (gathering.name, "lines of 64 B")
    assert float(unused) > float(used) > 0
    assert more.startswith("+")
