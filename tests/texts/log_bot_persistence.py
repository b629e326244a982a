"""Texts 1 and 3: the log bot keeps data in its factory, because a protocol ends with its connection."""

from core import ClientFactory
from core.protocols.irc import IRCClient
from tests.texts.log_bot import MessageLogger


class LogBot(IRCClient):
    factory: "LogBotFactory"

    def connection_made(self) -> None:
        super().connection_made()
        self.logger = MessageLogger(self.factory.path)
        self.logger.log("[connected]")

    def signed_on(self) -> None:
        self.join(self.factory.channel)


class LogBotFactory(ClientFactory):
    protocol = LogBot

    def __init__(self, channel: str, path: str) -> None:
        self.channel, self.path = channel, path
