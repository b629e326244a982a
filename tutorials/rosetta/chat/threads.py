"""Chat: a name first, then lines to all others. With a thread for each connection."""

import contextlib
import socketserver
import sys
import threading

members: dict[str, "Member"] = {}
lock = threading.Lock()


class Member(socketserver.StreamRequestHandler):
    name = ""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            for line in self.rfile:
                with lock:
                    self.line_received(line.decode("utf-8", "replace").rstrip("\r\n"))

    def line_received(self, text: str) -> None:
        if self.name:
            tell(f"<{self.name}> {text}", self)
        elif text in members:
            self.send_line(f"{text} is taken")
        else:
            self.name = text
            members[text] = self
            self.send_line(f"welcome {text}")

    def send_line(self, text: str) -> None:
        with contextlib.suppress(ConnectionError):
            self.wfile.write(text.encode() + b"\r\n")

    def finish(self) -> None:
        with lock:
            if members.pop(self.name, None):
                tell(f"{self.name} has left", self)
        super().finish()


def tell(text: str, sender: Member) -> None:
    for member in members.values():
        if member is not sender:
            member.send_line(text)


with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Member) as server:
    print("listening on", server.server_address[1], flush=True)
    server.serve_forever()
