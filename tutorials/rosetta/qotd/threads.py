"""Quote of the day: a line, and the end. With a thread for each connection."""

import socketserver
import sys

from tutorials.rosetta.words import QUOTE


class Quote(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.sendall(QUOTE)


socketserver.TCPServer.request_queue_size = 100  # of 5, the usual size, some connections are lost
with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Quote) as server:
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
