"""From a command line to a conversation, and back to a prompt: the same way for each client.

A program ends once, in one of two ways: content, with status 0, or with one line on stderr and status 1.
Whatever else happens while it winds down (connections close, attempts are given up) is of no interest then.
"""

import socket
from argparse import Namespace
from contextlib import closing

from core import cli
from core.endpoints import LOOPBACK, Endpoint, StreamEndpoint, TCPEndpoint, UDPEndpoint
from core.errors import ConnectionDone, in_words
from core.protocols.protocol import DatagramProtocol
from core.reactor import Reactor, RunState
from core.transports.datagram import DatagramPort


class Program:
    """One run of a client of `service`, whose server is at `endpoint`."""

    def __init__(self, reactor: Reactor, service: str, endpoint: Endpoint) -> None:
        self.reactor = reactor
        self.service = service
        self.endpoint = endpoint
        self.ending = False
        self.complaint = ""
        reactor.add_system_event_trigger("before", "shutdown", self._on_shutdown)

    def end(self, complaint: str = "") -> None:
        """Stop, with status 1 if there is something to complain of. The first call decides."""
        if not self.ending:
            self.ending = True
            self.complaint = complaint
            self.reactor.call_when_running(self.stop)

    def end_without_server(self, reason: Exception) -> None:
        """Stop, because nobody answers there."""
        self.end(
            f"cannot connect to {self.endpoint}: {said(reason)};"
            f" is the server running? python -m servers.{self.service}"
        )

    def show(self, text: str) -> None:
        """Print `text` as it is, and flush. If the reader of stdout has gone, the program ends."""
        if not cli.print_text(text):
            self.end()

    def run(self) -> None:
        """Turn the reactor until the end, and exit with the status that it calls for."""
        self.reactor.run()
        self.complain()

    def complain(self) -> None:
        """Say what there is to complain of, and exit 1 then."""
        if self.complaint:
            cli.fail(self.complaint)

    def stop(self) -> None:
        """Have the run end. Where the loop is somebody else's, it is theirs to end."""
        if self.reactor.state is RunState.RUNNING:  # a signal may have been faster
            self.reactor.stop()

    def _on_shutdown(self) -> None:
        self.ending = True


def said(reason: Exception) -> str:
    """The end of a connection, or of an attempt at one, in words and without a number."""
    if isinstance(reason, ConnectionDone):
        return "the server closed the connection"
    return in_words(reason)


def parser_for(service: str, description: str, example: str, port: int) -> cli.Parser:
    """The flags that all clients have. `example` is what follows the command in one."""
    command = f"clients.{service}"
    parser = cli.Parser(command, description, f"python -m {command} {example}".rstrip())
    parser.add_argument("--host", default=LOOPBACK, help="where the server is")
    parser.add_argument("--port", type=cli.port_number, default=port, help="its port")
    parser.add_argument(
        "--connect",
        type=cli.endpoint,
        metavar="ENDPOINT",
        help="where to, instead of --host and --port; as the server prints it",
    )
    return parser


def stream_endpoint(parser: cli.Parser, options: Namespace) -> StreamEndpoint:
    """Where to connect to. Exits 2 if that is nothing to have a connection with."""
    found: Endpoint = options.connect or TCPEndpoint(options.host, options.port)
    if isinstance(found, UDPEndpoint):
        parser.error(
            f"{found} is for datagrams; this needs a connection, as with tcp:127.0.0.1:{options.port}"
        )
    return found


def datagram_endpoint(parser: cli.Parser, options: Namespace) -> UDPEndpoint:
    """Where to send datagrams to. Exits 2 if none can be sent there."""
    found: Endpoint = options.connect or UDPEndpoint(options.host, options.port)
    if not isinstance(found, UDPEndpoint):
        parser.error(f"{found} is for connections; this sends datagrams, as to udp:127.0.0.1:{options.port}")
    return found


def open_towards(program: Program, endpoint: UDPEndpoint, protocol: DatagramProtocol) -> DatagramPort | None:
    """A UDP port of our own, any one, that speaks with `endpoint` only. Without one the program ends.

    Looking up a name may take its time; a shortcut, for little else is going on. IPv4 is tried first,
    since that is where our servers are, and UDP itself does not say that nobody is there.
    """
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_DGRAM)
        host = min((str(name[0]) for *_, name in found), key=lambda host: ":" in host)
        port = program.reactor.listen_udp(0, protocol, interface="::" if ":" in host else "0.0.0.0")
        port.connect(host, endpoint.port)
    except OSError as error:
        program.end_without_server(error)
        return None
    return port


def start(options: Namespace) -> closing[Reactor]:
    """The reactor that `options` ask for, to be used in a `with`."""
    cli.start_logging(options.log_level)
    return closing(cli.make_reactor(options.reactor))
