"""Sends the answer to the visitor that has asked last."""

from looker import LookUp, run


class Last(LookUp):
    last = None

    def line_received(self, line):
        if line != b"PING":
            Last.last = self
        super().line_received(line)

    def answer(self, result, word):
        Last.last.send_line(f"{word}: {result}".encode())


run(Last)
