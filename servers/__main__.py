"""All servers in one process, in one thread, on one reactor.

The lesson: several servers can share a reactor without any further work, because none of them ever blocks.
"""

from argparse import Namespace
from collections.abc import Sequence
from functools import partial

from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.transports.stdio import StandardIO
from servers import echo, insult, qotd, udp_echo
from servers.chat import service as chat
from servers.hosting.demo_clients import DemoClients
from servers.hosting.runner import ServerProcess, endpoints_for, host, parser_for

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
    host("servers", options, partial(open_services, names, options))


def open_services(names: Sequence[str], options: Namespace, process: ServerProcess) -> None:
    """Open the services that are called `names`, and what the other flags ask for."""
    if len(names) > 1:
        process.remedy = "take free ports with --port 0, or name fewer servers"
    for name in names:
        process.open(SERVICES[name], endpoints_for(SERVICES[name], options, is_alone=len(names) == 1))
    if options.demo:
        clients = DemoClients(process.reactor, process.endpoints)
        process.reactor.call_when_running(clients.start)
    if options.stop_at_eof:
        process.reactor.call_when_running(StandardIO, StopAtEof(process.reactor), process.reactor)


if __name__ == "__main__":
    main()
