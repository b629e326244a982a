"""The parts that all clients share: flags, endpoints, the run of the program and its exit status.

A program ends once: with status 0, or with one line on stderr and status 1. Later events (connections close,
attempts to connect fail) do not change that.
"""

import math
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from core import cli
from core.addresses import UnixAddress, address_of
from core.endpoints import (
    LOOPBACK,
    Endpoint,
    FDEndpoint,
    StreamEndpoint,
    TCPEndpoint,
    TLSEndpoint,
    UDPEndpoint,
)
from core.errors import ConnectionDone, ServerBusyError, TLSError, UntrustedError, VerifyError, in_words
from core.protocols.protocol import DatagramProtocol
from core.reactor import Reactor
from core.standard_streams import has_gone
from core.transports.connector import resolve
from core.transports.datagram import DatagramPort
from core.transports.sockets import Target
from core.weather import WeatherEndpoint

REMEDIES: dict[type[Exception], str] = {
    UntrustedError: "; to trust its authority, name the file: ?ca=FILE",
    VerifyError: "; connect by a name that it has, or have the server get a new one",
}
"""The remedy for an error about the certificate of a server."""


ClientEndpoint = StreamEndpoint | WeatherEndpoint


class Program:
    """One run of the client of `service`, whose server is at `endpoint`. `stop()` ends it."""

    def __init__(
        self,
        reactor: Reactor,
        service: str,
        endpoint: Endpoint | WeatherEndpoint,
        stop: Callable[[], object] | None = None,
    ) -> None:
        self.reactor = reactor
        self.service = service
        self.endpoint = endpoint
        self.ending = False
        self.failure = ""
        self._stop = stop or self.reactor.stop_if_running  # a signal may have stopped it already
        reactor.add_system_event_trigger("before", "shutdown", self._on_shutdown)

    def end(self, failure: str = "") -> None:
        """Stop, with status 1 if there is a `failure` to print. Only the first call counts."""
        if not self.ending:
            self.ending = True
            self.failure = failure
            self.reactor.call_when_running(self._stop)

    def end_without_server(self, reason: Exception) -> None:
        """Stop, because no server answers at the endpoint."""
        problem = f"cannot connect to {self.endpoint}: {describe_error(reason)}"
        if isinstance(reason, ServerBusyError):
            self.end(f"{problem}; try again later")
        elif isinstance(reason, TLSError):  # there is a server
            self.end(problem + REMEDIES.get(type(reason), ""))
        else:
            self.end(f"{problem}; is the server running? python -m servers.{self.service}")

    def write(self, text: str) -> None:
        """Print `text` as it is, and flush. If this is impossible, the program ends."""
        try:
            if not cli.print_text(text):
                self.end()
        except OSError as error:
            self.end(cli.stream_failure("write", error))

    def check_input(self, reason: Exception) -> None:
        """End the program if `reason`, for which standard input has ended, is a failure to read it."""
        if not isinstance(reason, ConnectionDone) and not has_gone(0, reason):
            self.end(cli.stream_failure("read", reason))

    def run(self) -> None:
        """Run the reactor until the program ends, then exit with its status."""
        self.reactor.run()
        self.report_failure()

    def report_failure(self) -> None:
        """If the program has failed, print the reason and exit 1."""
        if self.failure:
            cli.fail(self.failure)

    def _on_shutdown(self) -> None:
        self.ending = True


def describe_error(reason: Exception) -> str:
    """The reason why a connection or an attempt ended, in words and without an error number."""
    if isinstance(reason, ConnectionDone):
        return "the server closed the connection"
    return in_words(reason)


def seconds(text: str) -> float:
    """For argparse: a number of seconds, not negative."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0 up")
    return value


def parser_for(
    service: str,
    description: str,
    example: str,
    port: int,
    endpoint: Callable[[str], Endpoint] = cli.endpoint,
    has_weather: bool = True,
    has_others: bool = False,
) -> cli.Parser:
    """Return a parser with the flags of all clients. `example`: arguments for the example in `--help`.

    `endpoint` parses what `--connect` gets. `has_others`: it may be given several times, so it is a list.
    """
    command = f"clients.{service}"
    parser = cli.Parser(command, description, f"python -m {command} {example}".rstrip())
    if has_weather:
        cli.add_weather(parser)
    parser.add_argument("--host", type=cli.host, default=LOOPBACK, help="address of the server")
    parser.add_argument("--port", type=cli.port_number, default=port, help="port of the server")
    help = "the endpoint that the server prints, instead of --host and --port"
    if has_others:
        help += "; repeatable: when a server is lost, the client goes on at the next one"
    action = "append" if has_others else "store"
    parser.add_argument("--connect", type=endpoint, action=action, metavar="ENDPOINT", help=help)
    return parser


def stream_endpoint(parser: cli.Parser, options: Namespace) -> ClientEndpoint:
    """The endpoint to connect to. Exits 2 if it is for UDP or for a server. Warns if it verifies nothing."""
    return _checked(parser, options, options.connect or TCPEndpoint(options.host, options.port))


def stream_endpoints(parser: cli.Parser, options: Namespace) -> list[ClientEndpoint]:
    """The endpoints to connect to, one after another. Exits and warns as `stream_endpoint` does."""
    found: list[Endpoint] = options.connect or [TCPEndpoint(options.host, options.port)]
    return [_checked(parser, options, each) for each in found]


def _checked(parser: cli.Parser, options: Namespace, found: Endpoint) -> ClientEndpoint:
    if isinstance(found, UDPEndpoint):
        right = f"tcp:127.0.0.1:{options.port}"
        parser.error(f"{found} is for datagrams; this client needs a connection, as to {right}")
    if isinstance(found, FDEndpoint):
        parser.error(f"{found} is for a server; a client connects to tcp:127.0.0.1:{options.port}")
    if isinstance(found, TLSEndpoint):
        _check_tls(parser, found)
    return found if options.weather.is_calm() else WeatherEndpoint(found, options.weather)


def _check_tls(parser: cli.Parser, endpoint: TLSEndpoint) -> None:
    if endpoint.cert:
        right = replace(endpoint, cert="", key="", ca="ca.pem")
        parser.error(f"{endpoint} has the certificate of a server; a client connects to {right}")
    if not endpoint.verify:
        cli.print_error(
            f"warning: the certificate of {endpoint} is not verified (verify=no): a program in between "
            "can read and change everything. To verify it, name the file of its authority: ?ca=FILE"
        )


def datagram_endpoint(parser: cli.Parser, options: Namespace) -> UDPEndpoint:
    """The endpoint to send datagrams to. Exits 2 if it is not a UDP endpoint."""
    found: Endpoint = options.connect or UDPEndpoint(options.host, options.port)
    if not isinstance(found, UDPEndpoint):
        right = f"udp:127.0.0.1:{options.port}"
        parser.error(f"{found} is for connections; this client sends datagrams, as to {right}")
    return found


class ServerAddresses:
    """The addresses of a name to which datagrams are sent: one after the other, until one answers.

    `begin` is called when they are known. IPv4 comes first, because most servers here listen there.
    """

    def __init__(self, program: Program, endpoint: UDPEndpoint, begin: Callable[[], object]) -> None:
        self.has_answered = False  # the first of `left`
        self.left: list[tuple[str, int]] = []
        self._program = program
        self._endpoint = endpoint
        self._begin = begin
        program.reactor.call_when_running(self._look_up)

    def _look_up(self) -> None:
        destination = address_of((self._endpoint.host, self._endpoint.port), "udp")
        found = resolve(self._program.reactor, destination)
        found.add_callbacks(self._on_found, self._program.end_without_server)

    def _on_found(self, targets: list[Target]) -> None:
        addresses = dict.fromkeys(address_of(name) for _, name in targets)
        hosts = [address.host for address in addresses if not isinstance(address, UnixAddress)]
        self.left = [(host, self._endpoint.port) for host in sorted(hosts, key=lambda host: ":" in host)]
        self._begin()

    def open(self, make: Callable[[], DatagramProtocol]) -> DatagramPort | None:
        """A port, on any free number, connected to the first address that can be used, or None."""
        while self.left:
            address = self.left[0]
            try:
                port = self._program.reactor.listen_udp(0, make(), "::" if ":" in address[0] else "0.0.0.0")
            except OSError as error:  # there is no IPv6
                self.give_up(address, error)
                continue
            try:
                port.connect(*address)
                return port
            except OSError as error:  # there is no route
                port.stop_listening()
                self.give_up(address, error)
        return None

    def give_up(self, address: tuple[str, int], reason: Exception) -> None:
        """Send no more to `address`. If it is the last one, end the program."""
        if self.left == [address]:
            self._program.end_without_server(reason)
        if address in self.left:
            self.left.remove(address)


def start(options: Namespace) -> closing[Reactor]:
    """Return the reactor that `options` choose, for a `with` statement."""
    cli.start_logging(options.log_level)
    return closing(cli.make_reactor(options.reactor))
