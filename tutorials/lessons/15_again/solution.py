"""Lesson 15: asks a server for a value, and tries again if that fails."""

import random
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
    delay, reason = FIRST_DELAY, ""
    for number in range(TRIES):
        if number:
            await defer_later(reactor, delay * random.uniform(0.75, 1.25), lambda: None)
            delay *= 2
        try:
            print(await ask(reactor))
            return
        except (OSError, ConnectionClosed) as error:
            reason = f"{type(error).__name__}: {error}"
    raise SystemExit(f"no value after {TRIES} tries: {reason}")


react(main)
