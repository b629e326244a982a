"""The table of keys, and what is made from it."""

import pytest

from clients.monitor.screens import keys


@pytest.mark.parametrize("table", [keys.MAIN, keys.WIRE])
def test_each_action_has_one_key(table: tuple[keys.Key, ...]) -> None:
    actions = [action for key in table for action in key.actions.values()]
    assert len(actions) == len(set(actions))


def test_a_footer_shows_only_the_keys_of_its_page_and_those_that_fit() -> None:
    lines = [keys.footer(keys.MAIN, page, 30) for page in ("sessions", "events")]
    shown = ["".join(text for text, _ in line) for line in lines]
    assert shown == [" / filter  <> sort  ", " 1-4 screens  p pause  ? help  "]


def test_the_palette_offers_the_themes_and_each_key_with_one_action() -> None:
    assert [name for name, _, _ in keys.commands(readonly=False)] == [
        *("Dark theme", "Light theme", "Filter", "Filter on/off", "Reverse", "Hold", "Columns", "Detail"),
        *("Wire", "Pause", "Mark", "Kick", "Help", "Quit", "Announce", "Follow", "Export", "Back"),
    ]


def test_with_readonly_the_palette_offers_nothing_that_changes_a_server() -> None:
    lost = set(keys.commands(readonly=False)) - set(keys.commands(readonly=True))
    assert {name for name, _, _ in lost} == {"Kick", "Announce"}
