"""The lines that were entered before."""

from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editing.history import History


def test_one_goes_up_and_comes_back_to_what_was_half_typed() -> None:
    history = History()
    for line in ("one", "two", "two", ""):
        history.add(line)
    assert history.down() is None
    assert [history.up("half"), history.up("two"), history.up("one")] == ["two", "one", None]
    assert [history.down(), history.down(), history.down()] == ["two", "half", None]


def test_only_so_many_are_kept() -> None:
    history = History(most=2)
    for line in ("one", "two", "three"):
        history.add(line)
    assert [history.up(""), history.up(""), history.up("")] == ["three", "two", None]


@given(lines=st.lists(st.text("ab", max_size=2)), ups=st.integers(0, 9))
def test_as_many_downs_as_ups_lead_back(lines: list[str], ups: int) -> None:
    history = History()
    for line in lines:
        history.add(line)
    text = "half"
    gone = [up for _ in range(ups) if (up := history.up(text)) is not None]
    for _ in gone:
        text = history.down() or ""
    assert text == "half"
