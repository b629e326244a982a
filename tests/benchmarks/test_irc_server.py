"""The load of the IRC benchmark is the one that it promises."""

from collections import Counter

from benchmarks.irc_server import CHANNELS, CLIENTS, OF_A_CLIENT, channels_of
from benchmarks.scenarios import MEMBERS


def test_a_thousand_clients_are_in_twenty_channels_of_two_hundred() -> None:
    counted = Counter(channel for number in range(CLIENTS) for channel in channels_of(number))
    assert (CLIENTS, counted) == (1000, Counter(dict.fromkeys(range(CHANNELS), MEMBERS)))
    assert all(len(set(channels_of(number))) == OF_A_CLIENT for number in range(CLIENTS))
