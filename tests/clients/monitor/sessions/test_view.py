"""View: the filter, the order, the marks and the cursor."""

import pytest

from clients.monitor.sessions.columns import DEFAULT
from clients.monitor.sessions.fields import BY_NAME
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import Status
from clients.monitor.sessions.view import View
from tests.clients.monitor.sample import PLAIN, Times, delta, server_in

ROWS = tuple(PLAIN._replace(id=number, user=user) for number, user in enumerate("cab", 1))


def view_of(model: Model) -> View:
    """A view that was updated once."""
    view = View(model)
    view.update()
    return view


def users(view: View) -> str:
    """The users of the visible sessions, in order."""
    view.update()
    return "".join(line.row.user for line in view.sessions)


def test_the_cursor_goes_along_with_its_session() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    view.move_to(0)
    view.sort = BY_NAME["user"]
    assert users(view) == "abc"
    assert view.index == 2


def test_the_cursor_waits_while_the_filter_hides_its_session() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    view.move_to(2)
    view.set_filter("user:a")
    assert users(view) == "a"
    assert view.current is view.sessions[0]
    view.toggle_filter()
    assert users(view) == "cab"
    assert view.index == 2


def test_when_its_session_ends_the_cursor_takes_to_the_one_in_its_place_and_stays_with_that() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.move_to(1)
    model.apply_delta(server, delta(gone=(2,)))
    assert users(view) == "cb"
    assert view.current is view.sessions[1]
    model.apply_delta(server, delta(gone=(1,)))
    assert users(view) == "b"
    assert view.current is not None
    assert view.current.row.user == "b"
    assert view.selected is view.current
    assert view.ended is not None
    assert view.ended.row.user == "a"
    view.move_to(0)
    assert view.ended is None


def test_a_cursor_that_was_never_moved_is_on_a_session_too() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    view.reverse = True
    assert users(view) == "bac"
    assert view.index == 2


def test_a_cursor_that_was_never_moved_stays_at_the_top_in_another_order() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.shift_sort([BY_NAME["user"]], 1)
    assert (users(view), view.index) == ("abc", 0)
    view.toggle_reverse()
    assert (users(view), view.index) == ("cba", 0)
    model.apply_delta(server, delta(PLAIN._replace(id=9, user="z")))
    assert (users(view), view.index) == ("zcba", 1)
    view.move_to(1)
    view.toggle_reverse()
    assert (users(view), view.index) == ("abcz", 2)


def test_what_the_cursor_stands_on_instead_of_a_hidden_session_is_a_session_too() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.move_to(1)
    view.set_filter("!user:a")
    assert users(view) == "cb"
    model.apply_delta(server, delta(gone=(1,)))
    assert users(view) == "b"
    assert view.current is view.sessions[0]
    assert view.selected is not None
    assert view.selected.row.user == "a"
    view.toggle_filter()
    assert users(view) == "ab"
    assert view.index == 0


def test_selection_filter_and_order_outlive_a_lost_connection() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.sort = BY_NAME["user"]
    view.set_filter("!user:c")
    users(view)
    view.move_to(1)
    server.set_status(Status.LOST, 1000.0)
    assert users(view) == "ab"
    server.set_status(Status.LIVE, 1000.0)
    assert users(view) == "ab"
    assert view.index == 1


def test_marked_sessions_are_chosen_even_if_the_filter_hides_them() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    view.mark()
    view.set_filter("user:b")
    view.update()
    assert [line.row.user for line in view.targets()] == ["c"]


def test_without_a_mark_the_one_under_the_cursor_is_chosen() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    view.move_to(1)
    assert [line.row.user for line in view.targets()] == ["a"]


def test_a_mark_goes_with_its_session() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.mark()
    model.apply_delta(server, delta(gone=(1,)))
    view.update()
    assert not view.marks


def test_a_wrong_filter_leaves_what_is_shown() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    view.set_filter("user:a")
    view.set_filter("user:a outq>")
    assert users(view) == "a"
    assert "such as 64k" in view.problem


def test_following_puts_the_cursor_on_the_newest() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.follows = True
    model.apply_delta(server, delta(PLAIN._replace(id=9, user="z", opened=999.0)))
    view.update()
    assert view.current is not None
    assert view.current.row.user == "z"
    view.move_to(0)
    assert not view.follows


def test_what_is_paused_stands_still() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.toggle_pause()
    model.apply_delta(server, delta(PLAIN._replace(user="x"), gone=(2,)))
    assert users(view) == "cab"
    view.toggle_pause()
    assert users(view) == "xb"


def test_filter_and_order_act_on_what_is_paused() -> None:
    model = Model(Times().clock())
    server = server_in(model, *ROWS)
    view = view_of(model)
    view.move_to(0)
    view.toggle_pause()
    model.apply_delta(server, delta(PLAIN._replace(id=2, user="x"), gone=(1,)))
    view.toggle_reverse()
    assert users(view) == "bac"
    view.shift_sort([BY_NAME["user"]], 1)
    assert users(view) == "cba"
    view.set_filter("user:a|c")
    assert users(view) == "ca"
    assert view.current is not None
    assert view.current.row.user == "c"
    assert view.ended is None
    view.toggle_pause()
    assert users(view) == ""
    view.set_filter("")
    assert users(view) == "xb"


def test_a_held_order_stays_while_the_figures_change_and_new_sessions_come_last() -> None:
    model = Model(Times().clock())
    server = server_in(model, *[row._replace(bytes_in=10 * row.id) for row in ROWS])
    view = view_of(model)
    view.sort_by(BY_NAME["in"])
    view.toggle_hold()
    assert users(view) == "cab"
    changed = [ROWS[0]._replace(bytes_in=99), PLAIN._replace(id=9, user="z", bytes_in=1)]
    model.apply_delta(server, delta(*changed, gone=(2,)))
    assert users(view) == "cbz"
    view.set_filter("!user:b")
    assert users(view) == "cz"
    view.set_filter("")
    view.toggle_reverse()
    assert users(view) == "cbz"
    model.apply_delta(server, delta(ROWS[0]._replace(bytes_in=0)))
    assert users(view) == "cbz"
    view.toggle_hold()
    assert users(view) == "bzc"


def test_to_sort_by_the_same_column_again_reverses() -> None:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    view = view_of(model)
    orders = []
    for name in ("user", "user", "peer", "peer", "user"):
        view.sort_by(BY_NAME[name])
        orders.append((users(view), view.reverse))
    assert orders == [("abc", False), ("cba", True), ("cab", False), ("cab", True), ("abc", False)]


def test_peers_sort_by_their_numbers() -> None:
    model = Model(Times().clock())
    ports = (20509, 9876, 123)
    server_in(model, *[PLAIN._replace(id=port, peer=f"127.0.0.1:{port}") for port in ports])
    view = view_of(model)
    view.sort = BY_NAME["peer"]
    view.update()
    assert [session.row.id for session in view.sessions] == [123, 9876, 20509]


def test_the_sort_column_goes_round_and_back_to_the_order_of_arrival() -> None:
    view = View(Model(Times().clock()))
    fields = [BY_NAME["service"], BY_NAME["id"], BY_NAME["user"]]
    orders = []
    for _ in range(3):
        view.shift_sort(fields, 1)
        orders.append(view.sort.name if view.sort else "arrival")
    assert orders == ["service", "user", "arrival"]
    view.shift_sort(fields, -1)
    assert view.sort is BY_NAME["user"]


# --- the choices of the user outlast the program


def view_of_rows() -> View:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    return View(model)


def test_what_was_chosen_is_chosen_again_and_the_filter_waits() -> None:
    before, after = view_of_rows(), view_of_rows()
    before.sort_by(BY_NAME["user"])
    before.toggle_hold()
    before.columns = ["peer", "user"]
    before.set_filter("user:a|b")
    after.apply_settings(before.settings())
    assert (after.sort, after.reverse, after.holds) == (BY_NAME["user"], False, True)
    assert set(after.columns) == {"user", "peer"}
    assert (after.filter, after.is_filtering) == ("user:a|b", False)
    assert users(after) == "abc"
    after.toggle_filter()
    assert users(after) == "ab"


def test_a_wrong_filter_is_not_remembered() -> None:
    view = view_of_rows()
    view.set_filter("outq>")
    assert view.settings()["filter"] == ""


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sort": 7, "reverse": "yes", "hold": 1, "columns": "peer", "filter": []},
        {"sort": "colour", "columns": [], "filter": ""},
        {"columns": ["colour"]},
        {"columns": [7]},
    ],
)
def test_settings_that_make_no_sense_change_nothing(settings: dict[str, object]) -> None:
    view = view_of_rows()
    view.apply_settings(settings)
    assert (view.sort, view.reverse, view.holds, view.columns) == (None, False, False, DEFAULT)
    assert (view.filter, view.is_filtering, view.problem) == ("", True, "")
