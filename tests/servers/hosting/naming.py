"""A server that looks up host names: `python -m tests.servers.hosting.naming`."""

from core.interfaces import ReactorCore, address_of
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from core.transports.connector import resolve
from core.transports.sockets import Target
from servers.hosting.runner import ServerSpec, run


class Naming(LineReceiver):
    """Answers a line with a host name by the addresses of the host, or by the error."""

    factory: "NamingFactory"

    def line_received(self, line: bytes) -> None:
        found = resolve(self.factory.reactor, address_of((line.decode(), 80)))
        found.add_callbacks(self.in_words, str).add_callback(self.answer, line)

    def in_words(self, targets: list[Target]) -> str:
        return " ".join(str(name[0]) for _, name in targets)

    def answer(self, text: str, line: bytes) -> None:
        self.send_line(line + b": " + text.encode())


class NamingFactory(Factory):
    protocol = Naming

    def __init__(self, reactor: ReactorCore) -> None:
        self.reactor = reactor


if __name__ == "__main__":
    run(ServerSpec("naming", 0, stream=lambda options, reactor: NamingFactory(reactor)))
