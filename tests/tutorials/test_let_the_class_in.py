"""README, "Let the class in": the class joins from another machine, with what the server prints.

The two machines are network namespaces, for which a test has to be root.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence

import pytest

from tests.networks import Host, may_make_networks, two_hosts
from tests.running import GUARD, ROOT, Server

pytestmark = pytest.mark.skipif(not may_make_networks(), reason="network namespaces are not permitted")

README = (ROOT / "README.md").read_text("utf-8")
COMMAND = re.search(r"^ {4}python3 -m (servers chat echo --host 0\.0\.0\.0)$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Sequence[Host]]:
    with two_hosts() as hosts:
        yield hosts


def nc(host: Host, line: str, said: str) -> str:
    """Run the `nc` command in `line`, a line that the server printed, on `host`. Returns its output."""
    command = shlex.split(line.rpartition("or: ")[2])
    assert command[0] == "nc"
    result = subprocess.run(
        host.command("nc", "-N", *command[1:]), input=said, capture_output=True, text=True, timeout=GUARD
    )
    assert result.returncode == 0
    return result.stdout


def lines_with(server: Server, text: str) -> list[str]:
    """The commands for a client that the server prints."""
    return [line for line in server.lines if line.startswith("  ") and text in line]


def test_with_the_command_of_the_readme_another_machine_gets_in_by_the_printed_lines(
    hosts: Sequence[Host],
) -> None:
    assert COMMAND is not None
    school, pupil = hosts
    with school.serving(*COMMAND[1].split(), "--port", "0") as server:
        assert not any("127.0.0.1" in line for line in server.lines)
        (chat,), (echo,) = lines_with(server, "clients.chat"), lines_with(server, "clients.echo")
        assert "Welcome! There are currently 1 open connections." in nc(pupil, echo, "hello\n")
        assert "Welcome to the chat, ann." in nc(pupil, chat, "ann\n/quit\n")
        (endpoint,) = re.findall(r"--connect (\S+)", chat)
        piped = pupil.client("chat", "--name", "bob", "--connect", endpoint, said=b"hello\n")
        assert (piped.returncode, piped.stderr) == (0, b"")
        assert server.stop() == 0


def test_without_host_another_machine_does_not_get_in(hosts: Sequence[Host]) -> None:
    school, pupil = hosts
    with school.serving("servers.echo", "--port", "0") as server:
        result = pupil.client("echo", "--connect", f"tcp:10.99.0.1:{server.port()}")
        assert result.returncode == 1
        assert b"Connection refused" in result.stderr


def test_several_learners_on_one_machine_take_free_ports(hosts: Sequence[Host]) -> None:
    school, _ = hosts
    with (
        school.serving("servers.echo", "--port", "0") as first,
        school.serving("servers.echo", "--port", "0") as second,
    ):
        assert first.port() != second.port()
