"""Text 1, the log bot: it joins a channel, and a MessageLogger writes down what it hears."""

import sys
import time
from collections.abc import Callable

from core import ClientFactory, Connector, Reactor
from core.protocols.irc import IRCClient


class MessageLogger:
    """Writes to a file, and knows nothing of IRC: the file is one thing, the protocol another."""

    def __init__(self, path: str) -> None:
        self.file = open(path, "a", encoding="utf-8")  # noqa: SIM115

    def log(self, message: str) -> None:
        self.file.write(f"{time.strftime('[%H:%M:%S]')} {message}\n")
        self.file.flush()

    def close(self) -> None:
        self.file.close()


class LogBot(IRCClient):
    nickname = "logbot"
    factory: "LogBotFactory"

    def connection_made(self) -> None:
        super().connection_made()
        self.logger = MessageLogger(self.factory.path)
        self.logger.log(f"[connected at {time.asctime()}]")

    def connection_lost(self, reason: Exception) -> None:
        super().connection_lost(reason)
        self.logger.log(f"[disconnected at {time.asctime()}]")
        self.logger.close()

    def signed_on(self) -> None:
        self.join(self.factory.channel)

    def joined(self, channel: str) -> None:
        self.logger.log(f"[joined {channel}]")

    def privmsg(self, user: str, channel: str, message: str) -> None:
        nick = user.partition("!")[0]
        self.logger.log(f"<{nick}> {message}")
        if channel == self.nickname:
            self.msg(nick, "Please talk to the whole channel: this is only a log bot.")
        elif message.startswith(f"{self.nickname}:"):
            answer = f"{nick}: this is a log bot"
            self.msg(channel, answer)
            self.logger.log(f"<{self.nickname}> {answer}")

    def action(self, user: str, channel: str, data: str) -> None:
        self.logger.log(f"* {user.partition('!')[0]} {data}")

    def user_renamed(self, oldname: str, newname: str) -> None:
        self.logger.log(f"{oldname} is now {newname}")


class LogBotFactory(ClientFactory):
    protocol = LogBot

    def __init__(self, stop: Callable[[], object], channel: str, path: str) -> None:
        self.stop, self.channel, self.path = stop, channel, path

    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        connector.connect()

    def client_connection_failed(self, connector: Connector, reason: Exception) -> None:
        print("connection failed:", reason)
        self.stop()


if __name__ == "__main__":
    reactor = Reactor()
    reactor.connect_tcp("127.0.0.1", 6667, LogBotFactory(reactor.stop, *sys.argv[1:3]))
    reactor.run()
