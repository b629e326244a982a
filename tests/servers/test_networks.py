"""Servers and clients on machines with several addresses, on a network without routes and without IPv6.

The network is made of namespaces, for which a test has to be root.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.networks import Host, ip, may_make_networks, two_hosts
from tests.running import GUARD, ROOT, Server, environment

pytestmark = pytest.mark.skipif(not may_make_networks(), reason="network namespaces are not permitted")

ASK = f"""
import socket, sys
family, kind, _, _, name = socket.getaddrinfo(*sys.argv[1:], type=socket.SOCK_DGRAM)[0]
sock = socket.socket(family, kind)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
sock.settimeout({GUARD})
sock.sendto(b"hello", name)
data, answering = sock.recvfrom(100)
print(data.decode(), answering[0])
"""

WELCOME = b"Welcome! There are currently 1 open connections.\n"


@pytest.fixture(scope="module")
def hosts() -> Iterator[Sequence[Host]]:
    with two_hosts() as hosts:
        yield hosts


def printed(server: Server) -> list[str]:
    """The endpoints in the commands that the server prints."""
    return re.findall(r"--connect '?([^' ]+)", "\n".join(server.lines))


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_a_server_on_all_addresses_prints_those_at_which_another_machine_reaches_it(
    hosts: Sequence[Host], host: str
) -> None:
    with hosts[0].serving("servers.echo", "--host", host, "--port", "0") as server:
        port = server.port()
        v4, v6 = f"tcp:10.99.0.1:{port}", f"tcp:[fd99::1]:{port}"
        assert printed(server) == {"": [v4, v6], "0.0.0.0": [v4], "::": [v6]}[host]
        for endpoint in printed(server):
            result = hosts[1].client("echo", "--connect", endpoint)
            assert (result.returncode, result.stdout) == (0, WELCOME)


@pytest.mark.parametrize("name", ["echo", "udp_echo"])
def test_a_server_at_a_name_listens_at_all_its_addresses_on_one_port(
    hosts: Sequence[Host], name: str
) -> None:
    with hosts[0].serving(f"servers.{name}", "--host", "both", "--port", "0") as server:
        kind, port = "udp" if name == "udp_echo" else "tcp", server.port()
        assert set(server.endpoints[name]) == {f"{kind}:127.0.0.1:{port}", f"{kind}:[::1]:{port}"}
        for endpoint in server.endpoints[name]:
            assert hosts[0].client(name, "--connect", endpoint).returncode == 0
        assert hosts[0].client(name, "--connect", f"{kind}:both:{port}").returncode == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_udp_on_all_addresses_answers_from_the_one_that_was_asked(hosts: Sequence[Host], host: str) -> None:
    asked = [] if host == "::" else ["127.0.0.1", "127.0.0.2", "10.99.0.1"]
    asked += [] if host == "0.0.0.0" else ["[::1]", "[fd99::1]", "[fe80::1%cable]"]
    with hosts[0].serving("servers.udp_echo", "--host", host, "--port", "0") as server:
        for address in asked:
            result = hosts[0].client("udp_echo", "--connect", f"udp:{address}:{server.port()}")
            assert (address, result.returncode, result.stderr) == (address, 0, b"")


@pytest.mark.parametrize("name", ["echo", "udp_echo", "chat"])
def test_a_link_local_address_keeps_its_zone(hosts: Sequence[Host], name: str) -> None:
    with hosts[0].serving(f"servers.{name}", "--host", "fe80::1%cable", "--port", "0") as server:
        (endpoint,) = printed(server)
        assert endpoint == server.endpoints[name][0]
        assert endpoint.partition(":")[2] == f"[fe80::1%cable]:{server.port()}"
        for host in hosts:
            result = host.client(name, "--connect", endpoint, said=b"ann\n")
            assert (result.returncode, result.stderr) == (0, b"")


def test_a_silent_first_address_does_not_use_up_the_time_of_the_second(hosts: Sequence[Host]) -> None:
    with hosts[0].serving("servers.echo", "--host", "10.99.0.1", "--port", "0") as server:
        result = hosts[1].client("echo", "--connect", f"tcp:slow:{server.port()}")
        assert (result.returncode, result.stdout) == (0, WELCOME)


@pytest.mark.parametrize("host", ["10.99.0.1", "::1"])
def test_a_datagram_goes_to_the_address_of_the_name_that_answers(hosts: Sequence[Host], host: str) -> None:
    name, host_of_client = ("slow", hosts[1]) if host == "10.99.0.1" else ("both", hosts[0])
    with hosts[0].serving("servers.udp_echo", "--host", host, "--port", "0") as server:
        texts = ["one", "two", "--interval", "0", "--timeout", "0.5"]
        result = host_of_client.client("udp_echo", *texts, "--connect", f"udp:{name}:{server.port()}")
        assert (result.returncode, result.stderr) == (0, b"")
        assert sorted(line.split()[1] for line in result.stdout.decode().splitlines()) == ["one", "two"]


@pytest.mark.parametrize("host", ["10.99.0.1", "[::1]"])
def test_a_quote_comes_from_the_address_of_the_name_that_answers(hosts: Sequence[Host], host: str) -> None:
    name, host_of_client = ("slow", hosts[1]) if host == "10.99.0.1" else ("both", hosts[0])
    with hosts[0].serving("servers.qotd", "--listen", f"udp:{host}:0", "--quote", "Less.") as server:
        result = host_of_client.client("qotd", "--connect", f"udp:{name}:{server.port()}")
        assert (result.returncode, result.stdout) == (0, b"Less.\n")


@pytest.mark.parametrize(
    "arguments", [["udp_echo"], ["qotd", "--connect", "udp:no-answer.test:8007"], ["echo"]]
)
def test_ctrl_c_ends_a_client_while_the_name_server_does_not_answer(
    hosts: Sequence[Host], arguments: list[str]
) -> None:
    name, *flags = [*arguments, "--host", "no-answer.test"]
    process = subprocess.Popen(
        hosts[1].command(sys.executable, "-m", f"clients.{name}", *flags),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    with process:
        while not is_asking(process.pid):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=8)  # a look-up takes 10 s to fail
    assert (process.returncode, output, errors) == (0, b"", b"")


def is_asking(number: int) -> bool:
    """Whether the process has a UDP socket that is connected to a name server."""
    try:
        return ":0035 " in Path(f"/proc/{number}/net/udp").read_text()
    except OSError:
        return False


@pytest.mark.parametrize(("asked", "answers"), [("10.99.0.255", "10.99.0.1"), ("ff02::1%cable", "fe80::1")])
def test_what_is_sent_to_all_hosts_is_answered_from_the_servers_own_address(
    hosts: Sequence[Host], asked: str, answers: str
) -> None:
    with hosts[0].serving("servers.udp_echo", "--host", "", "--port", "0") as server:
        command = hosts[1].command(sys.executable, "-c", ASK, asked, str(server.port()))
        assert subprocess.run(command, capture_output=True, text=True).stdout == f"hello {answers}\n"


def test_a_client_without_a_route_to_it_does_not_stop_a_udp_server(hosts: Sequence[Host]) -> None:
    with hosts[0].serving("servers.udp_echo", "--host", "", "--port", "0") as server:
        endpoint = f"udp:10.99.0.1:{server.port()}"
        for kind in ("prohibit", "unreachable"):
            ip("-n", hosts[0].name, "route", "add", kind, "10.99.0.2")
            assert hosts[1].client("udp_echo", "--connect", endpoint, "--timeout", "0.1").returncode == 1
            ip("-n", hosts[0].name, "route", "del", kind, "10.99.0.2")
            assert hosts[1].client("udp_echo", "--connect", endpoint).returncode == 0


def test_without_ipv6_a_server_listens_at_the_addresses_that_there_are(hosts: Sequence[Host]) -> None:
    switch = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
    subprocess.run(hosts[0].command("sh", "-c", switch), check=True)
    with hosts[0].serving("servers.echo", "--host", "", "--port", "0") as server:
        assert printed(server) == [f"tcp:10.99.0.1:{server.port()}"]
        assert server.complaints() == ""
    with hosts[0].serving("servers.echo", "--host", "both", "--port", "0") as server:
        assert server.endpoints["echo"] == [f"tcp:127.0.0.1:{server.port()}"]
