"""The flags that all servers have, and where these tell a server to listen."""

from argparse import Namespace
from collections.abc import Sequence

from core import cli
from core.endpoints import LOOPBACK, Endpoint, TCPEndpoint, UDPEndpoint
from servers.hosting import long_running
from servers.hosting.handed_over import endpoints_of
from servers.hosting.server_spec import ServerSpec


def parser_for(description: str, services: Sequence[ServerSpec]) -> cli.Parser:
    """A parser for the flags that all servers have, and for those of `services`."""
    parser = cli.Parser(cli.command(), description, f"{cli.command()} --port 0")
    parser.add_argument(
        "--host", default=LOOPBACK, help="the address or name to listen on; empty: all addresses"
    )
    parser.add_argument(
        "--port",
        type=cli.port_number,
        default=services[0].port if len(services) == 1 else None,
        help="the port to listen on; 0: a free port",
    )
    parser.add_argument(
        "--listen",
        type=cli.endpoint,
        action="append",
        metavar="ENDPOINT",
        help="the endpoint to listen on, instead of --host and --port; repeatable",
    )
    _add_common(parser, any(service.stream is not None for service in services))
    for service in services:
        service.add_arguments(parser)
    long_running.add_arguments(parser)
    return parser


def _add_common(parser: cli.Parser, has_connections: bool) -> None:
    if has_connections:
        flags = {
            "--max-connections": "maximum number of connections",
            "--max-per-address": "maximum number of connections from one address",
        }
        for flag, text in flags.items():
            parser.add_argument(flag, type=cli.count, default=0, metavar="N", help=f"{text}; 0: no limit")
    cli.add_weather(parser)
    parser.add_argument("--no-control", action="store_true", help="do not let the monitor connect")
    parser.add_argument(
        "--stall-ms",
        type=cli.positive,
        default=100,
        metavar="MS",
        help="report a handler that blocks the reactor for this many milliseconds",
    )


def endpoints_for(service: ServerSpec, options: Namespace, is_alone: bool = True) -> list[Endpoint]:
    """The endpoints on which `options` tell `service` to listen. Sockets that are handed over come first."""
    if options.listen:
        return list(options.listen)
    if handed := endpoints_of(service.name, options.handed_over, is_alone):
        return [*handed]
    port = service.port if options.port is None else options.port
    return [TCPEndpoint(options.host, port) if service.stream else UDPEndpoint(options.host, port)]
