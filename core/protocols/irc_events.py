"""The events of an IRC client: the methods that a client overrides. By default they do nothing."""

from collections.abc import Sequence


class IRCEvents:
    """The events of a client's session. A `user` is a nickname, or the whole prefix where that is said.

    The prefix of `ann` is `ann!user@host`: in `privmsg`, `noticed`, `action` and `mode_changed`.
    """

    # --- the session

    def signed_on(self) -> None:
        """Called when the server has welcomed us. Join channels here."""

    def nick_changed(self, nick: str) -> None:
        """Called when our nickname has become `nick`."""

    def joined(self, channel: str) -> None:
        """Called when we have joined a channel."""

    def left(self, channel: str) -> None:
        """Called when we have left a channel."""

    def kicked_from(self, channel: str, kicker: str, message: str) -> None:
        """Called when a user has removed us from a channel."""

    # --- messages

    def privmsg(self, user: str, channel: str, message: str) -> None:
        """Called with a message. `user` is the whole prefix; `channel` is our nickname if it is private."""

    def noticed(self, user: str, channel: str, message: str) -> None:
        """Called with a notice. `user` is the whole prefix. Never answer it: the answer may be answered."""

    def action(self, user: str, channel: str, data: str) -> None:
        """Called when a user does something, as with `/me`. `user` is the whole prefix."""

    def topic_updated(self, user: str, channel: str, new_topic: str) -> None:
        """Called with the topic of a channel when we join it, and when it changes. "": there is none."""

    def mode_changed(
        self, user: str, channel: str, set: bool, modes: str, args: Sequence[str | None]
    ) -> None:
        """Called when modes were added (`set`) or removed. `user` is the whole prefix.

        `args` has the parameter of each letter of `modes`, None if it has none. `channel` can be our
        nickname.
        """

    # --- other users

    def user_joined(self, user: str, channel: str) -> None:
        """Called when another user has joined a channel."""

    def user_left(self, user: str, channel: str) -> None:
        """Called when another user has left a channel."""

    def user_quit(self, user: str, quit_message: str) -> None:
        """Called when a user has left the server."""

    def user_kicked(self, kickee: str, channel: str, kicker: str, message: str) -> None:
        """Called when `kicker` has removed another user, `kickee`, from a channel."""

    def user_renamed(self, oldname: str, newname: str) -> None:
        """Called when another user has changed the nickname."""

    def pong(self, user: str, secs: float) -> None:
        """Called with the answer to `ping`, and the seconds that it took. `user` is the whole prefix."""

    # --- the server

    def created(self, when: str) -> None:
        """Called with a sentence that says when the server was started."""

    def your_host(self, info: str) -> None:
        """Called with a sentence about the server's name and version."""

    def my_info(self, servername: str, version: str, umodes: str, cmodes: str) -> None:
        """Called with the server's name and version, and the letters of its user and channel modes."""

    def isupport(self, options: list[str]) -> None:
        """Called with features of the server: `NICKLEN=9`. `supported` has them already."""

    def bounce(self, info: str) -> None:
        """Called with a sentence that names another server to use."""

    def received_motd(self, motd: list[str]) -> None:
        """Called with the lines of the message of the day."""

    def luser_client(self, info: str) -> None:
        """Called with a sentence about the users of the network."""

    def luser_op(self, ops: int) -> None:
        """Called with the number of operators."""

    def luser_channels(self, channels: int) -> None:
        """Called with the number of channels."""

    def luser_me(self, info: str) -> None:
        """Called with a sentence about the clients of this server."""
