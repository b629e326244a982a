"""The chat as a service: its port, its flags, and how its factory is made from them."""

from argparse import SUPPRESS, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress

from core.cli import fail
from core.formats.chat_events import Style
from core.formats.nats import NatsServer, NatsURLError, parse_servers
from core.reactor import Reactor
from servers.chat.cluster.start import check_cluster, join_cluster
from servers.chat.protocol import ChatFactory
from servers.chat.room import ROOM_NAME, ChatRoom
from servers.chat.token_bucket import Rate, parse_rate
from servers.hosting.runner import ServerSpec


def flood(text: str) -> Rate | None:
    """For argparse: parse a rate or `off`."""
    try:
        return parse_rate(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def add_flood(parser: ArgumentParser) -> None:
    """Add the flag `--flood`, once for all servers of a process that have it. Each has its own default."""
    with suppress(ArgumentError):  # another server has added it
        parser.add_argument(
            "--flood",
            type=flood,
            default=SUPPRESS,
            metavar="BURST,RATE",
            help="flood control: lines that a user may send at once, then lines a second; or off. "
            "Without it 10,5 in the chat and 40,5 in IRC",
        )


def nats_servers(text: str) -> list[NatsServer]:
    """For argparse: parse the URLs of NATS servers."""
    try:
        return parse_servers(text)
    except NatsURLError as error:
        raise ArgumentTypeError(str(error)) from None


def room_name(text: str) -> str:
    """For argparse: parse the name of a chat in a cluster."""
    if ROOM_NAME.fullmatch(text) is None:
        raise ArgumentTypeError(f"{text!r} is no name of a chat: 1 to 32 letters A-Z, digits, _ and -")
    return text


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    add_flood(parser)
    parser.add_argument(
        "--cluster",
        type=nats_servers,
        metavar="URLS",
        help="share the room with other chat servers through NATS: nats://HOST:PORT[,nats://HOST:PORT...]",
    )
    help = (
        f"the name of the chat in the cluster; servers with the same name share their rooms (default: {MAIN})"
    )
    parser.add_argument("--room", type=room_name, metavar="NAME", help=help)
    parser.add_argument("--color", action="store_true", help="turn colours on for all, as /color on does")


DEFAULT_RATE = Rate(10, 5)

MAIN = "main"
"""The name of the chat in a cluster, without --room."""


def make_room(options: Namespace, reactor: Reactor) -> ChatRoom:
    """Make a room: one of this process, or with `--cluster` one that other servers share.

    Exits 1 if no server of the cluster answers, and 2 for a --room without --cluster.
    """
    if options.cluster:
        return join_cluster(reactor, options.cluster, options.room or MAIN)
    if options.room:
        fail("--room is the name of a chat in a cluster: it needs --cluster", 2)
    return ChatRoom(reactor.call_at_turn_end)


def make(options: Namespace, reactor: Reactor, room: ChatRoom | None = None) -> ChatFactory:
    """Make the factory that `options` describe. `room` None: it has a room of its own."""
    style = Style.COLOR if options.color else Style.PLAIN
    rate = getattr(options, "flood", DEFAULT_RATE)
    return ChatFactory(reactor, room or make_room(options, reactor), rate, style)


def can_divide(options: Namespace, reactor: Reactor) -> bool:
    """Whether workers can share the room: with `--cluster`. Exits 1 if no server of the cluster answers."""
    if options.cluster:
        check_cluster(reactor, options.cluster, options.room or MAIN)
    return bool(options.cluster)


SERVICE = ServerSpec("chat", 8000, add_arguments=add_arguments, stream=make, can_divide=can_divide)
