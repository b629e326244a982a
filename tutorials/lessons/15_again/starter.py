"""Lesson 15: asks a server for a value, and tries again if that fails."""

import sys

from core import ClientCreator, ConnectionClosed, Deferred, LineReceiver, Reactor, defer_later, react

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
TRIES, FIRST_DELAY = 5, 0.05


class Question(LineReceiver):
    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred()

    def connection_made(self) -> None:
        self.send_line(b"GET")

    def line_received(self, line: bytes) -> None:
        if not self.answer.called:
            self.answer.callback(line)
            self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        if not self.answer.called:
            self.answer.errback(reason)


async def ask(reactor: Reactor) -> str:
    question = await ClientCreator(reactor, Question).connect_tcp("127.0.0.1", PORT)
    line = await question.answer
    return line.decode().removeprefix("VALUE ")


async def main(reactor: Reactor) -> None:
    # TODO: TRIES tries. Between two of them wait 0.05 s, then twice that, and so on, each ±50 %.
    try:
        print(await ask(reactor))
    except ConnectionClosed as error:
        raise SystemExit(f"no value: {error}")


react(main)
