"""All servers in one process, in one thread, on one reactor.

The lesson: several servers can share a reactor without any further work, because none of them ever blocks.
"""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Protocol as Shape

from core import cli
from core.protocols.protocol import Factory, Protocol
from core.reactor import Reactor
from core.transports.stdio import StandardIO
from servers import echo, insult, qotd, udp_echo
from servers.chat import service as chat
from servers.chat.room import ChatRoom
from servers.hosting.demo_clients import DemoClients
from servers.hosting.runner import ServerProcess, ServerSpec, host, parser_for
from servers.irc import service as irc

USUAL = {module.SERVICE.name: module.SERVICE for module in (chat, echo, qotd, insult, udp_echo)}
"""The services that run when none is named."""

SERVICES = {**USUAL, irc.SERVICE.name: irc.SERVICE}
ALL = "all"


class Maker(Shape):
    """Makes the factory of a service whose users are members of `room`."""

    def __call__(self, options: Namespace, reactor: Reactor, room: ChatRoom) -> Factory: ...


IN_THE_ROOM: dict[str, Maker] = {"chat": chat.make, "irc": irc.make}
"""The services whose users are in one conversation: their factories share a chat room."""

WEB = "web"
if find_spec("h11"):
    from servers.web import service as web

    SERVICES[WEB] = web.SERVICE
    IN_THE_ROOM[WEB] = web.make


class StopAtEof(Protocol):
    """Stops the servers when stdin closes, which happens however the parent process ends."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def connection_lost(self, reason: Exception) -> None:
        self._reactor.stop_if_running()


def main() -> None:
    """Run the command `python -m servers`."""
    parser = parser_for("run the named servers, or all of them, on one reactor", [*SERVICES.values()])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(SERVICES)}; or {ALL}")
    parser.add_argument("--demo", action="store_true", help="add thirty scripted clients, for the monitor")
    help = "of the scripted clients only those of one server of N: K/N"
    parser.add_argument("--demo-share", type=share, default=(1, 1), metavar="K/N", help=help)
    parser.add_argument("--stop-at-eof", action="store_true", help="stop when stdin ends, as for Ctrl-C")
    options = parser.parse_args()
    names = names_of(options, parser)
    if len(names) > 1 and (options.listen or options.port):
        parser.error("--port N and --listen are for one server: name it, or take free ports with --port 0")
    if options.workers and (options.demo or options.stop_at_eof):
        parser.error("--demo and --stop-at-eof are for one process: leave out --workers")
    refuse_flags_of_others(options, names, parser)
    services = in_one_room([SERVICES[name] for name in names])
    host("servers", services, options, partial(add, options))


def share(text: str) -> tuple[int, int]:
    """For argparse: parse `K/N`, with K from 1 to N."""
    found = re.fullmatch("([1-9][0-9]?)/([1-9][0-9]?)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise ArgumentTypeError(f"{text!r} is no share such as 1/3")
    return int(found[1]), int(found[2])


def names_of(options: Namespace, parser: cli.Parser) -> list[str]:
    """The names of the services to run, each once."""
    names = list(dict.fromkeys(options.names)) or list(USUAL)
    if WEB in names:
        cli.require("h11")
    if ALL in names and WEB not in SERVICES:
        cli.print_error("web is left out, because h11 is not installed: run `make setup`")
    for name in names:
        if name not in SERVICES and name != ALL:
            parser.error(f"there is no server {name!r}; there are {', '.join(SERVICES)}, and {ALL}")
    return list(SERVICES) if ALL in names else names


def refuse_flags_of_others(options: Namespace, names: list[str], parser: cli.Parser) -> None:
    """Exit with a message if there is a flag that only a server has which does not run."""
    known = {flag for name in names for flag in flags_of(SERVICES[name])}
    for name in SERVICES:
        for flag, default in flags_of(SERVICES[name]).items():
            if flag not in known and getattr(options, flag) != default:
                parser.error(f"--{flag.replace('_', '-')} is for the {name} server. Name that server, too.")


def flags_of(service: ServerSpec) -> dict[str, object]:
    """The names of the flags of `service` in the parsed options, with their defaults."""
    parser = ArgumentParser(add_help=False)
    service.add_arguments(parser)
    return vars(parser.parse_args([]))


def in_one_room(services: Iterable[ServerSpec]) -> list[ServerSpec]:
    """The services, with one chat room for those whose users are in it."""

    rooms: dict[Reactor, ChatRoom] = {}

    def make(name: str, options: Namespace, reactor: Reactor) -> Factory:
        if reactor not in rooms:
            rooms[reactor] = chat.make_room(options, reactor)
        return IN_THE_ROOM[name](options, reactor, rooms[reactor])

    return [
        replace(service, stream=partial(make, service.name)) if service.name in IN_THE_ROOM else service
        for service in services
    ]


def add(options: Namespace, process: ServerProcess) -> None:
    """Add what the flags beside the names of the servers ask for."""
    if options.demo:
        clients = DemoClients(process.reactor, process.endpoints, share=options.demo_share)
        process.reactor.call_when_running(clients.start)
    if options.stop_at_eof:
        process.reactor.call_when_running(StandardIO, StopAtEof(process.reactor), process.reactor)


if __name__ == "__main__":
    main()
