"""Where servers are looked for."""

from pathlib import Path

from clients.monitor.finder import Place, look, place_for
from core.endpoints import TCPEndpoint, UnixEndpoint


def test_a_socket_is_a_place_and_anything_else_is_not(tmp_path: Path) -> None:
    (tmp_path / "chat-12.sock").touch()
    (tmp_path / "notes.txt").touch()
    path = str(tmp_path / "chat-12.sock")
    assert look(tmp_path) == {"chat-12": Place("chat-12", UnixEndpoint(path))}


def test_a_port_file_tells_the_port_and_the_token(tmp_path: Path) -> None:
    (tmp_path / "chat-12.port").write_text('{"port": 4000, "token": "secret"}')
    assert look(tmp_path)["chat-12"] == Place("chat-12", TCPEndpoint("127.0.0.1", 4000), "secret")


def test_a_port_file_that_is_half_written_waits(tmp_path: Path) -> None:
    for text in ("", '{"port": 4000', '{"port": "x", "token": 3}', '{"port": 70000, "token": ""}', "[]"):
        (tmp_path / "chat-12.port").write_text(text)
        assert look(tmp_path) == {}


def test_where_there_is_no_directory_there_is_no_server(tmp_path: Path) -> None:
    assert look(tmp_path / "missing") == {}


def test_a_place_by_its_endpoint_has_the_token_that_belongs_to_it(tmp_path: Path) -> None:
    (tmp_path / "chat-12.port").write_text('{"port": 4000, "token": "secret"}')
    assert place_for(TCPEndpoint("127.0.0.1", 4000), tmp_path).token == "secret"
    assert place_for(UnixEndpoint("/x"), tmp_path) == Place("unix:/x", UnixEndpoint("/x"))
