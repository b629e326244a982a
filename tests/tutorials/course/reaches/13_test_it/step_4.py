from turnstile import OPEN_FOR, Turnstile

from core.testing import Clock, StringTransport


class Visit:
    """A turnstile with a transport and a clock of the test."""

    def __init__(self) -> None:
        self.clock, self.transport = Clock(), StringTransport()
        self.turnstile = Turnstile(self.clock)
        self.turnstile.make_connection(self.transport)

    def say(self, *lines: str) -> list[str]:
        """Send lines. Returns the answers."""
        for line in lines:
            self.turnstile.data_received(f"{line}\r\n".encode())
        return self.transport.lines()

    def wait(self, seconds: float) -> list[str]:
        """Advance the clock. Returns what the turnstile says meanwhile."""
        self.clock.advance(seconds)
        return self.transport.lines()


def test_a_coin_opens_it_for_one_person() -> None:
    assert Visit().say("COIN", "PUSH") == ["open", "through"]


def test_it_is_locked_before_the_coin_and_after_the_push() -> None:
    assert Visit().say("PUSH", "COIN", "PUSH") == ["locked", "open", "through"]


def test_a_second_coin_comes_back() -> None:
    assert Visit().say("COIN", "COIN") == ["open", "coin back"]


def test_it_locks_if_nobody_pushes() -> None:
    visit = Visit()
    visit.say("COIN")
    assert visit.wait(OPEN_FOR - 0.1) == []
    assert visit.wait(0.1) == ["locked"]
    assert visit.say("PUSH") == ["locked"]


def test_a_push_ends_the_time() -> None:
    visit = Visit()
    visit.say("COIN", "PUSH")
    assert visit.wait(1.0) == []
