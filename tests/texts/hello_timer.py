"""Text 4, the second smallest program: a reactor, and a call that is due in a second."""

from core import Reactor


def main(reactor: Reactor, second: float = 1.0) -> None:
    reactor.call_later(second, print, "Hello from a second later!")
    reactor.run()
