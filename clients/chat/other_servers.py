"""The connector to the next of several servers of one chat."""

from core.endpoints import StreamEndpoint
from core.interfaces import AbstractConnector
from core.protocols.protocol import ClientFactory
from core.reactor import Reactor
from core.weather import WeatherEndpoint


class EndpointConnector(AbstractConnector):
    """Connects `factory` to `endpoint` when it is told to. Each attempt has a connector of its own."""

    def __init__(
        self, endpoint: StreamEndpoint | WeatherEndpoint, reactor: Reactor, factory: ClientFactory
    ) -> None:
        self.reactor: Reactor = reactor
        self._endpoint = endpoint
        self._factory = factory
        self._made: AbstractConnector | None = None

    def connect(self) -> None:
        self._made = self._endpoint.connect(self.reactor, self._factory)

    def disconnect(self) -> None:
        if self._made is not None:
            self._made.disconnect()

    def stop_connecting(self) -> None:
        if self._made is not None:
            self._made.stop_connecting()
