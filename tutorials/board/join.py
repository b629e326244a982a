"""Where the board listens, and the command that learners type to join it."""

from core.endpoints import TCPEndpoint
from core.reactor import Reactor
from servers.hosting.addresses import on_loopback, reachable
from servers.hosting.cannot_listen import explaining
from tutorials.board.service import BoardFactory
from tutorials.board.wire import board_address


def how_to_join(address: TCPEndpoint, word: str) -> str:
    """The command that learners type."""
    found = [str(each).removeprefix("tcp:") for each in reachable(address)]
    where = found[0] if found else str(on_loopback(address)).removeprefix("tcp:")
    more = " --word WORD" if word else ""
    return f"python -m tutorials watch --board {where} --name NAME{more}"


def listen(address: TCPEndpoint, reactor: Reactor, factory: BoardFactory) -> TCPEndpoint:
    """Listen. Returns the address with the port as it is. Exits 1 if that is not possible."""
    with explaining("choose another port with --port"):
        host = str(address.listen(reactor, factory).host)
    return board_address(host.removeprefix("tcp:"))
