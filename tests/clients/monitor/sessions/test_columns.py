"""The columns of the table, at each width."""

import pytest

from clients.monitor.sessions.columns import COLUMNS, column_at, columns_for, total


def names(width: int, peer: int = 21, several: bool = False) -> list[str]:
    """The columns at that width."""
    return [column.field.name for column in columns_for(width, peer, several)]


@pytest.mark.parametrize("peer", [15, 21, 39, 47])
def test_at_110_columns_the_whole_address_is_seen(peer: int) -> None:
    columns = columns_for(110, peer, several=True)
    assert next(column.width for column in columns if column.field.name == "peer") >= peer


@pytest.mark.parametrize("width", range(50, 250))
def test_the_table_is_never_wider_than_the_terminal(width: int) -> None:
    assert total(columns_for(width, 21, several=True), width) <= width


def test_the_less_important_columns_go_first() -> None:
    assert set(names(60)) < set(names(80)) < set(names(110)) < set(names(130))
    assert names(60)[:1] == ["service"]
    assert {"user", "peer"} <= set(names(60))


def test_the_process_is_shown_only_if_there_are_several() -> None:
    assert "server" not in names(200)
    assert "server" in names(200, several=True)


def test_what_is_cut_off_is_marked_and_wide_letters_count_twice() -> None:
    column = COLUMNS[0]
    assert column.fit("a_long_service") == "a_long_…"
    assert column.fit("李雷") == "李雷    "


def test_only_the_chosen_columns_are_there_and_one_at_least() -> None:
    names = [column.field.name for column in columns_for(110, 15, True, ["transport", "user", "in"])]
    assert names == ["user", "transport", "in"]
    assert len(columns_for(110, 15, several=False, chosen=["server"])) == 1


def test_each_cell_of_a_column_and_its_gap_belong_to_it() -> None:
    columns = columns_for(110, 15, several=True)
    found = [column_at(cell, columns, 110) for cell in range(130)]
    assert found[:2] == [None, None]
    assert [column for column in columns if column in found] == columns
    for column in columns:
        assert found.count(column) == column.width + 2
