"""The benchmark of workers: it measures the processes that serve, and ends them."""

import sys

import pytest

from benchmarks import workers


def test_each_setting_has_a_line_with_its_cost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "WARM_UP", 0.01)
    monkeypatch.setattr(sys, "argv", ["workers", "--rounds", "1", "--seconds", "0.05"])
    workers.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[2:]] == list(workers.SETTINGS)
    assert lines[2].endswith("1.00 of one process")


def test_workers_that_do_not_come_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "START", 0.0)
    with pytest.raises(TimeoutError, match="2 workers"), workers.serving(["--workers", "2"]):
        pass
