import sys

from core import CannotListenError, Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
FILE = sys.argv[2] if len(sys.argv) > 2 else "lines.txt"


class Recorder(LineReceiver):
    def line_received(self, line: bytes) -> None:
        file.write(line + b"\n")
        file.flush()


reactor = Reactor()
try:
    reactor.listen_tcp(PORT, Factory.for_protocol(Recorder))
except CannotListenError as error:
    sys.exit(error.strerror)
with open(FILE, "ab") as file:
    reactor.run(install_signal_handlers=False)
