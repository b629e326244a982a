"""Several workers on one port: the division of the load, the end of one worker, and the stop of all."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from servers.hosting.shared_sockets import SharedSockets
from servers.hosting.workers import Crew, CrewState
from tests.daemons import manager
from tests.running import GUARD, ROOT, Client, Server, connect, datagrams, environment, run, serving, until

CONNECTIONS = 10_000


def children(pid: int) -> list[int]:
    """The workers of the process `pid`, in the order of their start."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def two_workers(*command: str, **changes: str) -> Iterator[tuple[Server, list[int]]]:
    """A server with two workers, and the numbers of their processes."""
    with serving(*command, "--port", "0", "--workers", "2", **changes) as server:
        yield server, children(server.process.pid)


def monitor() -> dict[str, list[dict[str, object]]]:
    """The JSON document of the monitor."""
    found: dict[str, list[dict[str, object]]] = json.loads(run("clients.monitor", "--once", "--json").stdout)
    return found


def greeted(server: Server) -> Client:
    """A client that has been greeted."""
    client = server.connect()
    assert client.line().startswith("Welcome!")
    return client


def serves(client: Client) -> bool:
    """Whether the connection still works."""
    try:
        client.send(b"hello\n")
        return client.line() == "hello"
    except ConnectionError:
        return False


def replaced(server: Server, before: list[int]) -> bool:
    """Whether there are as many workers as before, and they have not all the same numbers."""
    now = children(server.process.pid)
    return len(now) == len(before) and set(now) != set(before)


def test_the_connections_are_divided_evenly_and_the_monitor_shows_each_worker() -> None:
    with two_workers("servers.echo") as (server, workers), ExitStack() as stack:
        address = ("127.0.0.1", server.port())
        for _ in range(CONNECTIONS - 20):
            with socket.create_connection(address) as sock:
                assert sock.recv(8) == b"Welcome!"
        for _ in range(20):
            stack.enter_context(greeted(server))
        found = monitor()
        names = {each["name"]: each["pid"] for each in found["servers"] if each["pid"] in workers}
        assert sorted(names.values(), key=str) == sorted(workers, key=str)
        served = dict.fromkeys(names, 0)  # a session's number is the count of its worker
        for row in found["sessions"]:
            name, number = row["server"], row["id"]
            if isinstance(name, str) and name in served and isinstance(number, int):
                served[name] = max(served[name], number)
        assert all(0.4 * CONNECTIONS < count < 0.6 * CONNECTIONS for count in served.values()), served
        assert server.stop() == 0
        assert server.lines[-1] == "echo stopped"


def test_a_killed_worker_costs_its_own_connections_and_no_other() -> None:
    with two_workers("servers.echo") as (server, workers), ExitStack() as stack:
        clients = [stack.enter_context(greeted(server)) for _ in range(60)]
        rows = [row for row in monitor()["sessions"] if str(row["server"]).endswith(f"-{workers[0]}")]
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: replaced(server, workers), server.stderr)
        assert sum(not serves(client) for client in clients) == len(rows)
        for _ in range(60):
            assert serves(stack.enter_context(greeted(server)))
        text = f"worker 1, process {workers[0]}, has ended by signal 9: it is started again now"
        assert text in server.stderr()


def test_connections_that_wait_for_a_killed_worker_are_served_by_the_next_one() -> None:
    with two_workers("servers.echo") as (server, workers), ExitStack() as stack:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        clients = [stack.enter_context(server.connect()) for _ in range(40)]
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert all(client.line().startswith("Welcome!") for client in clients)


def test_a_worker_is_started_again_five_times_a_minute_and_the_others_serve_on() -> None:
    with two_workers("servers.echo") as (server, _), ExitStack() as stack:
        for _ in range(5):
            before = children(server.process.pid)
            os.kill(before[0], signal.SIGKILL)
            until(partial(replaced, server, before), server.stderr)
            until(lambda: len(greeted_names(server)) == 2, server.stderr)
        os.kill(children(server.process.pid)[0], signal.SIGKILL)
        until(lambda: "after 5 restarts within a minute" in server.stderr(), server.stderr)
        assert server.stderr().count("it is started again now") == 5
        assert len(children(server.process.pid)) == 1
        for _ in range(40):
            assert serves(stack.enter_context(greeted(server)))
        assert server.stop() == 0


def test_when_a_worker_is_said_to_wait_its_connections_go_to_the_others_already(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Sockets(SharedSockets):
        def pause(self, worker: int) -> None:
            log.warning("worker %d is paused", worker + 1)

    log = logging.getLogger("servers")
    crew = Crew(1, lambda number, connection: 0, Sockets(1))
    crew._state = CrewState.RUNNING
    for _ in range(6):
        crew._on_end(crew._workers[0], -9)
    assert caplog.messages[-2] == "worker 1 is paused"
    assert caplog.messages[-1].endswith(" s, after 5 restarts within a minute")


def greeted_names(server: Server) -> set[object]:
    """The names of the workers that the monitor finds."""
    pids = children(server.process.pid)
    return {each["name"] for each in monitor()["servers"] if each["pid"] in pids}


def test_udp_is_divided_too() -> None:
    with two_workers("servers.udp_echo") as (server, _):
        for number in range(20):
            with datagrams(server) as client:
                client.send(b"%d" % number)
                assert client.recv(100) == b"%d" % number


@pytest.mark.parametrize(
    "command", [("servers.qotd",), ("servers.insult",), ("servers", "echo", "qotd", "insult")]
)
def test_each_server_that_keeps_nothing_can_be_divided(command: tuple[str, ...]) -> None:
    with two_workers(*command) as (server, _):
        for name in server.endpoints:
            for _ in range(10):
                with server.connect(name) as client:
                    assert client.line()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_and_what_is_pending_is_sent(number: int) -> None:
    with two_workers("servers.echo") as (server, workers), ExitStack() as stack:
        clients = [stack.enter_context(greeted(server)) for _ in range(10)]
        for client in clients:
            client.send(b"last words\n")
            assert client.line() == "last words"
        for pid in workers if number == signal.SIGINT else ():
            os.kill(pid, number)  # Ctrl-C goes to every process of the terminal
        assert server.stop(number) == 0
        assert all(client.rest() == b"" for client in clients)
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_second_signal_ends_all_at_once(tmp_path: Path) -> None:
    place = f"{tmp_path}/notify"
    with manager(place) as sock, two_workers("servers.echo", NOTIFY_SOCKET=place) as (server, workers):
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)  # so that it does not end by itself
        server.process.send_signal(signal.SIGTERM)
        assert [sock.recv(100), sock.recv(100)] == [b"READY=1", b"STOPPING=1"]
        assert server.stop(signal.SIGTERM) == -signal.SIGTERM
        until(lambda: not any(alive(pid) for pid in workers), server.stderr)


def test_workers_stop_when_the_first_process_is_killed() -> None:
    with two_workers("servers.echo") as (server, workers):
        server.process.kill()
        server.process.wait()
        until(lambda: not any(alive(pid) for pid in workers), server.stderr)


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended may not have been waited for."""
    try:
        return not re.search(r"^State:\tZ", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return False


WRONG = {
    "chat": (("servers.chat",), "chat keeps something between its connections"),
    "suite": (("servers", "echo", "chat"), "chat keeps something between its connections"),
    "unix": (("servers.echo", "--listen", "unix:/tmp/no"), "'unix:/tmp/no': several workers cannot share it"),
    "none": (("servers.echo", "--workers", "0"), "python -m servers.echo: argument --workers"),
    "demo": (
        ("servers", "echo", "--demo"),
        "python -m servers: --demo and --stop-at-eof are for one",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_divided_exits_2_with_a_line(name: str) -> None:
    command, text = WRONG[name]
    result = run(*(command[0], "--workers", "2", *command[1:]))
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert result.stderr.startswith(text)


def test_a_system_without_shared_ports_exits_2_with_a_line() -> None:
    code = (
        "import runpy, socket\ndel socket.SO_REUSEPORT\nrunpy.run_module('servers.echo', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, "--workers", "2"]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD, env=environment()
    )
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert "this system cannot divide a port among processes" in result.stderr


def test_a_port_that_other_workers_have_is_in_use() -> None:
    with two_workers("servers.echo") as (server, _):
        result = run("servers.echo", "--workers", "2", "--port", str(server.port()))
        assert result.returncode == 1
        assert "the port is in use" in result.stderr


def test_a_file_that_cannot_be_used_is_one_line_and_no_worker(tmp_path: Path) -> None:
    insults = tmp_path / "insults"
    insults.write_text("no insult\n")
    result = run("servers.insult", "--port", "0", "--workers", "2", "--insults", str(insults))
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_each_process_opens_the_log_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with two_workers("servers.echo", "--log-file", str(log), "--log-level", "debug") as (server, workers):
        log.rename(tmp_path / "log.1")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: log.exists() and log.read_text().count("opened anew") == 3, log.exists.__repr__)
        for _ in range(20):
            greeted(server).close()
        until(lambda: log.read_text().count("has connected") == 20, log.read_text)
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: "it is started again now" in log.read_text(), log.read_text)
        assert server.stop() == 0
    assert "has connected" not in (tmp_path / "log.1").read_text()


def test_a_worker_that_hangs_is_killed_if_the_service_manager_waits_for_signs_of_life(tmp_path: Path) -> None:
    place = f"{tmp_path}/notify"
    with manager(place) as sock:
        variables = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "2000000"}
        with two_workers("tests.servers.hosting.stalling", **variables) as (server, workers):
            assert [sock.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]
            with connect(server.port()) as client:
                client.send(b"60\n")
                until(lambda: "does not turn any more, and is killed" in server.stderr(), server.stderr)
                until(lambda: replaced(server, workers), server.stderr)
            assert sock.recv(100) == b"WATCHDOG=1"
            assert server.stop() == 0
            messages = [b"WATCHDOG=1"]
            while messages[-1] == b"WATCHDOG=1":
                messages.append(sock.recv(100))
            assert messages[-1] == b"STOPPING=1"


def test_the_web_server_divides_the_pages_that_keep_nothing(tmp_path: Path) -> None:
    (tmp_path / "hello.txt").write_text("hello")
    with two_workers("servers.web", "--root", str(tmp_path)) as (server, _):
        site = f"http://127.0.0.1:{server.port()}"
        with urlopen(site, timeout=GUARD) as answer:
            index = answer.read().decode()
        assert "/files/" in index
        assert "/calendar" in index
        assert "/chat" not in index
        for path in ("/calendar/2026", "/gzip", "/files/hello.txt", "/static/style.css", "/source/clock") * 4:
            with urlopen(site + path, timeout=GUARD) as answer:
                assert answer.status == 200
        with pytest.raises(HTTPError, match="404") as caught:
            urlopen(f"{site}/chat", timeout=GUARD)
        caught.value.close()
