"""The search for running servers in the runtime directory."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clients.monitor.feed.finder import FeedAddress, address_of, find_feeds, process_has_ended
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
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def left_behind(path: Path) -> Path:
    """A socket on which no process listens."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    return path


def test_a_socket_whose_process_does_not_exist_is_told_from_others_and_stays(tmp_path: Path) -> None:
    path = left_behind(tmp_path / f"chat-{ended_process()}.sock")
    (address,) = find_feeds(tmp_path).values()
    assert process_has_ended(address)
    assert path.is_socket()


@pytest.mark.parametrize(
    "name",
    [pytest.param(f"chat-{os.getpid()}", id="chat-PID"), "chat", "chat-1", f"chat-{10**20}"],
)
def test_a_process_that_may_exist_has_not_ended(tmp_path: Path, name: str) -> None:
    left_behind(tmp_path / f"{name}.sock")
    (address,) = find_feeds(tmp_path).values()
    assert not process_has_ended(address)


def test_the_process_of_a_port_file_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / f"chat-{ended_process()}.port").write_text('{"port": 4000, "token": "secret"}')
    (address,) = find_feeds(tmp_path).values()
    assert not process_has_ended(address)
