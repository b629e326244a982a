"""Texts 1 and 3, a client that reconnects with `connector.connect()`, at once and without end."""

from core import ClientFactory, Connector


class PersistentFactory(ClientFactory):
    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        connector.connect()
