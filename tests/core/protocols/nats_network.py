"""NATS servers in memory: a test sees what a NatsClient sends, answers it, and breaks the connections."""

from collections.abc import Callable

from core.formats.nats import Connect, Info, Message, Operation, Signal, Subscribe
from core.interfaces import AbstractConnector
from core.protocols.nats import NatsProtocol
from core.protocols.protocol import ClientFactory, ReactorTCP
from core.testing import CLIENT, SERVER, Clock, ConnectedPair


class ServerEnd(NatsProtocol):
    """Answers nothing by itself, not even a PING."""

    def send(self, operation: Operation) -> None: ...


class Attempt(AbstractConnector):
    """An attempt of a client to connect. The test decides what becomes of it."""

    def __init__(self, network: "Network", host: str, port: int, factory: ClientFactory) -> None:
        self.network = network
        self.reactor = network  # type: ignore[assignment]  # a clock, and `stopping`
        self.destination = SERVER
        self.where = f"{host}:{port}"
        self.factory = factory
        self.received: list[Operation] = []
        self.pair: ConnectedPair | None = None
        self.disconnected = False

    def refuse(self) -> None:
        """Let the attempt fail."""
        self.factory.client_connection_failed(self, ConnectionRefusedError(111, "Connection refused"))

    def accept(self, **info: object) -> None:
        """The server accepts the connection, and sends INFO."""
        client = self.factory.build_protocol(CLIENT)
        assert client is not None
        self.server = ServerEnd(self._receive)
        self.pair = ConnectedPair(self.server, client)
        self.send(Info({"version": "2.9.10", **info}))

    def log_in(self, **info: object) -> None:
        """As `accept`, and the server accepts the client."""
        self.accept(**info)
        self.send(Signal.PONG)

    def send(self, *operations: Operation, piece: int = 65536) -> None:
        """Send operations to the client, at most `piece` bytes at a time, and get what it sends."""
        self.write(*operations)
        self.pump(piece)

    def write(self, *operations: Operation) -> None:
        """As `send`, for a handler of an operation: the bytes move when it has returned."""
        for operation in operations:
            self.server.transport.write(operation.encode())

    def pump(self, piece: int = 65536) -> None:
        """Move the bytes. If that ends the connection, the client's factory is notified."""
        assert self.pair is not None
        self.pair.pump(piece)
        if self.pair.to_server.disconnecting:
            self.lose()

    def lose(self) -> None:
        """Lose the connection with the client."""
        self.pair = None
        self.factory.client_connection_lost(self, ConnectionResetError(104, "Connection reset by peer"))

    def subscriptions(self, subject: str) -> list[str]:
        """The IDs of the SUBs for a subject on this connection."""
        return [op.sid for op in self.received if isinstance(op, Subscribe) and op.subject == subject]

    def messages(self) -> list[Message]:
        """The messages that the client has published on this connection."""
        return [operation for operation in self.received if isinstance(operation, Message)]

    def login(self) -> dict[str, object]:
        """The options of its CONNECT."""
        return next(dict(op.options) for op in self.received if isinstance(op, Connect))

    def answer(self, request: Message, payload: bytes = b"", status: int = 0) -> None:
        """Answer a request of the client."""
        self.write(self.answer_to(request, payload, status))
        self.pump()

    def answer_to(self, request: Message, payload: bytes = b"", status: int = 0) -> Message:
        """The answer to a request of the client."""
        inbox = f"{request.reply.rpartition('.')[0]}.*"
        return Message(request.reply, payload, status=status, sid=self.subscriptions(inbox)[0])

    def connect(self) -> None: ...

    def disconnect(self) -> None:
        self.disconnected = True
        if self.pair is not None:
            self.pair.client.transport.lose_connection()

    def stop_connecting(self) -> None: ...

    def _receive(self, operation: Operation) -> None:
        self.received.append(operation)
        self.network.on_operation(self, operation)


class Network(Clock, ReactorTCP):
    """A clock, and the attempts of a client to connect."""

    stopping = False

    def __init__(self) -> None:
        super().__init__()
        self.attempts: list[Attempt] = []
        self.on_operation: Callable[[Attempt, Operation], object] = lambda attempt, operation: None

    def connect_tcp(
        self, host: str, port: int, factory: ClientFactory, timeout: float = 30
    ) -> AbstractConnector:
        self.attempts.append(Attempt(self, host, port, factory))
        return self.attempts[-1]

    @property
    def last(self) -> Attempt:
        """The attempt that began last."""
        return self.attempts[-1]
