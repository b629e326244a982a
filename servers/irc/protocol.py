"""A session of the IRC server: lines in, dead peers, flood control, and the end.

The lesson: the protocol has the connection and its clocks; the commands are in a table beside it.
"""

import logging
import re
from collections import deque

from core.errors import ConnectionDone, ConnectionLost
from core.formats.irc import IRCBadMessage, parse_tags, parsemsg
from core.formats.irc_numerics import Numeric
from core.formats.text import visible
from core.interfaces import UnixAddress
from core.protocols.protocol import Factory
from core.timers import DelayedCall, cancel_if_active
from servers.chat.protocol import MAX_WAITING
from servers.chat.room import ChatRoom
from servers.chat.session import MAX_EARLY, REGISTER_WITHIN
from servers.chat.token_bucket import TokenBucket
from servers.hosting.announcer import Announcer
from servers.hosting.typed_lines import TypedLineReceiver
from servers.irc.channels import lower
from servers.irc.commands import dispatch
from servers.irc.lines import error_line, message, render
from servers.irc.membership import enter
from servers.irc.registration import welcome
from servers.irc.server import Server
from servers.irc.users import SERVER_NAME, IRCState, User

log = logging.getLogger(__name__)

LONGEST_LINE = 510
LONGEST_TAGS = 4096
"""Bytes in a line without its end, and in the tags before it (IRCv3's message-tags)."""

PING_AFTER = 120.0
"""Seconds without a line after which the server asks whether the client lives."""

PONG_WITHIN = 60.0
"""Seconds that the client has for its answer."""

CLOSE_WITHIN = 10.0
"""Seconds that a client has to read its last lines. Then the connection is aborted."""

RELAYED = "\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f"
CODES = re.compile(f"([{RELAYED}])")
"""The control characters that are passed on: CTCP's delimiter, and mIRC's colours and typefaces."""


class IRCProtocol(TypedLineReceiver, User):
    """One session. The commands see it as a User."""

    factory: "IRCFactory"
    MAX_LENGTH = LONGEST_TAGS + LONGEST_LINE

    def connection_made(self) -> None:
        """Wait for NICK and USER: in IRC the client speaks first."""
        super().connection_made()
        self.server = server = self.factory.server
        peer = self.transport.peer
        self.begin("localhost" if isinstance(peer, UnixAddress) else peer.host, server.clock.seconds())
        rate = server.settings.rate
        self.bucket = TokenBucket(rate, server.clock) if rate else None
        self.pause: DelayedCall | None = None
        self.deadline = server.clock.call_later(REGISTER_WITHIN, self.on_deadline)
        self.end_reason = ""
        self.early: deque[bytes] = deque()
        self.is_input_over = False
        server.sessions[self] = None
        self.show()

    def connection_lost(self, reason: Exception) -> None:
        """Leave all channels. The others receive why.

        Lines that flood control still holds back are handled before, because the user did send them.
        """
        self.bucket = None
        for line in self.pop_lines() if isinstance(reason, ConnectionLost) else ():
            self.line_received(line)
        for call in (self.deadline, self.pause):
            cancel_if_active(call)
        usual = "Client closed connection" if isinstance(reason, ConnectionDone) else "Connection lost"
        self.server.remove(self, self.end_reason or usual)

    # --- receiving

    def read_connection_lost(self) -> None:
        """Close the connection, but not before the rooms have answered."""
        self.is_input_over = True
        if not self.asked:
            super().read_connection_lost()

    def line_received(self, line: bytes) -> None:
        """Run the command in the line. If the session has sent too many lines, pause reading for a while."""
        typed = self.first_line(line) if self.is_first_line else line
        if typed is None:
            return
        self.active_at = self.server.clock.seconds()
        self.on_line(typed)
        if self.bucket is not None and (seconds := self.bucket.take()):
            self.pause_producing()
            self.pause = self.server.clock.call_later(seconds, self.resume_producing)

    def on_line(self, line: bytes) -> None:
        """Parse the line, and run its command. The prefix has no meaning: clients speak for themselves.

        While a room has not answered, keep it, so that the answers are in order.
        """
        if self.asked:
            if len(self.early) < MAX_EARLY:
                self.early.append(line)
            return
        if len(line) > LONGEST_LINE and len(without_tags(line)) > LONGEST_LINE:
            self.answer(Numeric.ERR_INPUTTOOLONG)
            return
        try:
            text = relayed(line.decode())
            _, command, params = parsemsg(text)
        except UnicodeDecodeError:
            text = "That was not UTF-8, so it was not sent. Set your client to UTF-8."
            self.send_data(render(SERVER_NAME, "NOTICE", self.name or "*", text=text))
        except IRCBadMessage:
            pass  # such as an empty line
        else:
            self.tags = parse_tags(text) if text.startswith("@") else {}
            dispatch(self.server, self, command, params)

    def line_length_exceeded(self, line: bytes) -> None:
        self.close("that line is too long")

    # --- sending

    def reply(self, data: bytes) -> None:
        self.send_data(data)

    def send_data(self, data: bytes) -> None:
        """Send lines to the client, after those that are gathered. If it does not read them, abort."""
        if self.server.delivery.waiting:
            self.server.delivery.deliver()
        transport = self.transport
        if transport.waiting > MAX_WAITING:
            log.info("%s does not read: connection aborted", transport.peer)
            self.end_reason = "does not read"
            transport.abort_connection()
        elif not transport.disconnecting:
            transport.write(data)

    def show(self) -> None:
        """Report the state, `nick!user` and the channels to the session registry."""
        if self.session is None:
            return
        self.session.detail = " ".join([channel.name for channel in self.server.channels.of(self)])
        shown = ("REGISTER", self.name)
        if self.state is IRCState.CHAT:
            shown = ("CHAT", f"{self.name}!{self.username}")
        if shown != (self.session.reported, self.session.user):
            self.report(*shown)

    # --- the answers of the rooms

    def on_registered(self) -> None:
        self.server.on_registered(self)
        welcome(self.server, self)
        self.on_answer(self.name)

    def on_joined(self, room: ChatRoom) -> None:
        channel = self.server.channels.of_room(room)
        enter(self.server, self, channel)
        self.on_answer(lower(channel.name))

    def set_name(self, name: str) -> None:
        if self.state is IRCState.CHAT:
            self.server.on_rename(self, name)
        super().set_name(name)
        self.on_answer(name)

    def on_refused(self, why: str) -> None:
        asked = self.asked[-1]
        is_name = not asked.startswith("#")
        if self.state is not IRCState.CHAT:
            self.server.free_name(self)
        self.answer(Numeric.ERR_NICKNAMEINUSE if is_name else Numeric.ERR_UNAVAILRESOURCE, asked, text=why)
        self.on_answer(asked)

    on_name_refused = on_refused

    def on_answer(self, asked: str) -> None:
        """A room has answered. If it was the last one, handle the lines that have come since."""
        if asked in self.asked:
            self.asked.remove(asked)
        while self.early and not self.asked:
            self.on_line(self.early.popleft())
        if self.is_input_over and not self.asked:
            self.transport.lose_connection()

    # --- the end

    def on_deadline(self) -> None:
        """Close a connection that has not registered in time, or that has not answered a PING."""
        idle = self.server.clock.seconds() - self.active_at
        wait = PING_AFTER - idle
        if self.state is not IRCState.CHAT:
            self.close(f"no NICK and USER within {REGISTER_WITHIN:.0f} seconds")
            return
        if idle >= PING_AFTER + PONG_WITHIN:
            self.close(f"no answer to PING within {PONG_WITHIN:.0f} seconds")
            return
        if wait <= 0:
            self.send_data(f"PING :{SERVER_NAME}\r\n".encode())
            wait += PONG_WITHIN
        self.deadline = self.server.clock.call_later(wait, self.on_deadline)

    def on_kick(self, reason: str) -> None:
        """Send `reason`. The caller closes the connection afterwards."""
        self.pop_lines()
        self.close(f"you were {visible(reason)}")

    def close(self, reason: str) -> None:
        """Leave all channels, send an ERROR with the reason, and close the connection."""
        self.server.remove(self, reason)
        self.send_data(error_line(reason))
        self.transport.lose_connection()
        if self.deadline.active():
            self.deadline.cancel()
        self.deadline = self.server.clock.call_later(CLOSE_WITHIN, self.transport.abort_connection)


class IRCFactory(Factory, Announcer):
    """Makes the sessions of a server."""

    protocol = IRCProtocol

    def __init__(self, server: Server) -> None:
        self.server = server

    def announce(self, text: str) -> None:
        for user in self.server.registered:
            user.send_data(message(SERVER_NAME, "NOTICE", user.name, text))

    def on_shutdown(self) -> None:
        """Tell all sessions that the server stops. The reactor closes the connections afterwards."""
        for user in self.server.sessions:
            user.send_data(error_line("the server is stopping"))


def without_tags(line: bytes) -> bytes:
    """The part of the line that may have LONGEST_LINE bytes."""
    return line.partition(b" ")[2] if line.startswith(b"@") else line


def relayed(text: str) -> str:
    """The text as it is passed on: with the RELAYED control characters, and no others."""
    if text.isascii() and text.isprintable():
        return text
    return "".join([part if part in RELAYED else visible(part) for part in CODES.split(text)])
