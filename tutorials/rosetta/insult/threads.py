"""Insults: an answer for each line. With a thread for each connection."""

import contextlib
import socketserver
import sys

from tutorials.rosetta.words import insult


class Insult(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            for line in self.rfile:
                self.wfile.write(insult(line.decode("utf-8", "replace").rstrip("\r\n")).encode() + b"\r\n")


with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Insult) as server:
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
