"""The chat as a service: its port, its flags, and how its factory is made from them."""

from argparse import SUPPRESS, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from contextlib import suppress

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


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    add_flood(parser)
    parser.add_argument("--color", action="store_true", help="turn colours on for all, as /color on does")


DEFAULT_RATE = Rate(10, 5)


def make(options: Namespace, reactor: ReactorCore, room: ChatRoom | None = None) -> ChatFactory:
    """Make the factory that `options` describe. `room` None: it has a room of its own."""
    style = Style.COLOR if options.color else Style.PLAIN
    rate = getattr(options, "flood", DEFAULT_RATE)
    return ChatFactory(reactor, room or ChatRoom(reactor.call_at_turn_end), rate, style)


SERVICE = ServerSpec("chat", 8000, add_arguments=add_arguments, stream=make)
