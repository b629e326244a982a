"""Lesson 2: tells how many characters and how many bytes a line has."""

import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Counter(LineReceiver):
    def line_received(self, line: bytes) -> None:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            answer = f"not text, {len(line)} bytes"
        else:
            answer = f"{len(text)} characters, {len(line)} bytes"
        self.send_line(answer.encode())


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Counter))
reactor.run()
