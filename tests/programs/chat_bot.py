"""A chat bot: greets each newcomer, answers a line that begins with its name: `chat_bot.py PORT`."""

import re
import sys

from core import LineReceiver, Reactor, ReconnectingClientFactory

JOINED = re.compile(r"(\S+) has joined the channel\.")
SAID = re.compile(r"\(.*?\)<(\S+)> bot[:,] *(.*)")


class Bot(LineReceiver):
    def line_received(self, line: bytes) -> None:
        text = line.decode()
        if text == "Choose a username:":
            self.say("bot")
        elif found := JOINED.fullmatch(text):
            self.say(f"Hello, {found[1]}!")
        elif found := SAID.fullmatch(text):
            self.say(f"{found[1]}: {found[2][::-1]}")

    def say(self, text: str) -> None:
        self.send_line(text.encode())


class BotFactory(ReconnectingClientFactory):
    protocol = Bot
    initial_delay = 0.1


if __name__ == "__main__":
    reactor = Reactor()
    reactor.connect_tcp("127.0.0.1", int(sys.argv[1]), BotFactory())
    reactor.run()
