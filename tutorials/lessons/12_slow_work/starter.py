"""Lesson 12: looks up words, which takes a while, and answers all others meanwhile."""

import sys

from slow import look_up

from core import Deferred, Factory, LineReceiver, Reactor, defer_to_thread

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class LookUp(LineReceiver):
    def line_received(self, line: bytes) -> None:
        if line == b"PING":
            self.send_line(b"PONG")
        else:
            Deferred.from_coroutine(self.answer(line.decode()))

    async def answer(self, word: str) -> None:
        # TODO: send `word: drow`, or `word: unknown` if look_up raises KeyError. look_up(word) takes 0.3 s.
        self.send_line(f"{word}: ?".encode())


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(LookUp))
reactor.run()
