"""Where servers are looked for."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clients.monitor.feed.finder import FeedAddress, address_of, find_feeds, remove_stale_socket
from core.endpoints import TCPEndpoint, UnixEndpoint


def test_a_socket_is_a_place_and_anything_else_is_not(tmp_path: Path) -> None:
    (tmp_path / "chat-12.sock").touch()
    (tmp_path / "notes.txt").touch()
    path = str(tmp_path / "chat-12.sock")
    assert find_feeds(tmp_path) == {"chat-12": FeedAddress("chat-12", UnixEndpoint(path))}


def test_a_port_file_tells_the_port_and_the_token(tmp_path: Path) -> None:
    (tmp_path / "chat-12.port").write_text('{"port": 4000, "token": "secret"}')
    assert find_feeds(tmp_path)["chat-12"] == FeedAddress("chat-12", TCPEndpoint("127.0.0.1", 4000), "secret")


def test_a_port_file_that_is_half_written_waits(tmp_path: Path) -> None:
    for text in ("", '{"port": 4000', '{"port": "x", "token": 3}', '{"port": 70000, "token": ""}', "[]"):
        (tmp_path / "chat-12.port").write_text(text)
        assert find_feeds(tmp_path) == {}


def test_where_there_is_no_directory_there_is_no_server(tmp_path: Path) -> None:
    assert find_feeds(tmp_path / "missing") == {}


def test_a_place_by_its_endpoint_has_the_token_that_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "chat-12.port").write_text('{"port": 4000, "token": "secret"}')
    assert address_of(TCPEndpoint("127.0.0.1", 4000), tmp_path).token == "secret"
    assert address_of(UnixEndpoint("/x"), tmp_path) == FeedAddress("unix:/x", UnixEndpoint("/x"))


def ended_process() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def left_behind(path: Path) -> Path:
    """A socket at which nobody listens."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    return path


def test_the_socket_of_a_process_that_is_gone_is_taken_away(tmp_path: Path) -> None:
    left_behind(tmp_path / f"chat-{ended_process()}.sock")
    (place,) = find_feeds(tmp_path).values()
    remove_stale_socket(place)
    remove_stale_socket(place)
    assert not find_feeds(tmp_path)


@pytest.mark.parametrize("name", [f"chat-{os.getpid()}", "chat", "chat-1", f"chat-{10**20}"])
def test_a_socket_whose_process_may_be_alive_stays(tmp_path: Path, name: str) -> None:
    left_behind(tmp_path / f"{name}.sock")
    (place,) = find_feeds(tmp_path).values()
    remove_stale_socket(place)
    assert find_feeds(tmp_path) == {name: place}


def test_a_file_that_is_no_socket_stays(tmp_path: Path) -> None:
    (tmp_path / f"chat-{ended_process()}.sock").write_text("mine")
    (place,) = find_feeds(tmp_path).values()
    remove_stale_socket(place)
    assert find_feeds(tmp_path)
