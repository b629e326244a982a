"""The chat as a service: its port, its flags, and how its factory is made from them."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from core.formats.chat_events import Style
from core.interfaces import ReactorCore
from servers.chat.protocol import ChatFactory
from servers.chat.room import ChatRoom
from servers.chat.token_bucket import Rate, parse_rate
from servers.hosting.runner import ServerSpec


def flood(text: str) -> Rate | None:
    """For argparse: parse a rate or `off`."""
    try:
        return parse_rate(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    parser.add_argument(
        "--flood",
        type=flood,
        default="10,5",
        metavar="BURST,RATE",
        help="flood control: lines that a user may send at once, then lines a second; or off",
    )
    parser.add_argument("--color", action="store_true", help="turn colours on for all, as /color on does")


def make(options: Namespace, reactor: ReactorCore) -> ChatFactory:
    """Make the factory that `options` describe."""
    style = Style.COLOR if options.color else Style.PLAIN
    return ChatFactory(reactor, ChatRoom(reactor.call_at_turn_end), options.flood, style)


SERVICE = ServerSpec("chat", 8000, add_arguments=add_arguments, stream=make)
