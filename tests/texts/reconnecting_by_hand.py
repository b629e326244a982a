"""Texts 1 and 3, a lost connection made again with `connector.connect()`: at once, and for ever."""

from core import ClientFactory, Connector


class PersistentFactory(ClientFactory):
    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        connector.connect()
