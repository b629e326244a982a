"""Servers and clients talk over TLS from the command line; each failure is one line that says what to do."""

import random
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest

from tests.certificates import Certificates
from tests.clients.running import client
from tests.running import GUARD, Server, run, serving


@pytest.fixture(scope="module")
def echo(certificates: Certificates) -> Iterator[Server]:
    """An echo server with TLS."""
    with serving(
        "servers.echo", "--log-level", "debug", "--listen", f"tls:127.0.0.1:0{certificates.listen_query}"
    ) as server:
        yield server


def endpoint(server: Server, query: str = "") -> str:
    """The endpoint string of a server with one endpoint, for its client."""
    return next(iter(server.endpoints.values()))[0] + query


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("name", "said", "answer"),
    [
        ("echo", b"hello\n", b"hello\n"),
        ("insult", b"mondays\n", b"A seventh of all time"),
        ("qotd", b"", b"--"),
    ],
)
def test_each_server_and_client_speak_tls_on_each_engine(
    certificates: Certificates, engine: str, name: str, said: bytes, answer: bytes
) -> None:
    listen = f"tls:localhost:0{certificates.listen_query}"
    quote = ["--quote", "a quote -- by us"] if name == "qotd" else []
    with serving(f"servers.{name}", "--reactor", engine, "--listen", listen, *quote) as server:
        result = client(
            name, "--reactor", engine, "--connect", endpoint(server, f"?ca={certificates.ca}"), said=said
        )
        assert result.returncode == 0, result.stderr
        assert answer in result.stdout
        assert result.stderr == b""
        assert server.stop() == 0


def test_a_chat_over_tls_shows_version_and_cipher_in_the_monitor(certificates: Certificates) -> None:
    with serving("servers.chat", "--listen", f"tls:127.0.0.1:0{certificates.listen_query}") as server:
        context = certificates.for_client()
        port = server.port()
        with (
            socket.create_connection(("127.0.0.1", port), GUARD) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(b"ann\r\n")
            lines = secure.makefile("rb")
            while b"Welcome" not in lines.readline():
                pass
            result = client(
                "chat", "--connect", endpoint(server, f"?ca={certificates.ca}"), "--name", "bob", said=b"hi\n"
            )
            assert result.returncode == 0, result.stderr
            while b"<bob> hi" not in lines.readline():
                pass
            table = run("clients.monitor", "--once", "--json").stdout
            lines.close()
        assert "CHAT TLSv1.3 TLS_AES_256_GCM_SHA384" in table
        assert '"transport": "tls"' in table


def test_it_prints_where_it_listens_and_how_to_connect(echo: Server, certificates: Certificates) -> None:
    assert echo.lines[0] == f"echo listening on tls:127.0.0.1:{echo.port()}"
    connect = next(line for line in echo.lines if "clients.echo" in line)
    assert f"'tls:127.0.0.1:{echo.port()}?ca={certificates.ca}'" in connect


def test_the_printed_commands_work_when_they_are_copied(echo: Server) -> None:
    line = next(line for line in echo.lines if "clients.echo" in line)
    ours, _, openssl = line.strip().partition("    or: ")
    python = ours.removeprefix("python -m clients.")
    result = subprocess.run(["bash", "-c", f"printf %s {python.split()[-1]}"], capture_output=True, text=True)
    assert client("echo", "--connect", result.stdout, said=b"hello\n").stdout.endswith(b"hello\n")
    found = subprocess.run(
        ["bash", "-c", f"(echo hello; sleep 1) | timeout 10 {openssl.replace('-quiet ', '', 1)}"],
        capture_output=True,
    )
    assert b"\nhello\n" in found.stdout


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("", 1, "the certificate is not trusted (unable to get local issuer certificate)"),
        ("?ca={other_ca}", 1, "to trust its authority, name the file: ?ca=FILE"),
        ("?ca={directory}", 2, "cannot read the authority's certificate {directory}: Is a directory"),
        ("?ca={directory}/no.pem", 2, "no.pem: No such file or directory"),
        ("?ca={key}", 2, "there is no authority's certificate in {key}"),
        ("?cert={server}&key={key}", 2, "has the certificate of a server"),
    ],
)
def test_what_a_client_cannot_trust_or_use_is_one_line(
    echo: Server, certificates: Certificates, query: str, status: int, text: str
) -> None:
    names = {key: str(value) for key, value in vars(certificates).items()}
    result = client("echo", "--connect", endpoint(echo, query.format(**names)), said=b"hello\n")
    assert result.returncode == status
    assert text.format(**names) in result.stderr.decode()
    assert result.stderr.count(b"\n") == 1
    assert b"is the server running" not in result.stderr
    assert result.stdout == b""


def test_without_verification_a_line_says_so(echo: Server) -> None:
    result = client("echo", "--connect", endpoint(echo, "?verify=no"), said=b"hello\n")
    assert result.returncode == 0
    assert result.stdout.endswith(b"hello\n")
    assert result.stderr.startswith(b"warning: the certificate of tls:")
    assert b"is not verified" in result.stderr
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "a server needs a certificate and its key"),
        ("?ca={ca}", "a server needs a certificate and its key"),
        (
            "?cert={directory}/no.pem&key={key}",
            "cannot read the certificate {directory}/no.pem: No such file",
        ),
        ("?cert={server}&key={directory}", "cannot read the key {directory}: Is a directory"),
        ("?cert={server}", "there is no key in {server}"),
        ("?cert={expired}&key={key}", "the key {key} does not fit the certificate {expired}"),
    ],
)
def test_a_certificate_that_a_server_cannot_use_is_one_line(
    certificates: Certificates, query: str, text: str
) -> None:
    names = {key: str(value) for key, value in vars(certificates).items()}
    result = run("servers.echo", "--listen", f"tls:127.0.0.1:0{query.format(**names)}")
    assert result.returncode == 2
    assert text.format(**names) in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_client_of_a_server_without_tls_says_so(certificates: Certificates) -> None:
    with serving("servers.echo", "--port", "0") as server:
        address = f"tls:127.0.0.1:{server.port()}?ca={certificates.ca}"
        result = client("echo", "--connect", address, said=b"hello\n")
    assert result.returncode == 1
    assert result.stderr.decode() == f"cannot connect to {address}: the other end does not speak TLS\n"


def test_a_connection_that_is_cut_off_is_one_line_and_exit_1(certificates: Certificates) -> None:
    context = certificates.for_server()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = f"tls:127.0.0.1:{listening.getsockname()[1]}?ca={certificates.ca}"

        def serve() -> None:
            plain, _ = listening.accept()
            secure = context.wrap_socket(plain, server_side=True)
            secure.sendall(b"half of a quo")
            socket.socket.shutdown(secure, socket.SHUT_WR)  # no close_notify
            secure.close()

        thread = Thread(target=serve)
        thread.start()
        result = client("qotd", "--connect", place)
        thread.join()
    assert result.returncode == 1
    assert result.stdout == b"half of a quo"
    assert b"the connection ended without the end of TLS: data may be missing" in result.stderr
    assert result.stderr.count(b"\n") == 1


def test_too_many_connections_are_told_so_over_tls_also_during_handshakes(certificates: Certificates) -> None:
    with serving(
        *("servers.echo", "--max-connections", "1"),
        *("--listen", f"tls:127.0.0.1:0{certificates.listen_query}"),
    ) as server:
        address = ("127.0.0.1", server.port())
        with (
            socket.create_connection(address, GUARD),  # it does not begin its handshake
            socket.create_connection(address, GUARD) as second,
            certificates.for_client().wrap_socket(second, server_hostname="localhost") as secure,
        ):
            assert secure.recv(100).startswith(b"Sorry, too many connections")


def hello(certificates: Certificates) -> bytes:
    """The first flight of a client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = certificates.for_client().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def attack(server: Server, luck: random.Random, first: bytes) -> None:
    """Send a part of a handshake, a changed one, or random bytes; then go away in one way or another."""
    changed = bytearray(first)
    changed[luck.randrange(len(first))] ^= luck.randrange(1, 256)
    said = luck.choice([first[: luck.randrange(len(first))], bytes(changed), luck.randbytes(20_000), first])
    with server.connect() as client:
        with suppress(ConnectionError):
            client.send(said)
            if luck.randrange(2):
                client.socket.shutdown(socket.SHUT_WR)
                client.socket.recv(10)
        if luck.randrange(2):
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_broken_handshakes_raise_no_error_and_leak_nothing(certificates: Certificates) -> None:
    listen = f"tls:127.0.0.1:0{certificates.listen_query}"
    luck, first = random.Random(13), hello(certificates)
    context = certificates.for_client()
    with serving("servers.echo", "--no-greeting", "--listen", listen) as server:
        before = server.descriptors()
        for _ in range(200):
            attack(server, luck, first)
        with (
            socket.create_connection(("127.0.0.1", server.port()), GUARD) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            late = time.monotonic() + GUARD
            while server.descriptors() > before + 1:
                assert time.monotonic() < late, "some descriptors are still there"
                secure.sendall(b"still there?")
                assert secure.recv(100) == b"still there?"
        assert server.stop() == 0
        assert server.complaints() == ""
