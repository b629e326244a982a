"""Twisted's IRCClient in two connections: ann and bob meet in a channel, and each prints what it hears."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import ClientFactory
from twisted.words.protocols.irc import IRCClient

PORT = int(sys.argv[1])


class Member(IRCClient):
    lineRate = None
    realname = "a client of Twisted"

    def heard(self, *words: object) -> None:
        print(self.nickname, *words)

    def signedOn(self) -> None:
        self.heard("signedOn")
        self.join("class")

    def joined(self, channel: str) -> None:
        self.heard("joined", channel)
        if self.nickname == "bob":
            self.msg(channel, "caf\u00e9?")

    def userJoined(self, user: str, channel: str) -> None:
        self.heard("userJoined", user, channel)

    def privmsg(self, user: str, channel: str, message: str) -> None:
        self.heard("privmsg", user, channel, message)
        if self.nickname == "ann":
            self.describe(channel, "nods")
            self.topic(channel, "tea")
            self.mode(channel, True, "v", user="bob")
            self.whois("bob")
            self.notice("bob", "psst")

    def action(self, user: str, channel: str, data: str) -> None:
        self.heard("action", user, channel, data)

    def topicUpdated(self, user: str, channel: str, topic: str) -> None:
        self.heard("topicUpdated", user, channel, topic)

    def modeChanged(self, user: str, channel: str, on: bool, modes: str, names: tuple[str, ...]) -> None:
        self.heard("modeChanged", channel, on, modes, *names)

    def irc_RPL_WHOISUSER(self, prefix: str, params: list[str]) -> None:
        self.heard("RPL_WHOISUSER", *params[1:])

    def noticed(self, user: str, channel: str, message: str) -> None:
        self.heard("noticed", user, channel, message)
        if self.nickname == "bob":
            self.setNick("ann")

    def alterCollidedNick(self, nickname: str) -> str:
        self.heard("alterCollidedNick", nickname)
        return "bobby"

    def nickChanged(self, nick: str) -> None:
        super().nickChanged(nick)
        self.heard("nickChanged")
        self.leave("class", "bye")

    def left(self, channel: str) -> None:
        self.heard("left", channel)
        self.quit("home")

    def userRenamed(self, old: str, new: str) -> None:
        self.heard("userRenamed", old, new)

    def userLeft(self, user: str, channel: str) -> None:
        self.heard("userLeft", user, channel)
        reactor.callLater(0, self.quit, "home")

    def receivedMOTD(self, motd: list[str]) -> None:
        self.heard("receivedMOTD", *motd)

    def irc_unknown(self, prefix: str, command: str, params: list[str]) -> None:
        if command == "RPL_ENDOFNAMES" and self.nickname == "ann":
            connect("bob")  # when ann is in the channel


class Members(ClientFactory):
    protocol = Member
    open = 0

    def buildProtocol(self, address: object) -> object:
        member = super().buildProtocol(address)
        member.nickname = self.nickname
        Members.open += 1
        return member

    def clientConnectionLost(self, connector: object, reason: object) -> None:
        Members.open -= 1
        if not Members.open:
            reactor.stop()


def connect(nickname: str) -> None:
    factory = Members()
    factory.nickname = nickname
    reactor.connectTCP("127.0.0.1", PORT, factory)


connect("ann")
reactor.run()
