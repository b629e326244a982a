"""The order of names and addresses."""

from hypothesis import given
from hypothesis import strategies as st

from clients.monitor.sessions.order import by_address, natural


def test_numbers_within_names_sort_by_their_value() -> None:
    names = ["ann10", "Ann2", "ann", "ann1b", "bob"]
    assert sorted(names, key=natural) == ["ann", "ann1b", "Ann2", "ann10", "bob"]


def test_addresses_sort_by_their_numbers_then_by_port_and_other_peers_come_last() -> None:
    peers = [
        *("127.0.0.1:9876", "127.0.0.1:20509", "127.0.0.2:1", "127.0.0.10:1", "192.168.0.1:1"),
        *("[::1]:80", "[fe80::9%lo]:1", "[fe80::10%lo]:1", "host2:1", "host10:1", "unix"),
    ]
    mixed = peers[::-1]
    mixed.sort(key=by_address)
    assert mixed == peers


@given(st.lists(st.text() | st.ip_addresses().map(lambda address: f"{address}:1"), min_size=2))
def test_any_two_texts_can_be_compared(texts: list[str]) -> None:
    for key in (natural, by_address):
        first, *others = sorted(texts, key=key)
        assert all(key(first) <= key(other) for other in others)
