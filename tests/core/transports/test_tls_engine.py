"""The engine turns plain bytes into encrypted ones and back, whatever the pieces, and does no I/O."""

from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import TLSError
from core.transports.tls_engine import TLSEngine
from tests.certificates import Certificates

PIECES = st.lists(st.integers(1, 400), min_size=1, max_size=30)
"""The lengths of the pieces in which bytes arrive, again and again."""


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """`data` in pieces of these sizes."""
    start = 0
    while start < len(data):
        for size in sizes:
            yield data[start : start + size]
            start += size


def pair(certificates: Certificates, sizes: list[int]) -> tuple[TLSEngine, TLSEngine]:
    """A server's and a client's engine, after their handshake."""
    ends = TLSEngine(certificates.for_server(), None), TLSEngine(certificates.for_client(), "localhost")
    done: list[bool | TLSError] = [False, False]
    while done != [True, True]:
        for number in (0, 1):
            for piece in filter(None, cut(ends[1 - number].take_output(), sizes)):
                ends[number].receive(piece)
            if done[number] is not True:
                done[number] = ends[number].do_handshake()
            assert not isinstance(done[number], TLSError)
    return ends


@settings(max_examples=25)
@given(st.lists(st.binary(min_size=1, max_size=40_000), max_size=4), PIECES)
@example([bytes(40_000)], [400])  # more than a record
def test_what_is_encrypted_is_decrypted_in_order_and_up_to_the_end(
    certificates: Certificates, written: list[bytes], sizes: list[int]
) -> None:
    server, client = pair(certificates, sizes)
    for data in written:
        client.encrypt(data)
    client.end()
    received: list[bytes] = []
    for piece in filter(None, cut(client.take_output(), sizes)):
        server.receive(piece)
        assert server.decrypt(received) is None
    assert b"".join(received) == b"".join(written)
    assert received[-1] == b""
    assert received.count(b"") == 1


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=3000), st.data())
def test_a_changed_byte_is_noticed_and_what_came_before_it_is_good(
    certificates: Certificates, written: bytes, data: st.DataObject
) -> None:
    server, client = pair(certificates, [65536])
    client.encrypt(b"before")
    server.receive(client.take_output())
    client.encrypt(written)
    record = bytearray(client.take_output())
    place = data.draw(st.integers(5, len(record) - 1))  # behind the head of the record
    record[place] ^= data.draw(st.integers(1, 255))
    server.receive(bytes(record))
    received: list[bytes] = []
    error = server.decrypt(received)
    assert isinstance(error, TLSError)
    assert received == [b"before"]
    assert server.take_output()  # the alert


@given(st.binary(min_size=1, max_size=600))
def test_no_bytes_of_a_stranger_begin_a_connection(certificates: Certificates, said: bytes) -> None:
    server = TLSEngine(certificates.for_server(), None)
    server.receive(said)
    result = server.do_handshake()
    assert result is False or isinstance(result, TLSError)
    alert = server.take_output()
    assert not alert or alert[0] == 21


def test_a_half_that_has_ended_can_still_receive(certificates: Certificates) -> None:
    server, client = pair(certificates, [65536])
    client.end()
    server.receive(client.take_output())
    received: list[bytes] = []
    assert server.decrypt(received) is None
    server.encrypt(b"an answer")
    server.end()
    client.receive(server.take_output())
    answer: list[bytes] = []
    assert client.decrypt(answer) is None
    assert client.decrypt(answer) is None
    assert (received, answer[:2]) == ([b""], [b"an answer", b""])


def test_version_and_cipher_are_shown(certificates: Certificates) -> None:
    server, client = pair(certificates, [65536])
    assert server.security == client.security == "TLSv1.3 TLS_AES_256_GCM_SHA384"
