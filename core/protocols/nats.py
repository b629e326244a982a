"""NatsClient: publishes, subscribes and requests on a NATS server, and reconnects when it is lost.

    client = NatsClient(reactor, parse_servers("nats://127.0.0.1:4222"))
    client.subscribe("room.*", lambda message: print(message.subject, message.payload))
    client.connect().add_callback(lambda _: client.publish("room.class", b"hello"))

A connection begins with the server's INFO. The client changes to TLS if one side wants it, and sends CONNECT
and PING; with the PONG the server has accepted it (the page "Client Protocol" on docs.nats.io). NATS delivers
a message at most once, and stores none. `core.protocols.jetstream` is a client of the part that stores them.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from itertools import count
from random import uniform
from secrets import token_hex
from typing import TypeVar

from core.deferred import Deferred, fail
from core.errors import in_words
from core.formats.nats import (
    BadOperation,
    Connect,
    Err,
    Headers,
    Info,
    Message,
    NatsServer,
    Operation,
    PayloadHead,
    Signal,
    Subscribe,
    Unsubscribe,
    parse,
)
from core.formats.text import visible
from core.interfaces import AbstractConnector, Address, TLSContext
from core.mistakes.hints import log_failure
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ClientFactory, Protocol, ReactorTCP
from core.timers import DelayedCall, cancel_if_active

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_UNANSWERED = 2
"""After so many PINGs in a row without an operation of the server, the connection counts as dead."""

ABOUT_US = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1}


class NatsError(Exception):
    """The base of the errors of NATS."""


class NotConnectedError(NatsError):
    """There is no connection, or it was lost before the answer came."""


class NoServersError(NatsError):
    """No server has accepted the client. The text has the reason of each."""


class NoRespondersError(NatsError):
    """No subscription takes this request."""


class ServerError(NatsError):
    """The text of the server's -ERR, such as `Authorization Violation`."""


class NatsProtocol(LineReceiver):
    """One connection, at either end: answers PING, and calls `on_operation` with each other operation."""

    MAX_LENGTH = 1 << 16  # the INFO of a large cluster is long
    _head: PayloadHead
    _body = b""

    def __init__(self, on_operation: Callable[[Operation], object]) -> None:
        self._on_operation = on_operation

    def send(self, operation: Operation) -> None:
        """Write an operation. Raises BadOperation if its values cannot be one."""
        self.transport.write(operation.encode())

    def line_received(self, line: bytes) -> None:
        """Parse a line. The bytes after one that announces a payload are read in raw mode."""
        operation = self._parse_or_abort(parse, line)
        if isinstance(operation, PayloadHead):
            self._head = operation
            self.set_raw_mode()
        elif operation is Signal.PING:
            self.send(Signal.PONG)
        elif operation is not None:
            self._on_operation(operation)

    def raw_data_received(self, data: bytes) -> None:
        """Collect the payload and its CRLF. The bytes after it are lines again."""
        self._body += data
        end = self._head.size + 2
        if len(self._body) >= end:
            body, self._body = self._body, b""
            self.set_line_mode(body[end:])
            message = self._parse_or_abort(self._head.complete, body[:end])
            if message is not None:
                self._on_operation(message)

    def _parse_or_abort(self, parser: Callable[[bytes], T], data: bytes) -> T | None:
        try:
            return parser(data)
        except ValueError as error:
            log.warning("%s does not speak NATS: %s", self.transport.peer, visible(str(error)))
            self.transport.abort_connection()
            return None


class NatsState(Enum):
    """The state of a NatsClient.

    IDLE → CONNECTING        connect
    CONNECTING → CONNECTED   the server has answered CONNECT and PING
    CONNECTING → WAITING     the attempt has failed
    CONNECTED → WAITING      the connection is lost
    WAITING → CONNECTING     after a delay, to the next server
    any → CLOSED             close; or each server has failed once, and none has accepted the client before
    """

    IDLE = "idle"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    CLOSED = "closed"


class NatsClient(ClientFactory):
    """A client of one of `servers` at a time. `tls_context` is for servers that want TLS.

    The functions in `on_state` are called with each new state; with CONNECTED after all SUBs are sent.
    """

    connect_timeout = 2.0
    """The seconds that an attempt may take, up to the server's PONG."""

    initial_delay, max_delay = 0.1, 5.0
    """Seconds to wait when all servers have failed: at first, and at most. A next one is tried at once."""

    ping_interval = 2.0
    """The seconds between two PINGs."""

    def __init__(
        self, reactor: ReactorTCP, servers: Sequence[NatsServer], tls_context: TLSContext | None = None
    ) -> None:
        self.reactor = reactor
        self.state = NatsState.IDLE
        self.on_state: list[Callable[[NatsState], object]] = []
        self.info = Info({})
        self._servers = deque(servers)  # the first one is that of this connection, or of the next attempt
        self._tls_context = tls_context
        self._connector: AbstractConnector | None = None  # while there is an attempt or a connection
        self._connection: NatsProtocol | None = None
        self._timer: DelayedCall | None = None  # the end of an attempt, the next PING, or the next attempt
        self._failures: list[str] = []  # in a row
        self._reason: Exception | None = None  # of the end of this connection, if it is known before
        self._started: Deferred[None] | None = None  # until the first success
        self._unanswered = 0  # PINGs since the last operation
        self._numbers = map(str, count(1))
        self._subscriptions: dict[str, tuple[Subscribe, Callable[[Message], object]]] = {}
        self._requests: dict[str, Deferred[Message]] = {}
        self._inbox = new_inbox()
        self.subscribe(f"{self._inbox}.*", self._on_answer)

    @property
    def server(self) -> NatsServer:
        """The server of this connection, or of the next attempt."""
        return self._servers[0]

    def connect(self) -> Deferred[None]:
        """Connect, and from then on reconnect. Fails with NoServersError if each server has failed once."""
        if self.state is not NatsState.IDLE:
            raise RuntimeError(f"connect() of a NatsClient that is {self.state.value}")
        started = self._started = Deferred[None](lambda _: self.close())
        self._attempt()
        return started

    def close(self) -> None:
        """Send what is pending, and close. Requests that wait fail. A second call does nothing."""
        if self.state is not NatsState.CLOSED:
            self._end(NotConnectedError("the client was closed"))

    def publish(self, subject: str, payload: bytes = b"", reply: str = "", headers: Headers = ()) -> None:
        """Send a message. Raises NotConnectedError; BadOperation if it cannot be one, or is too large."""
        if len(payload) > self.info.max_payload:
            raise BadOperation(f"{len(payload)} bytes; the server accepts {self.info.max_payload}")
        if not self._send(Message(subject, payload, reply, headers)):
            raise NotConnectedError(f"no connection with a NATS server: the client is {self.state.value}")

    def subscribe(self, subject: str, on_message: Callable[[Message], object], queue: str = "") -> str:
        """Call `on_message` with each message on `subject`. Returns the ID for `unsubscribe`.

        An exception in `on_message` is logged. Raises BadOperation.
        """
        operation = Subscribe(subject, next(self._numbers), queue)
        self._send(operation)
        self._subscriptions[operation.sid] = operation, on_message
        return operation.sid

    def unsubscribe(self, sid: str) -> None:
        """End a subscription. A second call does nothing."""
        if self._subscriptions.pop(sid, None) is not None:
            self._send(Unsubscribe(sid))

    def request(
        self, subject: str, payload: bytes = b"", headers: Headers = (), timeout: float = 2.0
    ) -> Deferred[Message]:
        """Publish a message, and wait for one answer. Raises BadOperation.

        Fails with TimeoutError, NoRespondersError, or NotConnectedError (at once, or while it waits).
        """
        token = next(self._numbers)
        try:
            self.publish(subject, payload, f"{self._inbox}.{token}", headers)
        except NotConnectedError as error:
            return fail(error)
        answer = self._requests[token] = Deferred[Message](lambda _: self._requests.pop(token, None))
        return answer.add_timeout(timeout, self.reactor)

    def _send(self, operation: Operation) -> bool:
        """Write an operation if the server has accepted the client. Returns whether it has."""
        data = operation.encode()
        if self.state is not NatsState.CONNECTED or self._connection is None:
            return False
        self._connection.transport.write(data)
        return True

    # --- attempts

    def _attempt(self) -> None:
        self.info, self._reason = Info({}), None
        late = TimeoutError(f"no answer within {self.connect_timeout:g} seconds")
        self._timer = self.reactor.call_later(self.connect_timeout, self._abort, late)
        self._connector = self.reactor.connect_tcp(self.server.host, self.server.port, self)
        self._set_state(NatsState.CONNECTING)

    def build_protocol(self, address: Address) -> Protocol | None:
        self._connection = NatsProtocol(self._on_operation)
        return self._connection

    def _abort(self, reason: Exception) -> None:
        """End the attempt or the connection now. If the server gave a reason before, that one counts."""
        self._reason = self._reason or reason
        if self._connection is not None:
            self._connection.transport.abort_connection()
        elif self._connector is not None:
            self._connector.disconnect()

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.client_connection_lost(connector, reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """Go on to the next server, and fail the requests that wait for this connection."""
        lost = NotConnectedError(f"{self.server}: {visible(in_words(self._reason or reason))}")
        waiting, self._requests = self._requests, {}
        self._connector = self._connection = None
        cancel_if_active(self._timer)
        if connector.reactor.stopping:
            self.close()
        elif self.state is not NatsState.CLOSED:
            self._try_next_server(str(lost))
        for answer in waiting.values():
            answer.errback(lost)

    def _try_next_server(self, failure: str) -> None:
        """Try the next server, soon. Give up if this was the last one and none has accepted the client."""
        self._failures.append(failure)
        self._servers.rotate(-1)
        rounds = len(self._failures) // len(self._servers)
        if rounds and self._started is not None:
            self._end(NoServersError(f"no NATS server accepts this client: {'; '.join(self._failures)}"))
            return
        longest = min(self.initial_delay * 2.0 ** min(rounds - 1, 30), self.max_delay) if rounds else 0.0
        delay = uniform(0.5, 1.0) * longest  # so that clients that lose a server do not come back in step
        log_it = log.warning if self.state is NatsState.CONNECTED else log.info
        log_it("%s; trying %s in %.1f s", failure, self.server, delay)
        self._timer = self.reactor.call_later(delay, self._attempt)
        self._set_state(NatsState.WAITING)

    def _end(self, reason: Exception) -> None:
        cancel_if_active(self._timer)
        if self._connector is not None:
            self._connector.disconnect()
        started, self._started = self._started, None
        self._set_state(NatsState.CLOSED)
        if started is not None:
            started.errback(reason)

    def _set_state(self, state: NatsState) -> None:
        self.state = state
        for f in [*self.on_state]:
            _call(f, state)

    # --- what the server sends

    def _on_operation(self, operation: Operation) -> None:
        self._unanswered, self._reason = 0, None  # a server that goes on has not ended the connection
        if isinstance(operation, Message):
            if operation.sid in self._subscriptions:
                _call(self._subscriptions[operation.sid][1], operation)
        elif isinstance(operation, Info):
            is_first, self.info = not self.info.options, operation
            if is_first and self._connection is not None:
                self._log_in(self._connection)
        elif isinstance(operation, Err):
            log.warning("%s: %s", self.server, visible(operation.text))
            self._reason = ServerError(operation.text)
        elif operation is Signal.PONG and self.state is NatsState.CONNECTING:
            self._on_accepted()

    def _log_in(self, connection: NatsProtocol) -> None:
        """Answer the server's INFO: change to TLS if one side wants it, and send CONNECT and PING."""
        server, context = self.server, self._tls_context
        required = self.info.options.get("tls_required") is True
        use_tls = server.tls or required
        if use_tls and not (required or self.info.options.get("tls_available") is True):
            self._abort(NatsError("the server has no TLS"))
            return
        if use_tls and context is None:
            self._abort(NatsError("the connection must use TLS, and there is no tls_context"))
            return
        if use_tls and context is not None:
            connection.transport.start_tls(context, server.host)
        proof = {"user": server.user, "pass": server.password, "auth_token": server.token}
        given = {key: value for key, value in proof.items() if value}
        connection.send(Connect({**ABOUT_US, **given, "tls_required": use_tls}))
        connection.send(Signal.PING)

    def _on_accepted(self) -> None:
        cancel_if_active(self._timer)
        self._failures.clear()
        self.state = NatsState.CONNECTED
        for operation, _ in self._subscriptions.values():
            self._send(operation)
        self._ping_or_abort()
        started, self._started = self._started, None
        self._set_state(NatsState.CONNECTED)
        if started is not None:
            started.callback(None)

    def _on_answer(self, message: Message) -> None:
        answer = self._requests.pop(message.subject.rpartition(".")[2], None)
        if answer is not None:
            answer.callback(NoRespondersError() if message.status == 503 else message)

    def _ping_or_abort(self) -> None:
        self._timer = self.reactor.call_later(self.ping_interval, self._ping_or_abort)
        self._unanswered += 1
        if self._unanswered > MAX_UNANSWERED:
            self._abort(TimeoutError("the server does not answer"))
        else:
            self._send(Signal.PING)


def _call(f: Callable[[T], object], argument: T) -> None:
    try:
        f(argument)
    except Exception as error:
        log_failure(log, error, "a function that a NatsClient calls has failed")


def new_inbox() -> str:
    """A subject that is used nowhere else."""
    return f"_INBOX.{token_hex(11)}"
