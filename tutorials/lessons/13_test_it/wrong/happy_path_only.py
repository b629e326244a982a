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


def test_a_coin_opens_it():
    assert Visit().say("COIN") == ["open"]


def test_one_person_goes_through():
    assert Visit().say("COIN", "PUSH") == ["open", "through"]
