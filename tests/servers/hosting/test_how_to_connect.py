"""The commands that a server prints work when they are copied, here and on other machines."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.endpoints import parse
from servers.hosting.how_to_connect import authority, for_shell, how_to_connect


def can_be_a_path(text: str) -> bool:
    try:
        return bool(text) and os.fsdecode(os.fsencode(text)) == text
    except UnicodeError:
        return False


@pytest.mark.parametrize(
    ("place", "nc"),
    [
        ("tcp:127.0.0.1:8000", "nc 127.0.0.1 8000"),
        ("tcp:[::1]:8000", "nc ::1 8000"),
        ("unix:/tmp/chat.sock", "nc -U /tmp/chat.sock"),
        ("udp:127.0.0.1:9999", "nc -u 127.0.0.1 9999"),
    ],
)
def test_a_service_with_a_client_is_reached_with_it_or_with_nc(place: str, nc: str) -> None:
    assert how_to_connect("chat", [place]) == [f"  python -m clients.chat --connect {place}    or: {nc}"]


def test_a_service_without_a_client_is_reached_with_nc() -> None:
    assert how_to_connect("calc", ["tcp:127.0.0.1:8000"]) == ["  nc 127.0.0.1 8000"]


def test_a_tls_server_is_reached_with_its_authority_or_with_openssl() -> None:
    (line,) = how_to_connect("echo", ["tls:127.0.0.1:8443"], "my ca.pem")
    client, _, openssl = line.strip().partition("    or: ")
    assert client == "python -m clients.echo --connect 'tls:127.0.0.1:8443?ca=my%20ca.pem'"
    trust = "-verify_quiet -verify_return_error -CAfile 'my ca.pem'"
    assert openssl == f"openssl s_client -quiet {trust} -connect 127.0.0.1:8443"


def test_the_authority_is_the_file_beside_the_certificate(tmp_path: Path) -> None:
    endpoints = [parse("tcp:8001"), parse(f"tls:8443?cert={tmp_path}/server.pem")]
    assert authority(endpoints) == "FILE"
    (tmp_path / "ca.pem").touch()
    assert authority(endpoints) == f"{tmp_path}/ca.pem"
    assert authority(endpoints[:1]) == ""


def test_each_endpoint_has_a_line() -> None:
    lines = how_to_connect("calc", ["tcp:127.0.0.1:8000", "unix:/tmp/calc.sock"])
    assert lines == ["  nc 127.0.0.1 8000", "  nc -U /tmp/calc.sock"]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=())).filter(can_be_a_path))
@example("unix:/tmp/my chat.sock")
@example("it's")
@example("\udcff\x1b[2J")
def test_what_is_printed_works_when_it_is_copied_to_a_shell(text: str) -> None:
    argument = for_shell(text)
    assert argument.isprintable()
    command = os.fsencode(f"printf %s {argument}")
    assert subprocess.run(["bash", "-c", command], capture_output=True).stdout == os.fsencode(text)
