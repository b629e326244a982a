"""Texts 1 and 3, the client whose factory prints the state of the connection."""

from core import Address, ClientFactory, Connector, Protocol, Reactor
from tests.texts.printing_client import Printer


class ReportingFactory(ClientFactory):
    protocol = Printer

    def started_connecting(self, connector: Connector) -> None:
        print("Connecting.")

    def build_protocol(self, address: Address) -> Protocol | None:
        print(f"Connected to {address}.")
        return super().build_protocol(address)

    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        print(f"Lost the connection: {reason}")

    def client_connection_failed(self, connector: Connector, reason: Exception) -> None:
        print(f"Could not connect: {reason}")


def main(reactor: Reactor, host: str, port: int) -> None:
    reactor.connect_tcp(host, port, ReportingFactory())
