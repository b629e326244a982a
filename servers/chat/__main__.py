"""The command `python -m servers.chat`."""

from argparse import Namespace
from dataclasses import replace

from core.reactor import Reactor
from servers.chat.panel import Panel
from servers.chat.protocol import ChatFactory
from servers.chat.service import SERVICE, make
from servers.hosting.runner import run


def make_with_panel(options: Namespace, reactor: Reactor) -> ChatFactory:
    """As `make`, and who is there is shown on this terminal."""
    factory = make(options, reactor)
    Panel(factory.room, reactor, lambda: factory.endpoints).start()
    return factory


if __name__ == "__main__":
    run(replace(SERVICE, stream=make_with_panel))
