"""Runs a server from the command line: flags, listening, limits, the control feed, and the stop.

The lesson: a server's own module has only its protocol, its factory and a `ServerSpec` that describes them.
Everything that all servers have in common is in this package.
"""

import logging
import os
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from core import cli
from core.endpoints import (
    Endpoint,
    FDEndpoint,
    UDPEndpoint,
)
from core.interfaces import Address
from core.protocols.protocol import DatagramProtocol, Factory
from core.protocols.sessions import SessionRegistry
from core.reactor import GRACE, Reactor
from core.standard_streams import writer
from core.transports.datagram import DatagramPort
from core.transports.listener import Port
from core.weather import WeatherDatagrams, WeatherFactory
from servers.feed.publish import open_feed
from servers.hosting.addresses import at_each_address
from servers.hosting.announcer import Announcer
from servers.hosting.cannot_listen import explaining, remedy_for
from servers.hosting.flags import endpoints_for as endpoints_for
from servers.hosting.flags import parser_for as parser_for
from servers.hosting.handed_over import take_over
from servers.hosting.how_to_connect import authority, describe
from servers.hosting.limits import LimitedFactory
from servers.hosting.long_running import LongRunning
from servers.hosting.server_spec import ServerSpec as ServerSpec
from servers.hosting.session_log import log_sessions
from servers.hosting.shared_sockets import SharedSockets
from servers.hosting.udp_sessions import UDPSessions
from servers.hosting.workers import Crew, Lifeline

log = logging.getLogger(__name__)

SILENT_STOP = 0.5
"""Seconds that a stop may take before a line says what the server waits for."""


class ServerProcess:
    """The services of one process, with one reactor and one session registry."""

    def __init__(self, options: Namespace) -> None:
        self.reactor: Reactor = cli.make_reactor(options.reactor)
        self.reactor.stall_limit = options.stall_ms / 1000
        self.options = options
        self.sessions = SessionRegistry()
        log_sessions(self.sessions)
        self.endpoints: dict[str, list[str]] = {}
        self.announcers: dict[str, Callable[[str], object]] = {}
        self.cluster: Callable[[], str] = lambda: "none"
        self.ports: list[Port | DatagramPort] = []
        self.authority = ""

    def open_all(self, services: Sequence[ServerSpec]) -> None:
        """Listen for `services`, as the options say. Exits with a message if this is impossible."""
        with explaining(remedy_for(services, self.options)):
            for service in services:
                self._open(service, endpoints_for(service, self.options, is_alone=len(services) == 1))

    def _open(self, service: ServerSpec, endpoints: Sequence[Endpoint]) -> None:
        self.authority = self.authority or authority(endpoints)  # here: not after a chroot
        listen = partial(self._listen, service, self._factory(service))
        self.endpoints[service.name] = [
            str(address) for endpoint in endpoints for address in at_each_address(endpoint, listen)
        ]

    def _listen(self, service: ServerSpec, factory: Factory | None, endpoint: Endpoint) -> Address:
        if isinstance(endpoint, UDPEndpoint):
            self.ports.append(endpoint.listen(self.reactor, self._protocol(service)))
        elif isinstance(endpoint, FDEndpoint) and endpoint.is_datagram:
            self.ports.append(endpoint.listen_udp(self.reactor, self._protocol(service)))
        elif factory is None:
            cli.fail(f"{service.name} speaks UDP only, as in --listen udp:127.0.0.1:{service.port}", 2)
        else:
            self.ports.append(endpoint.listen(self.reactor, factory))
        return self.ports[-1].host

    def _factory(self, service: ServerSpec) -> Factory | None:
        if service.stream is None:
            return None
        factory = service.stream(self.options, self.reactor)
        factory.service, factory.sessions = service.name, self.sessions
        if isinstance(factory, Announcer):
            self.announcers[service.name] = factory.announce
            if factory.cluster() != "none":
                self.cluster = factory.cluster
        if not self.options.weather.is_calm():
            factory = WeatherFactory(factory, self.options.weather, self.reactor)
        limit, limit_per_address = self.options.max_connections, self.options.max_per_address
        if limit or limit_per_address:
            return LimitedFactory(factory, limit, limit_per_address, service.encode_refusal)
        return factory

    def _protocol(self, service: ServerSpec) -> DatagramProtocol:
        if service.datagram is None:
            cli.fail(f"{service.name} does not speak UDP, only --listen tcp:..., tls:... or unix:...", 2)
        protocol = service.datagram(self.options, self.reactor)
        if not self.options.weather.is_calm():
            protocol = WeatherDatagrams(protocol, self.options.weather, self.reactor)
        return UDPSessions(protocol, service.name, self.sessions, self.reactor)

    def report_unused(self) -> None:
        """Log which sockets were handed over, and are not used."""
        used = {port.fileno() for port in self.ports}
        for each in self.options.handed_over:
            if each.number not in used:
                name = f", named {each.name!r}," if each.name else ""
                fault = "belongs to no server here, and is not used: its FileDescriptorName has to name one"
                log.warning("fd:%d%s %s", each.number, name, fault)

    def close(self) -> None:
        """Close everything that is still open, and remove the paths of Unix sockets."""
        self.reactor.clear()
        self.reactor.close()

    def print_lines(self, lines: Sequence[str]) -> None:
        """Print `lines`. Stop if this is impossible."""
        output = writer(sys.stdout)
        output.on_error = partial(self.reactor.call_from_thread, self.reactor.stop_if_running)
        output.write("".join([line + "\n" for line in lines]))

    def on_shutdown(self) -> None:
        """Print what the reactor waits for, if the shutdown takes longer than SILENT_STOP."""
        self.reactor.call_later(SILENT_STOP, self._print_pending)

    def _print_pending(self) -> None:
        pending = sum(session.traffic.waiting > 0 for session in self.sessions)
        if pending:
            connections = "1 connection" if pending == 1 else f"{pending} connections"
            text = f"stopping: waiting up to {GRACE:.0f} s for {connections} to receive pending data"
            cli.print_error(f"{text} (Ctrl-C again: stop now)")


def host(
    name: str,
    services: Sequence[ServerSpec],
    options: Namespace,
    when_open: Callable[[ServerProcess], object] = lambda process: None,
) -> None:
    """Run the command `name` with `services` until a signal stops it. `when_open` can add to the process."""
    options.handed_over = take_over()
    running = LongRunning(name, options)
    if options.workers:
        check_workers(services, options)
    running.begin()
    with closing(running), running.reporting_failures():
        if options.workers:
            host_workers(name, services, options, running)
        else:
            host_alone(name, services, options, running, when_open)
        say_stopped(name)


def host_alone(
    name: str,
    services: Sequence[ServerSpec],
    options: Namespace,
    running: LongRunning,
    when_open: Callable[[ServerProcess], object],
) -> None:
    """Run the servers in this process: bind the ports, give up rights, and serve."""
    with closing(ServerProcess(options)) as process:
        process.open_all(services)
        process.report_unused()
        when_open(process)
        lines = [*describe(process.endpoints, process.authority), *running.notes()]
        running.confine(process.ports)
        report = partial(running.serve, process.reactor, process.endpoints)
        process.reactor.call_when_running(report, partial(process.print_lines, lines))
        serve(process, name)


def check_workers(services: Sequence[ServerSpec], options: Namespace) -> None:
    """Exit 2 if --workers is impossible here."""
    for service in services:
        if not service.is_stateless and not divides(service, options):
            reason = "keeps something between its connections, which workers do not share"
            cli.fail(f"{service.name} {reason}: leave out --workers", 2)
    if not hasattr(socket, "SO_REUSEPORT") or not hasattr(os, "fork"):
        cli.fail("this system cannot divide a port among processes: leave out --workers", 2)
    if options.handed_over:
        cli.fail("a socket that is handed over cannot be divided: leave out --workers", 2)


def divides(service: ServerSpec, options: Namespace) -> bool:
    """Whether the processes of a service that keeps something share it elsewhere."""
    with closing(cli.make_reactor(options.reactor)) as reactor:
        return service.can_divide(options, reactor)


def host_workers(name: str, services: Sequence[ServerSpec], options: Namespace, running: LongRunning) -> None:
    """Run the servers in several processes. Their files are read here, before a chroot."""
    prepared = prepare(services, options)
    with closing(SharedSockets(options.workers)) as sockets:
        with explaining(remedy_for(services, options)):
            for service in services:
                sockets.open(service.name, endpoints_for(service, options))
        lines = [*describe(sockets.endpoints), *running.notes()]
        running.confine([])

        def work(number: int, connection: socket.socket) -> int:
            options.listen, options.handed_over = None, sockets.give(number)
            return running.work(partial(serve_as_worker, name, prepared, options, running, connection))

        crew = Crew(options.workers, work, sockets, running.alive_every)
        status = running.lead(crew, sockets.endpoints, lines)
    if status:
        raise SystemExit(status)


def prepare(services: Sequence[ServerSpec], options: Namespace) -> list[ServerSpec]:
    """`services`, and of the stateless ones the factories and protocols made: these keep no reactor."""
    with closing(cli.make_reactor(options.reactor)) as reactor:
        return [
            _prepare(service, options, reactor) if service.is_stateless else service for service in services
        ]


def _prepare(service: ServerSpec, options: Namespace, reactor: Reactor) -> ServerSpec:
    factory = service.stream and service.stream(options, reactor)
    protocol = service.datagram and service.datagram(options, reactor)
    return replace(
        service,
        stream=None if factory is None else lambda options, reactor: factory,
        datagram=None if protocol is None else lambda options, reactor: protocol,
    )


def serve_as_worker(
    name: str,
    services: Sequence[ServerSpec],
    options: Namespace,
    running: LongRunning,
    connection: socket.socket,
) -> None:
    """In the process of a worker: serve until the first process closes `connection`."""
    with closing(ServerProcess(options)) as process:
        process.open_all(services)
        running.attach_worker(process.reactor)
        process.reactor.call_when_running(Lifeline, process.reactor, connection, running.alive_every)
        serve(process, name)


def serve(process: ServerProcess, name: str) -> None:
    """Run the reactor until a signal stops it."""
    process.reactor.add_system_event_trigger("during", "shutdown", process.on_shutdown)
    with open_feed(
        name,
        process.reactor,
        process.sessions,
        process.endpoints,
        process.announcers,
        process.options,
        process.cluster,
    ):
        process.reactor.run()


def say_stopped(name: str) -> None:
    """Print the last line. Exits 1 if the output could not be written."""
    output = writer(sys.stdout)
    output.write(f"{name} stopped\n")
    output.close()
    if output.error is not None:
        cli.fail(cli.stream_failure("write", output.error))


def run(service: ServerSpec) -> None:
    """Run the command `python -m servers.NAME`."""
    host(service.name, [service], parser_for(f"run the {service.name} server", [service]).parse_args())
