"""The chat as a service: its flags, its port, and how its factory is made from them."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from core.formats.chat_events import Style
from core.interfaces import ReactorCore
from servers.chat.protocol import ChatFactory
from servers.chat.room import ChatRoom
from servers.chat.token_bucket import Rate, parse_rate
from servers.hosting.runner import Service


def flood(text: str) -> Rate | None:
    """For argparse: a rate, or `off`."""
    try:
        return parse_rate(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def add_arguments(parser: ArgumentParser) -> None:
    """The flags of this server."""
    parser.add_argument(
        "--flood",
        type=flood,
        default="10,5",
        metavar="BURST,RATE",
        help="lines that one may say at once, then a second; or off",
    )
    parser.add_argument(
        "--color", action="store_true", help="a chat in colours for all, not only after /color on"
    )


def make(options: Namespace, reactor: ReactorCore) -> ChatFactory:
    """The factory that `options` ask for."""
    style = Style.COLOR if options.color else Style.PLAIN
    return ChatFactory(reactor, ChatRoom(reactor.call_at_turn_end), options.flood, style)


SERVICE = Service("chat", 8000, add_arguments=add_arguments, stream=make)
