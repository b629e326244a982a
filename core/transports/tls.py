"""The three ways to a TLS connection: a port, a connector, and a connection that changes to TLS.

Factories wrap the program's factory, so ports and connectors are the same as without TLS. A server builds its
protocol when it accepts, so that a limit counts the connections in their handshake. A client builds it when
the handshake is complete: until then the attempt can fail.
"""

import ssl

from core.errors import ConnectionDone, UserError
from core.interfaces import AbstractConnector, Address, ReactorCore, TLSContext
from core.mistakes.table import Mistake, name_of
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.transports.attach import Connection, attach_protocol, build_protocol, connect_protocol
from core.transports.certificates import client_context
from core.transports.tls_layer import TLSLayer


class ServerLayer(TLSLayer):
    """Builds the protocol before the handshake. It begins after it."""

    def __init__(self, reactor: ReactorCore, context: ssl.SSLContext, factory: Factory) -> None:
        super().__init__(reactor, context, None)
        self._factory = factory

    def prepare(self) -> None:
        build_protocol(self, self._factory)

    def begin(self) -> None:
        connect_protocol(self)


class ClientLayer(TLSLayer):
    """Builds the protocol after the handshake."""

    def __init__(
        self, reactor: ReactorCore, context: ssl.SSLContext, server_hostname: str, factory: Factory
    ) -> None:
        super().__init__(reactor, context, server_hostname)
        self._factory = factory

    def begin(self) -> None:
        attach_protocol(self, self._factory)


class UpgradedLayer(TLSLayer):
    """Puts itself between a transport and the protocol that uses it."""

    has_begun = True

    def prepare(self) -> None:
        """Take over the protocol, its session, its counters and the call at its end."""
        below = self.transport
        assert isinstance(below, Connection)
        self.protocol, below.protocol = below.protocol, self
        self.when_lost, below.when_lost = below.when_lost, None
        self.bytes_in, self.bytes_out = below.bytes_in, below.bytes_out
        self.tap, below.tap = below.tap, None
        self.protocol.transport = self
        if self.protocol.session is not None:
            self.protocol.session.traffic = self
        self.protocol.discard_input()
        below.resume_producing()

    def begin(self) -> None:
        self.protocol.discard_input()


def start_tls(below: Connection, context: TLSContext, server_hostname: str | None) -> None:
    """The implementation of `Transport.start_tls` for the connection `below`."""
    if below.layer is not None:
        raise RuntimeError("this connection uses TLS already")
    end, name = "server", None
    if server_hostname is not None:
        end, name = "client", verified_name(server_hostname)
    layer = UpgradedLayer(below.reactor, check_context("start_tls", context, end), name)
    if not below.disconnecting:
        layer.make_connection(below)


class TLSFactory(Factory):
    """Wraps the factory of a server: its protocols get a TLS transport."""

    def __init__(self, reactor: ReactorCore, factory: Factory, context: TLSContext) -> None:
        self.__wrapped__ = factory  # a warning names its methods, not ours
        self._reactor = reactor
        self._context = check_context("listen_tls", context, "server")

    def build_protocol(self, address: Address) -> Protocol:
        return ServerLayer(self._reactor, self._context, self.__wrapped__)

    def start_factory(self) -> None:
        self.__wrapped__.do_start()

    def stop_factory(self) -> None:
        self.__wrapped__.do_stop()


class TLSClientFactory(ClientFactory):
    """Wraps the factory of one connector. A handshake that fails is a connection that has failed.

    Without a `context` the system's authorities are trusted.
    """

    _layer: ClientLayer

    def __init__(
        self, reactor: ReactorCore, factory: ClientFactory, context: TLSContext | None, host: str
    ) -> None:
        self.__wrapped__ = factory
        self._reactor = reactor
        self._context = (
            client_context() if context is None else check_context("connect_tls", context, "client")
        )
        self._name = verified_name(host)

    def build_protocol(self, address: Address) -> Protocol:
        self._layer = ClientLayer(self._reactor, self._context, self._name, self.__wrapped__)
        return self._layer

    def start_factory(self) -> None:
        self.__wrapped__.do_start()

    def stop_factory(self) -> None:
        self.__wrapped__.do_stop()

    def started_connecting(self, connector: AbstractConnector) -> None:
        self.__wrapped__.started_connecting(connector)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.__wrapped__.client_connection_failed(connector, reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        reason = self._layer.reason or reason
        if self._layer.has_begun:
            self.__wrapped__.client_connection_lost(connector, reason)
        else:  # ConnectionDone: the program has called `disconnect()` during the handshake
            cancelled = isinstance(reason, ConnectionDone)
            self.__wrapped__.client_connection_failed(connector, UserError() if cancelled else reason)


def check_context(name: str, context: TLSContext, end: str) -> ssl.SSLContext:
    """`context`, the argument of the function `name`. TypeError if it is no context of this end."""
    makers = {"server": 'server_context("server.pem", "server.key")', "client": 'client_context("ca.pem")'}
    protocols = {ssl.PROTOCOL_TLS_SERVER: "server", ssl.PROTOCOL_TLS_CLIENT: "client"}
    if isinstance(context, ssl.SSLContext):
        made_for = protocols.get(context.protocol, end)
        if made_for == end:
            return context
        got = f"the SSLContext of a {made_for}"
    else:
        got = name_of(context)
    raise TypeError(Mistake.NO_TLS_CONTEXT.sentence(name=name, end=end, got=got, maker=makers[end]))


def verified_name(host: str) -> str:
    """The name for a certificate: `host` without the zone of an IPv6 address or the dot of the DNS root."""
    return host.partition("%")[0].removesuffix(".")
