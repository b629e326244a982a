"""From a command line to servers that listen, and back to a prompt: the same way for each of them."""

import errno
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from core import cli
from core.endpoints import LOOPBACK, Endpoint, TCPEndpoint, UDPEndpoint
from core.errors import CannotListenError
from core.interfaces import Address, ReactorCore
from core.protocols.protocol import DatagramProtocol, Factory
from core.protocols.sessions import SessionRegistry
from core.reactor import GRACE, Reactor
from servers.feed.publish import open_feed
from servers.hosting.announcer import Announcer
from servers.hosting.background_writer import standard_output
from servers.hosting.how_to_connect import how_to_connect
from servers.hosting.limits import LimitedFactory
from servers.hosting.udp_sessions import UDPSessions

WAIT_IN_SILENCE = 0.5
"""Seconds that a stop may take before it is said what it waits for."""


def no_arguments(parser: ArgumentParser) -> None:
    """For a service without flags of its own."""


@dataclass(frozen=True)
class Service:
    """A server by name: its usual port, its flags, and what answers on streams and on datagrams."""

    name: str
    port: int
    add_arguments: Callable[[ArgumentParser], None] = no_arguments
    stream: Callable[[Namespace, Reactor], Factory] | None = None
    datagram: Callable[[Namespace, ReactorCore], DatagramProtocol] | None = None


class ServerProcess:
    """The services of one process: one reactor, one register of sessions.

    `elsewhere` tells what else can be done about a port in use than to stop who uses it.
    """

    def __init__(self, options: Namespace) -> None:
        self.reactor: Reactor = cli.make_reactor(options.reactor)
        self.options = options
        self.elsewhere = f"choose another {'place with --listen' if options.listen else 'port with --port N'}"
        self.sessions = SessionRegistry()
        self.endpoints: dict[str, list[str]] = {}
        self.announcers: dict[str, Callable[[str], object]] = {}

    def open(self, service: Service, endpoints: Sequence[Endpoint]) -> None:
        """Have `service` listen at `endpoints`. Ends the program if it cannot."""
        self.endpoints[service.name] = []
        factory = self._factory(service)
        try:
            listening = [str(self._listen(service, factory, endpoint)) for endpoint in endpoints]
        except CannotListenError as error:
            is_taken = error.errno == errno.EADDRINUSE
            remedy = f": stop what is there, or {self.elsewhere}" if is_taken else ""
            cli.fail(f"{service.name}: {error.strerror}{remedy}")
        self.endpoints[service.name] += listening

    def _listen(self, service: Service, factory: Factory | None, endpoint: Endpoint) -> Address:
        if isinstance(endpoint, UDPEndpoint):
            return endpoint.listen(self.reactor, self._protocol(service)).host
        if factory is None:
            cli.fail(f"{service.name} speaks UDP only, as in --listen udp:127.0.0.1:{service.port}", 2)
        return endpoint.listen(self.reactor, factory).host

    def _factory(self, service: Service) -> Factory | None:
        if service.stream is None:
            return None
        factory = service.stream(self.options, self.reactor)
        factory.service, factory.sessions = service.name, self.sessions
        if isinstance(factory, Announcer):
            self.announcers[service.name] = factory.announce
        if self.options.max_connections or self.options.max_per_address:
            most, most_each = self.options.max_connections, self.options.max_per_address
            return LimitedFactory(factory, most, most_each, lambda: self.reactor.turned_at)
        return factory

    def _protocol(self, service: Service) -> DatagramProtocol:
        if service.datagram is None:
            cli.fail(f"{service.name} does not speak UDP, only --listen tcp:... or unix:...", 2)
        protocol = service.datagram(self.options, self.reactor)
        return UDPSessions(protocol, service.name, self.sessions, self.reactor)

    def close(self) -> None:
        """Leave nothing behind, above all no path of a Unix socket."""
        self.reactor.clear()
        self.reactor.close()

    def announce(self) -> None:
        """Say what listens where, how to connect, and how to stop."""
        services = self.endpoints.items()
        cli.print_lines(
            *(f"{name} listening on {endpoint}" for name, endpoints in services for endpoint in endpoints)
        )
        cli.print_lines(
            "connect with", *(how_to_connect(*service) for service in services), "stop with Ctrl-C"
        )

    def on_shutdown(self) -> None:
        """The reactor stops: if that takes a moment, say why."""
        self.reactor.call_later(WAIT_IN_SILENCE, self._say_who_is_waited_for)

    def _say_who_is_waited_for(self) -> None:
        owed = sum(session.traffic.waiting > 0 for session in self.sessions)
        who = "1 connection to take what it is" if owed == 1 else f"{owed} connections to take what they are"
        if owed:
            text = f"waiting up to {GRACE:.0f} s for {who} owed; Ctrl-C again ends at once"
            print(text, file=sys.stderr, flush=True)


def parser_for(description: str, services: Sequence[Service]) -> cli.Parser:
    """The flags that all servers have, and those of `services`."""
    parser = cli.Parser(cli.command(), description, f"{cli.command()} --port 0")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen at; empty for all")
    parser.add_argument(
        "--port",
        type=cli.port_number,
        default=services[0].port if len(services) == 1 else None,
        help="the port to listen at; 0 takes a free one",
    )
    parser.add_argument(
        "--listen",
        type=cli.endpoint,
        action="append",
        metavar="ENDPOINT",
        help="where to listen, instead of --host and --port; repeatable",
    )
    _add_common(parser, any(service.stream is not None for service in services))
    for service in services:
        service.add_arguments(parser)
    return parser


def _add_common(parser: cli.Parser, has_connections: bool) -> None:
    if has_connections:
        flags = {
            "--max-connections": "connections in all",
            "--max-per-address": "connections from one address",
        }
        for flag, what in flags.items():
            parser.add_argument(flag, type=cli.count, default=0, metavar="N", help=f"{what}, 0 for no limit")
    parser.add_argument("--no-control", action="store_true", help="cannot be watched by the monitor")
    parser.add_argument(
        "--stall-ms", type=cli.positive, default=100, metavar="MS", help="a turn this long is reported"
    )


def endpoints_for(service: Service, options: Namespace) -> list[Endpoint]:
    """Where `service` is to listen."""
    if options.listen:
        return list(options.listen)
    port = service.port if options.port is None else options.port
    return [TCPEndpoint(options.host, port) if service.stream else UDPEndpoint(options.host, port)]


def serve(process: ServerProcess, name: str) -> None:
    """Run until told to stop. It is announced only when a signal would be understood already."""
    process.reactor.call_when_running(process.announce)
    process.reactor.add_system_event_trigger("during", "shutdown", process.on_shutdown)
    with open_feed(
        name, process.reactor, process.sessions, process.endpoints, process.announcers, process.options
    ):
        process.reactor.run()
    if standard_output().close():
        cli.print_lines(f"{name} stopped")


def run(service: Service) -> None:
    """The command `python -m servers.NAME`."""
    options = parser_for(f"the {service.name} server", [service]).parse_args()
    cli.start_logging(options.log_level)
    with closing(ServerProcess(options)) as process:
        process.open(service, endpoints_for(service, options))
        serve(process, service.name)
