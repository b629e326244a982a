"""People: the list of users, their colours, and the ignored names."""

from collections import Counter

from clients.chat.colors import COLORS
from clients.chat.people import AWAY_AFTER, MOST_COLORS, People
from core.formats.chat_events import Event


def people(*events: Event) -> People:
    """The people after `events`, which came at the seconds 1, 2, 3, …"""
    found = People(COLORS[""])
    for now, event in enumerate(events, 1):
        found.on_event(event, float(now))
    return found


HERE = Event("names", 0, names=("bob", "Eve", "ann"))


def test_they_come_and_go_in_order_of_arrival() -> None:
    assert people(HERE, Event("joined", 0, "zoe"), Event("left", 0, "bob")).names() == ["Eve", "ann", "zoe"]


def test_another_name_keeps_its_place() -> None:
    assert people(HERE, Event("renamed", 0, "eve", to="Eva")).names() == ["bob", "Eva", "ann"]


def test_a_user_who_is_no_longer_listed_is_removed() -> None:
    assert people(HERE, Event("names", 0, names=("ann",))).names() == ["ann"]


def test_a_user_who_is_silent_for_long_is_away() -> None:
    found = people(HERE, Event("said", 0, "BOB", "hello"))
    assert not found.is_away("bob", AWAY_AFTER + 1)
    assert found.is_away("eve", AWAY_AFTER + 1)
    assert found.quiet_for("bob", 12) == 10
    assert found.quiet_for("nobody", 12) == 0


def test_tab_offers_the_last_speaker_first_and_not_the_own_name() -> None:
    found = people(HERE, Event("joined", 0, "eva"), Event("said", 0, "eva"), Event("action", 0, "bob"))
    assert found.candidates("", "Ann") == ["bob", "eva", "Eve"]
    assert found.candidates("E", "ann") == ["eva", "Eve"]
    assert found.candidates("x", "ann") == []


def test_a_slash_offers_commands() -> None:
    assert people().candidates("/N") == ["/names", "/nick"]


def test_an_ignored_user_stays_ignored_under_another_name_and_after_a_reconnection() -> None:
    found = people(HERE)
    assert found.ignore("BOB")
    found.on_event(Event("renamed", 0, "bob", to="rob"), 2)
    found.on_event(Event("left", 0, "rob"), 3)
    found.on_event(HERE, 4)
    assert found.ignored == ["rob"]
    assert found.without_ignored(Event("said", 0, "Rob", "x")) is None
    assert found.without_ignored(Event("private", 0, "rob", "x", to="ann")) is None
    assert found.without_ignored(Event("left", 0, "rob")) is None
    assert found.without_ignored(Event("joined", 0, "rob")) is None
    assert found.without_ignored(Event("renamed", 0, "rob", to="bob")) is None
    history = Event("history", 0, lines=(Event("said", 0, "rob", "x"), Event("said", 0, "eve", "y")))
    shown = found.without_ignored(history)
    assert shown is not None
    assert [line.name for line in shown.lines] == ["eve"]
    assert not found.ignore("rob")
    assert found.without_ignored(history) is history


def test_the_earlier_names_of_an_ignored_person_stay_ignored_for_older_lines() -> None:
    found = people(HERE)
    found.ignore("bob")
    found.on_event(Event("renamed", 10, "bob", to="rob"), 10)
    found.on_event(Event("renamed", 20, "rob", to="rab"), 20)
    lines = [Event("said", at, name, "x") for name in ("bob", "rob", "rab") for at in (5, 15, 25)]
    shown = found.without_ignored(Event("history", 30, lines=tuple(lines)))
    assert shown is not None
    assert [(line.name, line.time) for line in shown.lines] == [("bob", 15), ("bob", 25), ("rob", 25)]
    found.ignore("rab")
    assert found.without_ignored(Event("said", 5, "bob", "x")) is not None


def test_a_new_name_gets_the_colour_that_the_fewest_people_here_have_and_keeps_it() -> None:
    names = tuple(f"user{number}" for number in range(2 * len(COLORS[""].names)))
    found = people(Event("names", 0, names=names))
    colors = Counter(found.color(name) for name in names)
    assert set(colors.values()) == {2}
    assert found.color("USER0") == found.color("user0") == COLORS[""].preferred("user0")[0]
    found.on_event(Event("renamed", 0, "user1", to="ann"), 2)
    assert found.color("ann") == found.color("user1")
    for name in names[2:8]:
        found.on_event(Event("left", 0, name), 3)
    left = [found.color(name) for name in names[2:8]]
    assert found.color("newcomer") in left


def test_thousands_of_names_that_came_and_went_are_forgotten_but_not_those_here() -> None:
    found = people(HERE)
    bob = found.color("bob")
    for number in range(2 * MOST_COLORS):
        found.color(f"visitor{number}")
    assert len(found._colors) <= MOST_COLORS + 1
    assert found.color("bob") == bob
