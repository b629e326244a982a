"""Lesson 12: a word with a digit is known to be unknown, and is answered at once."""

import sys

from slow import look_up  # type: ignore[import-not-found]  # the lesson gives it

from core import Factory, LineReceiver, Reactor, defer_to_thread

reactor = Reactor()


class LookUp(LineReceiver):
    """Answers PING and words with a digit at once, and looks up the others in a thread."""

    def line_received(self, line: bytes) -> None:
        word = line.decode()
        if word == "PING":
            self.send_line(b"PONG")
        elif any(character.isdigit() for character in word):
            self.answer("unknown", word)
        else:
            defer_to_thread(reactor, look_up, word).add_callback(self.answer, word)

    def answer(self, result: str, word: str) -> None:
        """Send the result for the word."""
        self.send_line(f"{word}: {result}".encode())


reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
