"""UDP echo: each datagram comes back. With a thread for each datagram."""

import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, socket = self.request
        socket.sendto(data, self.client_address)


with socketserver.ThreadingUDPServer(("127.0.0.1", int(sys.argv[1])), Echo) as server:
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
