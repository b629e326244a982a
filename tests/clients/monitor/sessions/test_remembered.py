"""The choices of the user outlast the program."""

import pytest

from clients.monitor.sessions.columns import DEFAULT
from clients.monitor.sessions.fields import BY_NAME
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.remembered import apply, to_settings
from clients.monitor.sessions.view import View
from tests.clients.monitor.sample import Times, server_in
from tests.clients.monitor.sessions.test_view import ROWS, users


def new_view() -> View:
    model = Model(Times().clock())
    server_in(model, *ROWS)
    return View(model)


def test_what_was_chosen_is_chosen_again_and_the_filter_waits() -> None:
    before, after = new_view(), new_view()
    before.sort_by(BY_NAME["user"])
    before.toggle_hold()
    before.columns = ["peer", "user"]
    before.set_filter("user:a|b")
    apply(after, to_settings(before))
    assert (after.sort, after.reverse, after.holds) == (BY_NAME["user"], False, True)
    assert set(after.columns) == {"user", "peer"}
    assert (after.filter, after.is_filtering) == ("user:a|b", False)
    assert users(after) == "abc"
    after.toggle_filter()
    assert users(after) == "ab"


def test_a_wrong_filter_is_not_remembered() -> None:
    view = new_view()
    view.set_filter("outq>")
    assert to_settings(view)["filter"] == ""


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
    view = new_view()
    apply(view, settings)
    assert (view.sort, view.reverse, view.holds, view.columns) == (None, False, False, DEFAULT)
    assert (view.filter, view.is_filtering, view.problem) == ("", True, "")
