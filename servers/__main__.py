"""The suite: five servers, one process, one thread, one reactor.

The lesson: nothing has to be done to have them live together, because none of them ever waits.
"""

from contextlib import closing

from core import cli
from core.protocols.protocol import Protocol
from core.reactor import Reactor, RunState
from core.transports.stdio import StandardIO
from servers import echo, insult, qotd, udp_echo
from servers.chat import service as chat
from servers.hosting.runner import ServerProcess, endpoints_for, parser_for, serve
from servers.hosting.visitors import ScriptedClass

SERVICES = {module.SERVICE.name: module.SERVICE for module in (chat, echo, qotd, insult, udp_echo)}


class Leash(Protocol):
    """Ends the servers with their input: however a parent ends, the kernel lets go of its end of that."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def connection_lost(self, reason: Exception) -> None:
        """Nobody holds them any more, unless they are stopping already."""
        if self._reactor.state is RunState.RUNNING:
            self._reactor.stop()


def main() -> None:
    """The command `python -m servers`."""
    parser = parser_for("all servers, or those that are named, on one reactor", [*SERVICES.values()])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    parser.add_argument("--demo", action="store_true", help="with a lively class of scripted visitors")
    parser.add_argument("--leash", action="store_true", help="stop at the end of the input, as for Ctrl-C")
    options = parser.parse_args()
    names = list(dict.fromkeys(options.names)) or list(SERVICES)
    for name in names:
        if name not in SERVICES:
            parser.error(f"there is no server {name!r}; there are {', '.join(SERVICES)}")
    if len(names) > 1 and (options.listen or options.port):
        parser.error("--port N and --listen are for one server: name it, or take free ports with --port 0")
    cli.start_logging(options.log_level)
    with closing(ServerProcess(options)) as process:
        if len(names) > 1:
            process.elsewhere = "take free ports with --port 0, or name fewer servers"
        for name in names:
            process.open(SERVICES[name], endpoints_for(SERVICES[name], options))
        if options.demo:
            visitors = ScriptedClass(process.reactor, process.endpoints)
            process.reactor.call_when_running(visitors.start)
        if options.leash:
            process.reactor.call_when_running(StandardIO, Leash(process.reactor), process.reactor)
        serve(process, "servers")


if __name__ == "__main__":
    main()
