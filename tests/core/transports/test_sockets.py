"""The options of sockets, and the look-up of addresses."""

import errno
import shutil
import socket
import subprocess
import sys

import pytest

from core.errors import CannotListenError
from core.transports.sockets import (
    KEEP_ALIVE,
    bind,
    look_up,
    open_socket,
    prepare_tcp,
)
from tests.running import GUARD, ROOT

STREAM = socket.SOCK_STREAM


def test_an_address_suits_its_family() -> None:
    sock, name = open_socket("tcp", STREAM, "127.0.0.1", 8000)
    with sock:
        assert (sock.family, sock.type, name) == (socket.AF_INET, STREAM, ("127.0.0.1", 8000))


def test_an_empty_interface_means_all_interfaces() -> None:
    sock, name = open_socket("udp", socket.SOCK_DGRAM, "", 0)
    with sock:
        bind(sock, name, "udp::0")
        assert sock.getsockname()[0] in ("0.0.0.0", "::")


@pytest.mark.parametrize("interface", ["256.0.0.1", "no such host", "x" * 64, "a..b"])
def test_a_text_that_is_no_address_cannot_be_listened_on(interface: str) -> None:
    with pytest.raises(CannotListenError) as caught:
        open_socket("tcp", STREAM, interface, 8000)
    assert caught.value.address == f"tcp:{interface}:8000"
    assert "codec" not in str(caught.value)


def test_a_port_number_is_not_taken_modulo_65536() -> None:
    for number in (-1, 65536, 73536):
        with pytest.raises(OSError, match=str(number)):
            look_up("127.0.0.1", number, STREAM, 0)
    assert look_up("127.0.0.1", 65535, STREAM, 0) == [(socket.AF_INET, ("127.0.0.1", 65535))]


def test_a_bound_socket_is_non_blocking_and_listens_with_a_backlog() -> None:
    with socket.socket() as sock:
        bind(sock, ("127.0.0.1", 0), "tcp:127.0.0.1:0", backlog=5)
        assert sock.getblocking() is False
        socket.create_connection(sock.getsockname()).close()


def test_a_socket_that_cannot_be_bound_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sock = socket.socket()
        with pytest.raises(CannotListenError) as caught:
            bind(sock, server.getsockname(), "tcp:here", backlog=5)
    assert caught.value.errno == errno.EADDRINUSE
    assert caught.value.address == "tcp:here"
    assert sock.fileno() == -1


def test_a_prepared_socket_has_nodelay_and_keep_alive() -> None:
    with socket.socket() as sock:
        prepare_tcp(sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for option, value in KEEP_ALIVE.items():
            if hasattr(socket, option):
                assert sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, option)) == value


def test_data_may_stay_unacknowledged_for_no_longer_than_a_silent_peer_is_kept() -> None:
    idle = KEEP_ALIVE["TCP_KEEPIDLE"] + KEEP_ALIVE["TCP_KEEPINTVL"] * KEEP_ALIVE["TCP_KEEPCNT"]
    assert KEEP_ALIVE["TCP_USER_TIMEOUT"] == 1000 * idle == 120_000


CUT_OFF = """
import socket, subprocess
from core.transports.sockets import KEEP_ALIVE, prepare_tcp
KEEP_ALIVE["TCP_USER_TIMEOUT"] = 500
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
with socket.create_server(("127.0.0.1", 0)) as server:
    client = socket.create_connection(server.getsockname())
    prepare_tcp(client)
    peer, _ = server.accept()
    subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
    client.send(b"a line on its way")
    try:
        client.recv(1)
    except TimeoutError as error:
        print(error.strerror)
"""


@pytest.mark.skipif(
    shutil.which("unshare") is None or shutil.which("ip") is None, reason="needs a network of its own"
)
def test_a_link_that_goes_down_with_data_on_its_way_ends_the_connection() -> None:
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-c", CUT_OFF]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=GUARD, text=True)
    assert (done.stdout, done.stderr) == ("Connection timed out\n", "")
