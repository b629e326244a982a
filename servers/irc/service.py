"""The IRC server as a service: its port, its flags, and how its factory is made from them."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from core import cli
from core.formats.text import visible
from core.reactor import Reactor
from servers.chat.room import ChatRoom
from servers.chat.service import add_flood
from servers.hosting.data_files import read_text
from servers.hosting.runner import ServerSpec
from servers.irc.channels import MAX_NAME, lower
from servers.irc.delivery import Delivery
from servers.irc.lines import error_line
from servers.irc.protocol import IRCFactory
from servers.irc.server import CHANNEL, DEFAULT_RATE, Server, Settings


def channels(text: str) -> frozenset[str]:
    """For argparse: parse the names of channels, with or without `#`. ArgumentTypeError for anything else."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    names = [name if name.startswith(("#", "&")) else f"#{name}" for name in names]
    wrong = [name for name in names if not CHANNEL.match(name) or len(name) > MAX_NAME]
    if wrong or not names:
        raise ArgumentTypeError(f"{text!r} is no list of channels such as '#chat,#class'")
    return frozenset(map(lower, names))


def password(text: str) -> str:
    """For argparse: a password that a client can send. ArgumentTypeError for anything else."""
    if not text or not text.isprintable() or text.startswith(":"):
        raise ArgumentTypeError("a password has only visible characters, and no colon in front")
    return text


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    add_flood(parser)
    parser.add_argument(
        "--channels",
        type=channels,
        metavar="NAMES",
        help="the only channels that users may join, such as '#chat,#class'; without it any",
    )
    parser.add_argument("--motd", type=cli.path, metavar="FILE", help="a file with the message of the day")
    parser.add_argument("--password", type=password, help="the password that IRC clients have to send")


def make(options: Namespace, reactor: Reactor, room: ChatRoom | None = None) -> IRCFactory:
    """Make the factory that `options` describe. `room` None: `#chat` is a room of its own."""
    motd = tuple(map(visible, read_text(options.motd).splitlines())) if options.motd else ()
    rate = getattr(options, "flood", DEFAULT_RATE)
    settings = Settings(rate, options.password or "", motd, options.channels or frozenset())
    at_turn_end = reactor.call_at_turn_end
    factory = IRCFactory(Server(reactor, Delivery(at_turn_end), room or ChatRoom(at_turn_end), settings))
    reactor.add_system_event_trigger("during", "shutdown", factory.on_shutdown)
    return factory


SERVICE = ServerSpec("irc", 6667, add_arguments=add_arguments, stream=make, encode_refusal=error_line)
