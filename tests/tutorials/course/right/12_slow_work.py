"""Lesson 12 with a pool of threads and call_from_thread, instead of defer_to_thread and await."""

import sys
from concurrent.futures import ThreadPoolExecutor

from slow import look_up  # type: ignore[import-not-found]  # the lesson gives it

from core import Factory, LineReceiver, Reactor

reactor = Reactor()
pool = ThreadPoolExecutor(8)


def work(visitor: LineReceiver, word: str) -> None:
    """Look up a word, in a thread of the pool, and have the reactor's thread send the answer."""
    try:
        result = look_up(word)
    except KeyError:
        result = "unknown"
    reactor.call_from_thread(visitor.send_line, f"{word}: {result}".encode())


class LookUp(LineReceiver):
    """Answers PING at once, and has everything else looked up."""

    def line_received(self, line: bytes) -> None:
        if line == b"PING":
            self.send_line(b"PONG")
        else:
            pool.submit(work, self, line.decode())


reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
pool.shutdown(wait=False, cancel_futures=True)
