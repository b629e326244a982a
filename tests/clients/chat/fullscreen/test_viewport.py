"""Viewport: the visible part of the log."""

import pytest

from clients.chat.fullscreen.viewport import Viewport

HEIGHT = 4


class Rows:
    """Entries with these numbers of rows; each row is the text `entry.row`."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)
        self.first = 0
        self.asked = 0
        self.viewport: Viewport[str] = Viewport(self.rows_of)

    def rows_of(self, number: int) -> list[str]:
        assert number >= self.first
        self.asked += 1
        return [f"{number}.{row}" for row in range(self.counts[number])]

    def seen(self, height: int = HEIGHT) -> list[str]:
        return self.viewport.rows(self.first, len(self.counts), height)

    def scroll(self, rows: int) -> list[str]:
        self.viewport.scroll(rows, HEIGHT)
        return self.seen()


def test_the_end_and_new_entries_are_visible() -> None:
    rows = Rows(2, 3)
    assert rows.seen() == ["0.1", "1.0", "1.1", "1.2"]
    rows.counts.append(1)
    assert rows.seen() == ["1.0", "1.1", "1.2", "2.0"]


def test_after_scrolling_up_the_view_stays_and_new_entries_are_counted() -> None:
    rows = Rows(2, 3, 1)
    rows.seen()
    assert rows.scroll(-1) == ["0.1", "1.0", "1.1", "1.2"]
    rows.counts += [1, 1, 1]
    assert rows.seen() == ["0.1", "1.0", "1.1", "1.2"]
    assert (rows.viewport.unseen, rows.viewport.is_at_end) == (3, False)


def test_entries_that_were_seen_before_or_scrolled_to_are_not_new() -> None:
    rows = Rows(2, 3, 1)
    rows.seen()
    rows.scroll(-2)
    rows.counts += [1, 1, 1, 1]
    rows.seen()
    rows.scroll(4)
    assert rows.viewport.unseen == 2


def test_coming_down_to_the_end_is_following_it_again() -> None:
    rows = Rows(2, 3, 1)
    rows.seen()
    rows.scroll(-1)
    rows.scroll(1)
    assert rows.viewport.is_at_end
    rows.scroll(-1)
    rows.scroll(100)
    assert rows.viewport.is_at_end


@pytest.mark.parametrize("counts", [(), (1,), (2, 2)])
def test_where_everything_is_in_sight_there_is_nothing_to_scroll(counts: tuple[int, ...]) -> None:
    rows = Rows(*counts)
    before = rows.seen()
    assert rows.scroll(-3) == before
    assert rows.scroll(3) == before
    assert rows.viewport.is_at_end


def test_the_view_does_not_scroll_above_the_start() -> None:
    rows = Rows(2, 3, 4)
    rows.seen()
    assert rows.scroll(-100) == ["0.0", "0.1", "1.0", "1.1"]


def test_another_width_keeps_the_entry_at_the_top() -> None:
    rows = Rows(3, 3, 3, 3)
    rows.seen()
    assert rows.scroll(-4)[0] == "1.1"
    rows.counts = [1, 1, 1, 1, 9]
    assert rows.seen()[0] == "1.0"


def test_when_the_oldest_entries_are_removed_the_visible_ones_stay() -> None:
    rows = Rows(*[1] * 20)
    rows.seen()
    rows.scroll(-8)
    before = rows.seen()
    rows.first = 8
    assert rows.seen() == before
    rows.first = 10
    assert rows.seen() == ["10.0", "11.0", "12.0", "13.0"]


def test_ten_thousand_entries_cost_no_more_than_those_in_sight() -> None:
    rows = Rows(*[1] * 10_000)
    rows.seen()
    rows.scroll(-5)
    rows.counts.append(1)
    rows.seen()
    assert rows.asked < 10 * HEIGHT
