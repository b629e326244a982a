"""Text 5, every method of a protocol and a factory. `start_factory` stands for the text's doStart."""

import logging

from core import Address, ClientFactory, Connector, Protocol, Reactor, ReconnectingClientFactory

log = logging.getLogger(__name__)


class MyProtocol(Protocol):
    def connection_made(self) -> None:
        log.info("connection made with %s", self.transport.peer)

    def data_received(self, data: bytes) -> None:
        log.info("data received: %r", data)

    def connection_lost(self, reason: Exception) -> None:
        log.info("connection lost: %s", reason)


class MyFactory(ClientFactory):
    protocol = MyProtocol

    def start_factory(self) -> None:
        log.info("factory starts")

    def started_connecting(self, connector: Connector) -> None:
        log.info("started connecting")

    def build_protocol(self, address: Address) -> Protocol | None:
        log.info("build a protocol for %s", address)
        return super().build_protocol(address)

    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        log.info("client connection lost: %s", reason)

    def client_connection_failed(self, connector: Connector, reason: Exception) -> None:
        log.info("client connection failed: %s", reason)

    def stop_factory(self) -> None:
        log.info("factory stops")


class MyReconnectingFactory(ReconnectingClientFactory):
    protocol = MyProtocol


def main(reactor: Reactor, host: str, port: int, factory: ClientFactory) -> None:
    reactor.connect_tcp(host, port, factory)
