"""All servers in one process, in one thread, on one reactor.

The lesson: several servers can share a reactor without any further work, because none of them ever blocks.
"""

from argparse import Namespace
from functools import partial

from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.transports.stdio import StandardIO
from servers import echo, insult, qotd, udp_echo
from servers.chat import service as chat
from servers.hosting.demo_clients import DemoClients
from servers.hosting.runner import ServerProcess, host, parser_for

SERVICES = {module.SERVICE.name: module.SERVICE for module in (chat, echo, qotd, insult, udp_echo)}


class StopAtEof(Protocol):
    """Stops the servers when stdin closes, which happens however the parent process ends."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def connection_lost(self, reason: Exception) -> None:
        self._reactor.stop_if_running()


def main() -> None:
    """Run the command `python -m servers`."""
    parser = parser_for("run the named servers, or all of them, on one reactor", [*SERVICES.values()])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    parser.add_argument("--demo", action="store_true", help="add thirty scripted clients, for the monitor")
    parser.add_argument("--stop-at-eof", action="store_true", help="stop when stdin ends, as for Ctrl-C")
    options = parser.parse_args()
    names = list(dict.fromkeys(options.names)) or list(SERVICES)
    for name in names:
        if name not in SERVICES:
            parser.error(f"there is no server {name!r}; there are {', '.join(SERVICES)}")
    if len(names) > 1 and (options.listen or options.port):
        parser.error("--port N and --listen are for one server: name it, or take free ports with --port 0")
    if options.workers and (options.demo or options.stop_at_eof):
        parser.error("--demo and --stop-at-eof are for one process: leave out --workers")
    host("servers", [SERVICES[name] for name in names], options, partial(add, options))


def add(options: Namespace, process: ServerProcess) -> None:
    """Add what the flags beside the names of the servers ask for."""
    if options.demo:
        clients = DemoClients(process.reactor, process.endpoints)
        process.reactor.call_when_running(clients.start)
    if options.stop_at_eof:
        process.reactor.call_when_running(StandardIO, StopAtEof(process.reactor), process.reactor)


if __name__ == "__main__":
    main()
