"""History: the arrow keys recall entered lines, and a search finds them."""

from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editing.history import History


def test_up_and_down_move_through_the_entered_lines_and_the_new_one() -> None:
    history = History()
    for line in ("one", "two", "two", ""):
        history.add(line)
    assert history.move(1, "half") is None
    assert [history.move(-1, "half"), history.move(-1, "two"), history.move(-1, "one")] == [
        "two",
        "one",
        None,
    ]
    assert [history.move(1, "one"), history.move(1, "two"), history.move(1, "half")] == ["two", "half", None]


def test_a_line_keeps_its_change_until_enter() -> None:
    history = History()
    history.add("one")
    history.add("two")
    assert history.move(-1, "") == "two"
    assert history.move(-1, "two!") == "one"
    assert history.move(1, "one") == "two!"
    history.add("two!")
    assert [history.move(-1, ""), history.move(-1, "two!")] == ["two!", "two"]


def test_the_last_line_with_the_typed_text_is_found_and_then_the_ones_before() -> None:
    history = History()
    for line in ("make TEA", "drink tea", "eat", "sleep"):
        history.add(line)
    assert history.search("tea") == "drink tea"
    assert history.search("drink tea") == "make TEA"
    assert history.search("make TEA") is None
    assert history.move(1, "make TEA") == "drink tea"
    assert history.search("eat") is None
    assert [history.move(1, "eat"), history.move(1, "eat"), history.move(1, "sleep")] == [
        *("eat", "sleep", "tea")
    ]
    assert history.search("ee") == "sleep"


def test_only_so_many_are_kept() -> None:
    history = History(most=2)
    for line in ("one", "two", "three"):
        history.add(line)
    assert [history.move(-1, ""), history.move(-1, ""), history.move(-1, "")] == ["three", "two", None]


@given(lines=st.lists(st.text("ab", max_size=2)), changes=st.lists(st.text("xy", max_size=2)))
def test_no_text_that_was_typed_is_lost_by_moving(lines: list[str], changes: list[str]) -> None:
    history = History()
    for line in lines:
        history.add(line)
    text, left = "half", []
    for change in changes:
        left.append(text + change)
        found = history.move(-1, text + change)
        if found is None:
            left.pop()
            break
        text = found
    for typed in reversed(left):
        found = history.move(1, text)
        assert found == typed
        text = found
