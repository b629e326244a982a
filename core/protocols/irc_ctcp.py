"""CTCP: the questions that IRC clients ask one another inside messages, such as VERSION and PING.

A message between two X_DELIM in a PRIVMSG is a query, in a NOTICE an answer. ACTION, which needs no answer,
is what a user does: `/me waves`.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable

from core.formats.irc import nick_of
from core.formats.irc_text import CtcpMessage
from core.formats.text import visible
from core.protocols.irc_commands import IRCCommands
from core.protocols.irc_events import IRCEvents

log = logging.getLogger(__name__)

REPLIES, REPLIES_PERIOD = 10, 20.0
"""So many queries are answered in so many seconds. For more, the server could disconnect us."""

QUERY, REPLY = "ctcp_query_", "ctcp_reply_"


class CtcpClient(IRCCommands, IRCEvents):
    """Answers CTCP queries. A method `ctcp_query_TAG(user, channel, data)` answers the queries with this tag.

    `user` is the whole prefix of the sender, and `data` the text behind the tag, None if there is none.
    """

    userinfo: str | None = None
    finger_reply: str | Callable[[], str] | None = None
    source_url: str | None = None
    version_name: str | None = "reactor-school"
    version_num: str | None = None
    version_env: str | None = None
    """The answers to USERINFO, FINGER, SOURCE and VERSION. With None there is no answer."""

    _handlers = (
        *IRCCommands._handlers,
        *(name for name in vars(IRCEvents) if not name.startswith("_") and name != "noticed"),
    )  # without noticed: a method `notice` is no misspelt one

    _answered: deque[float] | None = None  # the times of the last REPLIES queries that were answered

    def ctcp_query(self, user: str, channel: str, messages: Iterable[CtcpMessage]) -> None:
        """Dispatch the CTCP queries of one message, each tag once, as far as the rate allows."""
        queries: dict[str, str | None] = {}
        for tag, data in messages:
            queries.setdefault(tag, data)
        for tag, data in queries.items():
            method = getattr(self, QUERY + tag, None)
            if method is None:
                self.ctcp_unknown_query(user, channel, tag, data)
            elif tag == "ACTION" or self.may_answer():
                method(user, channel, data)

    def may_answer(self) -> bool:
        """Whether a program may answer a message by itself now: REPLIES times in REPLIES_PERIOD at most."""
        self._answered = self._answered if self._answered is not None else deque(maxlen=REPLIES)
        now = self.seconds()
        if len(self._answered) == REPLIES and now - self._answered[0] < REPLIES_PERIOD:
            return False
        self._answered.append(now)
        return True

    def ctcp_unknown_query(self, user: str, channel: str, tag: str, data: str | None) -> None:
        """Called with a query whose tag has no method. There is no answer."""
        log.debug("%s sent an unknown CTCP query: %s", visible(user), visible(tag))

    def ctcp_query_ACTION(self, user: str, channel: str, data: str | None) -> None:
        self.action(user, channel, data or "")

    def ctcp_query_PING(self, user: str, channel: str, data: str | None) -> None:
        self.ctcp_make_reply(nick_of(user), [("PING", data)])

    def ctcp_query_TIME(self, user: str, channel: str, data: str | None) -> None:
        self.ctcp_make_reply(nick_of(user), [("TIME", f":{time.asctime()}")])

    def ctcp_query_FINGER(self, user: str, channel: str, data: str | None) -> None:
        reply = self.finger_reply() if callable(self.finger_reply) else self.finger_reply
        if reply:
            self.ctcp_make_reply(nick_of(user), [("FINGER", reply)])

    def ctcp_query_USERINFO(self, user: str, channel: str, data: str | None) -> None:
        if self.userinfo:
            self.ctcp_make_reply(nick_of(user), [("USERINFO", self.userinfo)])

    def ctcp_query_SOURCE(self, user: str, channel: str, data: str | None) -> None:
        if self.source_url:
            self.ctcp_make_reply(nick_of(user), [("SOURCE", self.source_url), ("SOURCE", None)])

    def ctcp_query_VERSION(self, user: str, channel: str, data: str | None) -> None:
        if self.version_name:
            version = f"{self.version_name}:{self.version_num or ''}:{self.version_env or ''}"
            self.ctcp_make_reply(nick_of(user), [("VERSION", version)])

    def ctcp_query_CLIENTINFO(self, user: str, channel: str, data: str | None) -> None:
        """CLIENTINFO lists the tags that this client answers; CLIENTINFO TAG says what one is for."""
        tags = sorted(name.removeprefix(QUERY) for name in dir(self) if name.startswith(QUERY))
        asked = (data or "").split()
        if not asked:
            reply: CtcpMessage = ("CLIENTINFO", " ".join(tags))
        elif asked[0] in tags:
            reply = ("CLIENTINFO", getattr(self, QUERY + asked[0]).__doc__)
        else:
            reply = ("ERRMSG", f"CLIENTINFO {data} :Unknown query '{asked[0]}'")
        self.ctcp_make_reply(nick_of(user), [reply])

    def ctcp_reply(self, user: str, channel: str, messages: Iterable[CtcpMessage]) -> None:
        """Dispatch the CTCP answers of one notice, to methods `ctcp_reply_TAG(user, channel, data)`."""
        for tag, data in messages:
            method = getattr(self, REPLY + tag, None)
            if method is None:
                self.ctcp_unknown_reply(user, channel, tag, data)
            else:
                method(user, channel, data)

    def ctcp_unknown_reply(self, user: str, channel: str, tag: str, data: str | None) -> None:
        """Called with an answer whose tag has no method."""
        log.debug("%s sent an unknown CTCP answer: %s", visible(user), visible(tag))

    def ctcp_reply_PING(self, user: str, channel: str, data: str | None) -> None:
        """Call `pong`, if this answers a `ping` of ours."""
        sent = (self._pings or {}).pop((nick_of(user), data or ""), None)
        if sent is not None:
            self.pong(user, self.seconds() - sent)
