"""A bot that writes to a file what is said in an IRC channel, and tells people so when they talk to it.

The lesson: a protocol lives as long as its connection, so what must outlive it is in the factory: the channel
and the open file. The factory connects again when the server goes, and makes a new protocol.
"""

import logging
import os
import re
import signal
import time
from argparse import ArgumentTypeError
from contextlib import closing

from clients.runner import ClientEndpoint, Program, describe_error, parser_for, start, stream_endpoint
from core import cli
from core.endpoints import Endpoint
from core.errors import ConnectionAborted, in_words
from core.formats.irc import nick_of
from core.formats.irc_formatting import strip_formatting
from core.formats.text import visible
from core.interfaces import AbstractConnector, Address
from core.protocols.irc import IRCClient
from core.protocols.irc_commands import channel_name
from core.protocols.protocol import ReconnectingClientFactory
from core.reactor import Reactor
from core.standard_streams import open_to_append, write_all
from core.timers import cancel_if_active

log = logging.getLogger(__name__)

SIGN_ON_TIMEOUT = 60.0
"""Seconds in which a server must welcome the bot."""

MAX_DELAY = 60.0
"""The longest pause in seconds before the next attempt to connect."""

WHISPER_ANSWER = "I am a log bot and keep no secrets: please say it in the channel, for all to hear."
NAME_ANSWER = "I am a log bot. I write down what is said here."

REFUSALS = {
    *("ERR_NOSUCHCHANNEL", "ERR_TOOMANYCHANNELS", "ERR_CHANNELISFULL", "ERR_INVITEONLYCHAN"),
    *("ERR_BANNEDFROMCHAN", "ERR_BADCHANNELKEY", "ERR_BADCHANMASK", "ERR_NOCHANMODES", "ERR_SECUREONLYCHAN"),
}
"""The answers to a JOIN that is not allowed."""

BEFORE_WELCOME = re.compile(rb"(@\S+ )?(:\S+ |(AUTHENTICATE|CAP|ERROR|NOTICE|PING) )")
"""How a line of an IRC server begins before its welcome: a prefix, or a command that may lack it."""


class MessageLog:
    """The file at `path`, to which lines with the time are appended. Any method but `close`: OSError."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._number = open_to_append(path)

    def write(self, message: str) -> None:
        """Append `message` as one line without control characters and colours."""
        line = f"[{time.strftime('%H:%M:%S')}] {visible(strip_formatting(message))}\n"
        write_all(self._number, line.encode(errors="replace"))

    def reopen(self) -> None:
        """Go on in the file that has the name now, which is made if there is none."""
        before, self._number = self._number, open_to_append(self.path)
        os.close(before)

    def close(self) -> None:
        os.close(self._number)


class LogBot(IRCClient):
    """One connection of the bot."""

    factory: "LogBotFactory"

    def connection_made(self) -> None:
        self.factory.write(f"[connected at {time.asctime()}]")
        self._deadline = self.factory.program.reactor.call_later(SIGN_ON_TIMEOUT, self._give_up)
        super().connection_made()

    def _give_up(self) -> None:
        self.factory.last_error = f"no welcome within {SIGN_ON_TIMEOUT:g} seconds"
        self.transport.abort_connection()

    def connection_lost(self, reason: Exception) -> None:
        super().connection_lost(reason)
        self._stop_deadline()
        self.factory.write(f"[disconnected at {time.asctime()}]")

    def _stop_deadline(self) -> None:
        cancel_if_active(self._deadline)

    def signed_on(self) -> None:
        self._stop_deadline()
        self.factory.on_signed_on()
        self.join(self.factory.channel)

    def line_received(self, line: bytes | str) -> None:
        """Close the connection if the server does not speak IRC."""
        data = line.encode() if isinstance(line, str) else line
        if data and self._deadline.active() and not BEFORE_WELCOME.match(data):
            self.factory.on_other_protocol(data.decode(errors="replace"))
            self.transport.abort_connection()
        else:
            super().line_received(line)

    def joined(self, channel: str) -> None:
        self.factory.on_joined(channel)

    def irc_unknown(self, prefix: str, command: str, params: list[str]) -> None:
        if command == "ERROR":
            self.factory.last_error = params[-1] if params else ""
        elif command in REFUSALS and len(params) > 2:
            self.factory.end(f"cannot join {params[1]}: {params[-1]}")

    def irc_ERR_PASSWDMISMATCH(self, prefix: str, params: list[str]) -> None:
        self.factory.last_error = params[-1] if params else ""

    def irc_ERR_ERRONEUSNICKNAME(self, prefix: str, params: list[str]) -> None:
        reason = params[-1] if params else "malformed"
        self.factory.end(
            f"the server refuses the name {self.nickname}: {reason}. Choose another with --nick."
        )

    def kicked_from(self, channel: str, kicker: str, message: str) -> None:
        self.factory.write(f"[{kicker} has removed me from {channel}: {message}]")
        self.factory.end(f"{kicker} has removed the bot from {channel}: {message}")

    def privmsg(self, user: str, channel: str, message: str) -> None:
        nick = nick_of(user)
        self.factory.write(f"<{nick}> {message}")
        if self.is_me(channel):
            self._answer(nick, WHISPER_ANSWER)
        elif self._is_meant(message) and NAME_ANSWER not in message:  # or two log bots would never stop
            self._answer(channel, f"{nick}: {NAME_ANSWER}")

    def _is_meant(self, message: str) -> bool:
        """Whether `message` begins with the bot's name."""
        return re.match(rf"{re.escape(self.nickname)}([:,\s]|$)", message, re.IGNORECASE) is not None

    def _answer(self, target: str, answer: str) -> None:
        """Answer, at the rate at which CTCP queries are answered."""
        if self.may_answer():
            self.msg(target, answer)
            self.factory.write(f"<{self.nickname}> {answer}")

    def noticed(self, user: str, channel: str, message: str) -> None:
        if "!" in user:  # not the server, which has much to tell when a client connects
            self.factory.write(f"-{nick_of(user)}- {message}")

    def action(self, user: str, channel: str, data: str) -> None:
        self.factory.write(f"* {nick_of(user)} {data}")

    def topic_updated(self, user: str, channel: str, new_topic: str) -> None:
        self.factory.write(f"[topic of {channel}: {new_topic}]")

    def nick_changed(self, nick: str) -> None:
        self.factory.write(f"[I am now known as {nick}]")

    def user_renamed(self, oldname: str, newname: str) -> None:
        self.factory.write(f"{oldname} is now known as {newname}")

    def user_joined(self, user: str, channel: str) -> None:
        self.factory.write(f"{user} has joined {channel}")

    def user_left(self, user: str, channel: str) -> None:
        self.factory.write(f"{user} has left {channel}")

    def user_quit(self, user: str, quit_message: str) -> None:
        self.factory.write(f"{user} has quit ({quit_message})")

    def user_kicked(self, kickee: str, channel: str, kicker: str, message: str) -> None:
        self.factory.write(f"{kicker} has removed {kickee} from {channel} ({message})")


class LogBotFactory(ReconnectingClientFactory):
    """Keeps the log and the channel, and connects again when the connection is lost."""

    max_delay = MAX_DELAY

    def __init__(self, program: Program, messages: MessageLog, channel: str, nickname: str) -> None:
        super().__init__()
        self.program = program
        self.channel = channel
        self.nickname = nickname
        self.last_error = ""
        self._messages = messages
        self._bot: LogBot | None = None
        self._has_signed_on = False
        self._has_joined = False
        program.reactor.add_system_event_trigger("before", "shutdown", self._quit)

    def build_protocol(self, address: Address) -> LogBot:
        self._bot = bot = LogBot()
        bot.factory = self
        bot.nickname = self.nickname
        bot.clock = self.program.reactor
        return bot

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        if self._has_signed_on:
            self._try_again(connector, "cannot connect to", reason)
        else:
            self.program.end_without_server(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self._bot = None
        if self._has_signed_on:
            self._try_again(connector, "lost the connection with", reason)
        else:
            self.program.end(f"{self.program.endpoint} does not welcome the bot: {self._why(reason)}")

    def _try_again(self, connector: AbstractConnector, failure: str, reason: Exception) -> None:
        if not self.program.ending:
            why, delay = self._why(reason), min(self.delay, self.max_delay)
            log.warning("%s %s: %s; trying again in %.0f s", failure, self.program.endpoint, why, delay)
            self.retry(connector)

    def _why(self, reason: Exception) -> str:
        """`reason` in words with the last words of the server, or why the bot has closed the connection."""
        said, self.last_error = visible(self.last_error), ""
        if isinstance(reason, ConnectionAborted) and said:
            return said
        return f"{describe_error(reason)} ({said})" if said else describe_error(reason)

    def on_signed_on(self) -> None:
        """The server has welcomed the bot: the connection works."""
        self._has_signed_on = True
        self.reset_delay()

    def on_other_protocol(self, line: str) -> None:
        """The server does not speak IRC. It is tried again only if it did before."""
        self.last_error = f"it does not speak IRC: it sent {line!r}"
        if not self._has_signed_on:
            self.end(f"{self.program.endpoint} does not speak IRC: it sent {line!r}. Is the port right?")

    def on_joined(self, channel: str) -> None:
        """The bot is in the channel."""
        self.write(f"[I have joined {channel}]")
        if not self._has_joined:
            self._has_joined = True
            where = f"{visible(channel)} of {self.program.endpoint}"
            cli.print_lines(f"logging {where} to {visible(self._messages.path)}", "stop with Ctrl-C")

    def write(self, message: str) -> None:
        """Append a line to the log. If that is impossible, the program ends."""
        try:
            self._messages.write(message)
        except OSError as error:
            self.end(f"cannot write {self._messages.path}: {in_words(error)}")

    def reopen(self) -> None:
        """Go on in the file that now has the name of the log."""
        try:
            self._messages.reopen()
        except OSError as error:
            path = visible(self._messages.path)
            log.error("cannot open %s anew: %s. The log goes on in the old file.", path, in_words(error))

    def end(self, failure: str) -> None:
        """End the program with a line about what has failed."""
        self.program.end(visible(f"log_bot: {failure}"))

    def _quit(self) -> None:
        self.stop_trying()
        if self._bot is not None:
            self._bot.quit("The log ends here.")


def connect(
    reactor: Reactor, endpoint: ClientEndpoint, messages: MessageLog, channel: str, nick: str
) -> Program:
    """Log `channel` of the server at `endpoint`. A SIGHUP opens the log anew, as when it was rotated."""
    program = Program(reactor, "irc", endpoint)
    factory = LogBotFactory(program, messages, channel, nick)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: reactor.call_from_thread(factory.reopen))
    reactor.call_when_running(endpoint.connect, reactor, factory)
    return program


def irc_endpoint(text: str) -> Endpoint:
    """For argparse: an endpoint string, or HOST:PORT, as IRC servers are usually written."""
    has_kind = text.partition(":")[0] in ("tcp", "tls", "unix", "udp")
    return cli.endpoint(text if has_kind or not re.fullmatch(r".+:[0-9]+", text) else f"tcp:{text}")


def word(text: str) -> str:
    """For argparse: a name that can stand in a command of IRC."""
    if not text or text.startswith(":") or re.search(r"[\s,\x00-\x1f\x7f]", text):
        raise ArgumentTypeError(f"{text!r} is no name on IRC: it has no blanks, commas or control characters")
    return text


def main() -> None:
    """The command `python -m clients.log_bot`."""
    example = "--connect tcp:127.0.0.1:6667 --channel '#class' --log class.log"
    parser = parser_for(
        "log_bot", "write what is said in an IRC channel to a file", example, 6667, irc_endpoint
    )
    parser.add_argument("--channel", type=word, required=True, help="the channel: '#class' (or class)")
    parser.add_argument(
        "--log", type=cli.path, metavar="FILE", required=True, help="append to FILE; a SIGHUP opens it anew"
    )
    parser.add_argument("--nick", type=word, metavar="NAME", default="logbot", help="the name of the bot")
    options = parser.parse_args()
    endpoint = stream_endpoint(parser, options)
    try:
        messages = MessageLog(options.log)
    except OSError as error:
        cli.fail(visible(f"log_bot: cannot open {options.log}: {in_words(error)}"))
    with closing(messages), start(options) as reactor:
        connect(reactor, endpoint, messages, channel_name(options.channel), options.nick).run()


if __name__ == "__main__":
    main()
