"""The UDP echo client."""

import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.clients.running import client
from tests.program import python
from tests.running import GUARD, Server

Address = tuple[str, int]


@contextmanager
def answering(answer: Callable[[socket.socket, bytes, Address, int], object]) -> Iterator[str]:
    """The endpoint of a server that calls `answer(socket, data, address, number)` for each datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(GUARD)

        def serve() -> None:
            number = 0
            while (received := server.recvfrom(65536))[0] != b"stop":
                number += 1
                answer(server, *received, number)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"udp:127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.sendto(b"stop", server.getsockname())
            thread.join()


def test_each_answer_is_printed_with_its_round_trip_time(suite: Server) -> None:
    result = client(
        "udp_echo", "hello", "--count", "5", "--interval", "0", "--connect", suite.endpoints["udp_echo"][0]
    )
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 5
    assert {re.sub(r"^\d+\. |[\d.]+ ms$", "", line) for line in lines} == {"hello  "}
    assert (result.returncode, result.stderr) == (0, b"")


def test_each_text_is_a_datagram_of_its_own(suite: Server) -> None:
    result = client(
        "udp_echo", "one", "two words", "", "--interval", "0", "--connect", suite.endpoints["udp_echo"][0]
    )
    said = [line.rpartition("  ")[0] for line in result.stdout.decode().splitlines()]
    assert sorted(said) == ["1. one", "2. two words", "3. "]


def test_the_datagrams_contain_exactly_the_typed_texts() -> None:
    seen: list[bytes] = []

    def note(sock: socket.socket, data: bytes, address: Address, number: int) -> None:
        seen.append(data)
        sock.sendto(data, address)

    with answering(note) as place:
        client("udp_echo", "hello", "--count", "3", "--interval", "0", "--connect", place)
    assert seen == [b"hello"] * 3


def test_it_names_the_lost_datagrams_and_exits_1() -> None:
    def lose_every_second(sock: socket.socket, data: bytes, address: Address, number: int) -> None:
        if number % 2:
            sock.sendto(data, address)

    with answering(lose_every_second) as place:
        flags = ["--count", "5", "--interval", "0", "--timeout", "0.3", "--connect", place]
        result = client("udp_echo", "hello", *flags)
    lost = [line for line in result.stdout.decode().splitlines() if "lost" in line]
    assert lost == [f"{number}. hello  lost: no answer within 0.3 s" for number in (2, 4)]
    assert (result.returncode, result.stderr) == (1, b"lost 2 of 5: 2, 4\n")


def test_a_duplicate_answer_is_printed_once() -> None:
    def answer_twice(sock: socket.socket, data: bytes, address: Address, number: int) -> None:
        sock.sendto(data, address)
        sock.sendto(data, address)

    with answering(answer_twice) as place:
        result = client("udp_echo", "hello", "--count", "3", "--interval", "0.01", "--connect", place)
    assert result.stdout.count(b"hello") == 3
    assert result.returncode == 0


def test_a_datagram_from_another_address_is_ignored() -> None:
    def have_a_stranger_answer(sock: socket.socket, data: bytes, address: Address, number: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(data, address)

    with answering(have_a_stranger_answer) as place:
        result = client("udp_echo", "hello", "--timeout", "0.1", "--connect", place)
    assert result.returncode == 1


def test_an_answer_with_another_text_is_ignored() -> None:
    with answering(lambda sock, data, address, number: sock.sendto(data.upper(), address)) as place:
        assert client("udp_echo", "hello", "--timeout", "0.1", "--connect", place).returncode == 1


def test_more_datagrams_can_be_in_flight_than_there_are_descriptors(suite: Server) -> None:
    flags = [
        "--count",
        "1500",
        "--interval",
        "0",
        "--timeout",
        "20",
        "--connect",
        suite.endpoints["udp_echo"][0],
    ]
    result = client("udp_echo", "hello", *flags)
    assert (result.returncode, result.stdout.count(b" ms\n")) == (0, 1500)


def test_control_characters_of_a_text_are_printed_as_visible_ones(suite: Server) -> None:
    result = client("udp_echo", "\x1b[2J", "--connect", suite.endpoints["udp_echo"][0])
    assert "␛[2J" in result.stdout.decode()


@pytest.mark.parametrize(
    "flags", [["--count", "0"], ["--count", "x"], ["--interval", "-1"], ["--timeout", "nan"], ["x" * 65508]]
)
def test_flags_out_of_range_exit_2(flags: list[str]) -> None:
    result = client("udp_echo", *flags)
    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)


def test_ctrl_c_ends_it_with_status_0(suite: Server) -> None:
    flags = ["--interval", "60", "--count", "9", "--connect", suite.endpoints["udp_echo"][0]]
    with python("-m", "clients.udp_echo", "hello", *flags) as program:
        program.until("hello")
        program._process.send_signal(signal.SIGINT)
        assert program.wait() == 0
