"""The benchmark of idle members: all join, and each of them receives the line at the end."""

import sys

import pytest

from benchmarks import members


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "QUIET", 0.2)
    monkeypatch.setattr(members, "IDLE", 0.1)


def rows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["members", "--members", "6", *options])
    assert members.main() == 0
    return capsys.readouterr().out.splitlines()


def test_one_server_has_a_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    joined, header, row = rows(monkeypatch, capsys)
    assert joined.startswith("6 members joined in ")
    assert header.split()[0] == "members"
    assert row.split()[0] == "6"


@pytest.mark.parametrize("options", [(), ("--one-room",)])
def test_each_server_of_a_cluster_has_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    joined, _, *found = rows(monkeypatch, capsys, "--servers", "2", *options)
    assert joined.startswith("12 members joined in ")
    assert [row.split()[0] for row in found] == ["6", "6"]


def test_members_that_are_refused_are_reported_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["members", "--members", "2"])
    monkeypatch.setattr(members, "CHAT", (*members.CHAT, "--max-connections", "1"))
    assert members.main() == 1
    assert capsys.readouterr().err.count("\n") == 1
