"""The benchmark of a cluster: the mistakes that its members count, and its table."""

import sys

import pytest

from benchmarks import cluster
from benchmarks.cluster_load import Line, Load


def load_of(*heard: dict[int, int]) -> Load:
    """A load whose members have heard these lines, by their sequence numbers. Member n says the line n."""
    load = Load([1], len(heard))
    load.lines = [Line(0.0) for _ in heard]
    for number, (member, lines) in enumerate(zip(load.members, heard, strict=True)):
        member.heard, member.own = lines, {number: (0.0, 0)}
    return load


RIGHT = ({11: 1, 12: 2}, {10: 0, 12: 2}, {10: 0, 11: 1})


@pytest.mark.parametrize(
    ("heard", "mistake"),
    [
        (({11: 1, 12: 2}, {10: 0, 12: 2}, {10: 0}), "m0002 heard 1 lines, not 2"),
        (({11: 1, 12: 2}, {12: 2, 10: 0}, {10: 0, 11: 1}), "m0001 heard lines in another order"),
        (({11: 1}, {10: 0}, {10: 0, 11: 1}), "2 lines are stored, and 3 were said"),
        (({11: 1, 12: 2, 13: 2}, {10: 0, 12: 2, 13: 2}, {10: 0, 11: 1}), "4 lines are stored"),
    ],
)
def test_a_line_that_is_missing_doubled_or_out_of_order_is_a_mistake(
    heard: tuple[dict[int, int], ...], mistake: str
) -> None:
    load = load_of(*heard)
    assert mistake in "; ".join(load.mistakes())
    load.close()


def test_without_mistakes_there_are_none_and_a_line_heard_twice_is_one() -> None:
    load = load_of(*RIGHT)
    assert load.mistakes() == []
    load.members[0].doubled = 1
    assert load.mistakes() == ["m0000 heard 1 lines twice"]
    load.close()


def test_two_servers_have_a_row_with_all_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["cluster", "--servers", "2", "--members", "6", "--lines", "10", "--seconds", "0.1"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert cluster.main() == 0
    *_, header, row = capsys.readouterr().out.splitlines()
    assert header.split()[:1] == ["servers"]
    assert len(row.split()) == 7
    assert all(float(figure.replace(",", "")) > 0 for figure in row.split())


def test_faults_that_would_overlap_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cluster", "--check", "--lines", "400"])
    with pytest.raises(SystemExit):
        cluster.main()
