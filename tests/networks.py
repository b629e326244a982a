"""Hosts in network namespaces of their own, joined by a cable or a switch, for tests of several machines."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.running import GUARD, ROOT, Server, environment

NUMBERS = ("1", "2")
DEVICE = "cable"
SILENT = "10.99.0.99"
"""An address on the cable that neither accepts nor refuses: it belongs to no host."""


def ip(*command: str) -> None:
    """Run `ip` with `command`."""
    subprocess.run(["ip", *command], check=True, capture_output=True, timeout=GUARD)


def may_make_networks() -> bool:
    """Whether iproute2 is installed, and permitted to make network namespaces."""
    name = f"probe-{os.getpid()}"
    if shutil.which("ip") is None:
        return False
    commands = (["add", name], ["exec", name, "true"], ["del", name])
    return not any(
        subprocess.run(["ip", "netns", *command], capture_output=True).returncode for command in commands
    )


class Host:
    """A network namespace. Its addresses are 10.99.0.N, fd99::N and fe80::N%cable; it has no other route.

    In it `both` is a name with 127.0.0.1 and ::1, and `slow` one with SILENT and 10.99.0.1. The name server
    of all other names does not answer.
    """

    def __init__(self, number: str) -> None:
        self.number = number
        self.name = f"school-{os.getpid()}-{number}"
        self.files = Path("/etc/netns") / self.name

    def set_up(self) -> None:
        self.files.mkdir(parents=True)
        (self.files / "hosts").write_text(
            f"127.0.0.1 both\n::1 both\n{SILENT} slow\n10.99.0.1 slow\n127.0.0.1 localhost\n"
        )
        (self.files / "resolv.conf").write_text(f"nameserver {SILENT}\n")
        ip("netns", "add", self.name)

    def connect(self) -> None:
        """Configure the cable's end."""
        for device in ("lo", DEVICE):
            ip("-n", self.name, "link", "set", device, "addrgenmode", "none")
            ip("-n", self.name, "link", "set", device, "up")
        for prefix in ("10.99.0.{}/24", "fd99::{}/64", "fe80::{}/64"):
            flags = [] if "." in prefix else ["nodad"]
            address = prefix.format(self.number)
            ip("-n", self.name, "address", "add", address, "dev", DEVICE, *flags)
        ip("-n", self.name, "neigh", "add", SILENT, "lladdr", "02:00:00:00:00:99", "dev", DEVICE)

    def command(self, *command: str) -> list[str]:
        """`command`, to be run on this host."""
        return ["ip", "netns", "exec", self.name, *command]

    def client(self, *command: str, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run `python -m clients.COMMAND…` on this host, and wait for its end."""
        return subprocess.run(
            self.command(sys.executable, "-m", f"clients.{command[0]}", *command[1:]),
            cwd=ROOT,
            input=said,
            capture_output=True,
            timeout=GUARD,
            env=environment(),
        )

    @contextmanager
    def serving(self, *command: str) -> Iterator[Server]:
        """A server on this host, as `tests.running.serving`."""
        server = Server(*command, prefix=self.command())
        try:
            yield server
            assert "Traceback" not in server.stderr(), server.stderr()
        finally:
            server.close()

    def tear_down(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        shutil.rmtree(self.files, ignore_errors=True)


@contextmanager
def two_hosts() -> Iterator[Sequence[Host]]:
    """Two hosts that are joined by a cable."""
    hosts = [Host(number) for number in NUMBERS]
    with ExitStack() as stack:
        for host in hosts:
            stack.callback(host.tear_down)
            host.set_up()
        near, far = (["name", DEVICE, "netns", host.name] for host in hosts)
        ip("link", "add", *near, "type", "veth", "peer", *far)
        for host in hosts:
            host.connect()
        yield hosts


class Switch:
    """Joins hosts, in a namespace of its own. A host can be cut off: its packets are lost."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self.name, self.hosts = f"school-{os.getpid()}-switch", hosts

    def set_up(self) -> None:
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "add", "switch", "type", "bridge")
        ip("-n", self.name, "link", "set", "switch", "up")
        for host in self.hosts:
            near, far = (
                ["name", DEVICE, "netns", host.name],
                ["name", f"port{host.number}", "netns", self.name],
            )
            ip("link", "add", *near, "type", "veth", "peer", *far)
            host.connect()
            ip("-n", self.name, "link", "set", f"port{host.number}", "master", "switch")
            self.mend(host)

    def cut(self, host: Host) -> None:
        ip("-n", self.name, "link", "set", f"port{host.number}", "down")

    def mend(self, host: Host) -> None:
        ip("-n", self.name, "link", "set", f"port{host.number}", "up")

    def tear_down(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)


@contextmanager
def hosts_on_a_switch(number: int) -> Iterator[Switch]:
    """Some hosts that are joined by a switch."""
    switch = Switch([Host(str(each)) for each in range(1, number + 1)])
    with ExitStack() as stack:
        for host in switch.hosts:
            stack.callback(host.tear_down)
            host.set_up()
        stack.callback(switch.tear_down)
        switch.set_up()
        yield switch
