"""A bot for the class: it greets the users who join #class, and answers each question with a question."""

import argparse

from core import ClientFactory, Reactor
from core.formats.irc import nick_of
from core.protocols.irc import IRCClient


class Bot(IRCClient):
    def signed_on(self) -> None:
        self.join("#class")

    def user_joined(self, user: str, channel: str) -> None:
        self.notice(channel, f"Welcome, {user}.")

    def privmsg(self, user: str, channel: str, message: str) -> None:
        if message.endswith("?"):
            self.notice(channel, f"{nick_of(user)}, why do you ask?")


def main() -> None:
    """Run the bot until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python3 -m tutorials.04_irc.bot")
    parser.add_argument("--nick", default="eliza", help="the name of the bot (default %(default)s)")
    parser.add_argument("--port", type=int, default=6667, help="the port of the server (default %(default)s)")
    options = parser.parse_args()
    Bot.nickname = options.nick
    reactor = Reactor()
    reactor.connect_tcp("127.0.0.1", options.port, ClientFactory.for_protocol(Bot))
    reactor.run()


if __name__ == "__main__":
    main()
