"""Texts 1 and 3, a ReconnectingClientFactory whose methods print, and then call the base class."""

from core import Address, Connector, Protocol, ReconnectingClientFactory
from tests.texts.printing_client import Printer


class PatientFactory(ReconnectingClientFactory):
    protocol = Printer

    def started_connecting(self, connector: Connector) -> None:
        print("Connecting.")

    def build_protocol(self, address: Address) -> Protocol | None:
        print(f"Connected to {address}: the next delay is the shortest again.")
        return super().build_protocol(address)

    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        print(f"Lost the connection: {reason}")
        super().client_connection_lost(connector, reason)

    def client_connection_failed(self, connector: Connector, reason: Exception) -> None:
        print(f"Could not connect: {reason}")
        super().client_connection_failed(connector, reason)
