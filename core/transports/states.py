"""The states of a stream transport: two half-streams, as TCP has them, and the next flush.

The connection has ended when both half-streams are FINISHED.
"""

from enum import Enum


class Receiving(Enum):
    """The half-stream from the peer.

    READING → PAUSED     pause_producing, unless the connection is closing or sending is BROKEN
    PAUSED → READING     resume_producing; lose_connection, from which on data is dropped;
                         sending becomes BROKEN: earlier data of the peer is delivered, then the end
    any → FINISHED       end of stream, followed by read_connection_lost; end of the connection
    """

    READING = "reading"
    PAUSED = "paused"
    FINISHED = "finished"


class Sending(Enum):
    """The half-stream to the peer.

    OPEN → FINISHING     lose_write_connection;
                         lose_connection (which is also the default read_connection_lost, and stop_producing):
                         at once if the producer is None, a transport or a protocol, of whatever connection;
                         any other producer has data of its own, so when it unregisters
    FINISHING → FINISHED everything is sent, and after it the end of the stream; then write_connection_lost
    OPEN → BROKEN        a send failed, or the kernel reports a reset while this end does not read: writes are
                         dropped; write_connection_lost. If nothing is left to read, the connection ends
    FINISHING → BROKEN   the same
    FINISHED → BROKEN    the same, if the kernel reports it
    any → FINISHED       end of the connection
    """

    OPEN = "open"
    FINISHING = "finishing"
    FINISHED = "finished"
    BROKEN = "broken"


class FlushBy(Enum):
    """Which part of the program calls `flush` next; a write schedules a flush only in NOT_SCHEDULED.

    NOT_SCHEDULED → HANDLER    a handler of this connection runs, and is followed by a flush
    NOT_SCHEDULED → TURN_END   a write, or the end of writing, outside of such a handler
    any → KERNEL               a flush has not sent everything
    any → NOT_SCHEDULED        a flush has sent everything
    """

    NOT_SCHEDULED = "none is scheduled"
    HANDLER = "on_readable or start, when the protocol's handler returns"
    TURN_END = "the reactor, at the end of the turn"
    KERNEL = "the reactor, when the kernel has room"


class Phase(Enum):
    """The state of a TLS layer, beside those of its two halves.

    HANDSHAKE → SECURE   the handshake is complete: the protocol begins, and what it wrote is encrypted
    HANDSHAKE → ENDED    the handshake failed, or the connection has ended
    SECURE → ENDED       the connection has ended, or the peer broke the rules of TLS
    """

    HANDSHAKE = "handshake"
    SECURE = "secure"
    ENDED = "ended"


# The transport compares with these names: in Python 3.11 the attribute of an Enum class costs 90 ns.
READING, PAUSED, RECEIVING_FINISHED = Receiving
OPEN, FINISHING, SENDING_FINISHED, BROKEN = Sending
NOT_SCHEDULED, HANDLER, TURN_END, KERNEL = FlushBy
HANDSHAKE, SECURE, ENDED = Phase
