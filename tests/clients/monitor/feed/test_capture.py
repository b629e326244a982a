"""The wire of a session in a file: the file contains the same bytes."""

import os
from pathlib import Path

import pytest
from dpkt.ip import IP
from dpkt.ip6 import IP6
from dpkt.pcap import DLT_RAW, Reader
from dpkt.tcp import TCP, TH_SYN
from dpkt.udp import UDP
from hypothesis import given
from hypothesis import strategies as st

from clients.monitor.feed import capture, pcap
from clients.monitor.feed.capture import Capture, TextEncoder
from clients.monitor.feed.pcap import NOWHERE, PcapEncoder, end
from clients.monitor.feed.wire import Recording
from clients.monitor.sessions.server import Server, SessionRow
from tests.clients.monitor.sample import PLAIN

PIECES = st.lists(
    st.tuples(st.sampled_from(["in", "out"]), st.binary(min_size=1, max_size=40)), min_size=1, max_size=20
)


def session(
    peer: str = "127.0.0.1:50000", endpoint: str = "tcp:127.0.0.1:8000", transport: str = "tcp"
) -> SessionRow:
    server = Server("servers-1", 1000.0)
    server.services = (("echo", ("tcp:127.0.0.1:1",)), ("chat", (endpoint,)))
    return SessionRow(server, PLAIN._replace(peer=peer, transport=transport), 1000.0)


def recording(*pieces: tuple[str, bytes]) -> Recording:
    found = Recording()
    for number, (direction, data) in enumerate(pieces):
        found.add(direction, 1000.25 + number, data)
    return found


def packets(path: Path) -> list[tuple[float, IP | IP6]]:
    """The packets in the file, with their times. Wrong lengths or checksums fail."""
    with path.open("rb") as file:
        reader = Reader(file)
        assert reader.datalink() == DLT_RAW
        found = []
        for at, data in reader:
            packet = IP(data) if data[0] >> 4 == 4 else IP6(data)
            stored = packet.data.sum
            packet.data.sum = 0
            if isinstance(packet, IP):
                packet.sum = 0
            assert bytes(packet) == data
            assert packet.data.sum == stored
            found.append((at, packet))
        return found


def stream(path: Path, port: int) -> bytes:
    """The bytes that a receiver of the packets from `port` puts together by their numbers."""
    data = b""
    for _, packet in packets(path):
        segment = packet.data
        assert isinstance(segment, TCP)
        if segment.sport == port and not segment.flags & TH_SYN:
            assert segment.seq == len(data) + 1
            data += segment.data
    return data


@pytest.mark.parametrize(
    ("peer", "endpoint"),
    [
        ("127.0.0.1:50000", "tcp:127.0.0.1:8000"),
        ("[fe80::1%lo]:50000", "tls:[::1]:8000?ca=x"),
        ("10.0.0.7:50000", "tcp:[::]:8000"),
    ],
)
def test_the_packets_have_the_bytes_the_numbers_and_the_addresses_of_the_connection(
    tmp_path: Path, peer: str, endpoint: str
) -> None:
    path = tmp_path / "a.pcap"
    found = recording(("in", b"hel"), ("out", b"> "), ("in", b"lo\r\n"), ("out", bytes(100_000)))
    Capture(path, PcapEncoder(session(peer, endpoint)), found.chunks).close()
    assert stream(path, 50000) == b"hello\r\n"
    assert stream(path, 8000) == b"> " + bytes(100_000)
    handshake, first = packets(path)[:3], packets(path)[3]
    assert [packet.data.flags for _, packet in handshake] == [TH_SYN, TH_SYN | 16, 16]
    assert first[0] == 1000.25
    assert (first[1].data.sport, first[1].data.dport) == (50000, 8000)


@given(PIECES)
def test_each_packet_acknowledges_what_came_before(pieces: list[tuple[str, bytes]]) -> None:
    encoder = PcapEncoder(session())
    sent = {"in": 1, "out": 1}
    for chunk in recording(*pieces).chunks:
        data = encoder.encode(chunk)
        segment = TCP(IP(data[-len(chunk.data) - 40 :]).data.pack())
        other = "in" if chunk.direction == "out" else "out"
        assert (segment.seq, segment.ack) == (sent[chunk.direction], sent[other])
        assert segment.data == chunk.data
        sent[chunk.direction] += len(chunk.data)


def test_datagrams_are_packets_of_udp(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    found = recording(("in", b"ping"), ("out", b"pong"))
    row = session("127.0.0.1:5000", "udp:127.0.0.1:9999", "udp")
    Capture(path, PcapEncoder(row), found.chunks).close()
    datagrams = [packet.data for _, packet in packets(path)]
    assert all(isinstance(each, UDP) for each in datagrams)
    assert [(each.sport, each.dport, each.data) for each in datagrams] == [
        (5000, 9999, b"ping"),
        (9999, 5000, b"pong"),
    ]


@pytest.mark.parametrize("text", ["", "unix", "unix:/run/x.sock", "tcp:host:1", "[::1", "1.2.3:4", "x:y:z"])
def test_what_is_no_address_has_a_placeholder(text: str) -> None:
    assert end(text) is None
    assert pcap.ends(session(peer=text))["in"][0] == NOWHERE


def test_text_has_a_line_for_each_read_write_and_line_end(tmp_path: Path) -> None:
    found = recording(("in", b"one\r\ntwo"), ("out", b"\x1b[2J\n"))
    Capture(tmp_path / "a.txt", TextEncoder(session()), found.chunks).close()
    title, *lines = (tmp_path / "a.txt").read_text().splitlines()
    assert title == "# chat #1 ann 127.0.0.1:50000"
    assert [line[19:] for line in lines] == [".250 → one␍␊", " " * 7 + "two", ".250 ← ␛[2J␊"]


@pytest.mark.parametrize("ending", [".txt", ".pcap"])
def test_a_file_grows_while_it_is_written(tmp_path: Path, ending: str) -> None:
    found = recording(("in", b"before"))
    saving = capture.start(str(tmp_path / f"a{ending}"), session(), found.chunks)
    first = saving.path.read_bytes()
    saving.add(found.add("out", 1001.0, b"behind"))
    grown = saving.path.read_bytes()
    saving.close()
    assert b"before" in first
    assert b"behind" not in first
    assert grown.startswith(first)
    assert b"behind" in grown
    assert saving.size == len(grown)


def test_a_name_gets_a_number_or_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").touch()
    saving = capture.start(str(tmp_path / "a.pcap"), session(), [])
    saving.close()
    assert saving.path.name == "a-2.pcap"
    with pytest.raises(ValueError, match="has to end with"):
        capture.start(str(tmp_path / "a.json"), session(), [])


def test_on_a_full_disk_whole_packets_stay_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = 400

    def write(number: int, data: bytes) -> None:
        nonlocal left
        os.write(number, data[:left])
        left -= len(data)
        if left < 0:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(capture, "write_all", write)
    found = recording(("in", b"hello\r\n"))
    saving = capture.start(str(tmp_path / "a.pcap"), session(), found.chunks)
    with pytest.raises(OSError, match="No space left"):
        saving.add(found.add("in", 1001.0, bytes(1000)))
    saving.close()
    assert stream(saving.path, 50000) == b"hello\r\n"
    with pytest.raises(OSError, match="No space left"):
        capture.start(str(tmp_path / "b.pcap"), session(), found.chunks)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pcap"]
