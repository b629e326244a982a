"""Servers as daemons: the whole life, the failures of the start, and what is left of the parent."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.daemons import command, daemon, start, taken_port, until_opened_anew
from tests.running import GUARD, ROOT, Server, environment, run, serving, until, until_logged

DATED = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+: (.*)$")


def messages(path: Path) -> list[str]:
    """The messages in a log. Each line must begin with the date and the time."""
    lines = path.read_text().splitlines()
    found = [DATED.match(line) for line in lines]
    assert all(found), lines
    return [each[1] for each in found if each]


def test_the_whole_life_of_a_daemon(tmp_path: Path) -> None:
    log, pid_file = tmp_path / "log", tmp_path / "pid"
    flags = ("servers", "chat", "echo", "--port", "0", "--log-file", str(log), "--stall-ms", "10000")
    with daemon(*flags, pid_file=pid_file) as server:
        with server.connect("echo") as client:
            assert client.line() == "Welcome! There are currently 1 open connections."
        assert server.output.splitlines()[-1] == f"stop with python -m servers --stop --pid-file {pid_file}"

        second = start(*flags, "--daemon", "--pid-file", str(pid_file))
        assert (second.returncode, second.stdout) == (1, "")
        assert len(second.stderr.splitlines()) == 1
        assert f"process {server.pid}" in second.stderr

        status = run("servers", "--status", "--pid-file", str(pid_file))
        assert (status.returncode, status.stdout) == (0, f"running as process {server.pid}\n")

        until(lambda: log.read_text().count("listening on") == 2, log.read_text)
        log.rename(tmp_path / "log.1")
        server.kill(signal.SIGHUP)
        until_opened_anew(log)
        stopped = run("servers", "--stop", "--pid-file", str(pid_file))
        assert (stopped.returncode, stopped.stdout) == (0, f"stopped process {server.pid}\n")
        server.wait()

    assert not pid_file.exists()
    status = run("servers", "--status", "--pid-file", str(pid_file))
    assert (status.returncode, status.stderr) == (3, f"not running: there is no {pid_file}\n")
    assert run("servers", "--stop", "--pid-file", str(pid_file)).returncode == 1
    assert messages(tmp_path / "log.1") == [
        f"{name} listening on tcp:127.0.0.1:{server.port(name)}" for name in ("chat", "echo")
    ]
    assert messages(log) == ["the log is opened anew", "servers stopped"]


def test_a_daemon_has_nothing_of_its_parent(tmp_path: Path) -> None:
    inherited = os.open(tmp_path, os.O_RDONLY)
    try:
        with daemon(
            "servers.echo", "--port", "0", pid_file=tmp_path / "pid", pass_fds=(inherited,)
        ) as server:
            descriptors = server.descriptors()
            assert {descriptors.pop(number) for number in (0, 1, 2)} == {"/dev/null"}
            kinds = {re.sub(r"\d+", "N", target) for target in descriptors.values()}
            assert kinds == {"anon_inode:[eventpoll]", "socket:[N]"}
            assert os.readlink(f"/proc/{server.pid}/cwd") == "/"
            assert server.status()["Umask"] == ["0077"]
            fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2].split()
            group, session, terminal = int(fields[2]), int(fields[3]), int(fields[4])
            assert (group == session, session != server.pid, terminal) == (True, True, 0)
            assert session != os.getsid(0)
    finally:
        os.close(inherited)


def test_the_umask_of_the_flag_holds_for_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    flags = ("servers.echo", "--port", "0", "--umask", "027", "--log-file", str(log))
    with daemon(*flags, pid_file=tmp_path / "pid") as server:
        assert server.status()["Umask"] == ["0027"]
        assert log.stat().st_mode & 0o777 == 0o640


def test_a_hang_up_does_not_end_a_daemon_without_a_log(tmp_path: Path) -> None:
    with daemon("servers.echo", "--port", "0", pid_file=tmp_path / "pid") as server:
        server.kill(signal.SIGHUP)
        with server.connect("echo") as client:
            assert client.line().startswith("Welcome!")


@pytest.mark.parametrize("text", ["", "no number", "-1", "0", "999999999", "99999999999999999999", "12 34\n"])
def test_a_pid_file_without_a_living_process_is_replaced(text: str, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(text)
    with daemon("servers.echo", "--port", "0", pid_file=pid_file) as server:
        assert pid_file.read_text() == f"{server.pid}\n"


def test_the_pid_file_of_a_killed_server_is_replaced(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with daemon("servers.echo", "--port", "0", pid_file=pid_file) as server:
        first = server.pid
    status = run("servers", "--status", "--pid-file", str(pid_file))
    assert (status.returncode, "not stopped properly" in status.stderr) == (1, True)
    with daemon("servers.echo", "--port", "0", pid_file=pid_file) as server:
        assert server.pid != first


def test_a_living_process_in_the_pid_file_is_named(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(f"{os.getpid()}\n")
    result = start("servers.echo", "--port", "0", "--daemon", "--pid-file", str(pid_file))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"a server runs already as process {os.getpid()}, says {pid_file}" in result.stderr
    assert pid_file.read_text() == f"{os.getpid()}\n"


FAILURES = {
    "pid file": ("--pid-file {0}/none/pid", "cannot write the pid file {0}/none/pid: No such file"),
    "pid file is a directory": ("--pid-file {0}", "cannot use the pid file {0}: it is not a regular file"),
    "log": ("--log-file {0}/none/log --pid-file {0}/pid", "cannot write the log {0}/none/log: No such file"),
    "user": ("--user no-such-user --pid-file {0}/pid", "there is no user 'no-such-user' here"),
    "group": ("--group no-such-group --log-file {0}/log", "there is no group 'no-such-group' here"),
    "chroot": ("--chroot {0}/none --pid-file {0}/pid", "cannot change the root to {0}/none: there is no"),
    "address": ("--host 192.0.2.1 --log-file {0}/log", "cannot listen on tcp:192.0.2.1:0"),
    "pid after log": (
        "--log-file {0}/log --pid-file {0}/none/pid",
        "cannot write the pid file {0}/none/pid: No such file",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("mode", [("--daemon",), ()], ids=["daemon", "foreground"])
def test_a_step_of_the_start_that_fails_gives_a_line_and_leaves_nothing(
    name: str, mode: tuple[str, ...], tmp_path: Path
) -> None:
    flags, line = FAILURES[name]
    listen = f"unix:{tmp_path}/socket" if name != "address" else ""
    endpoint = ("--listen", listen) if listen else ("--port", "0")
    result = start("servers.echo", *endpoint, *mode, *flags.format(tmp_path).split())
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(line.format(tmp_path))
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_a_line_at_the_terminal(tmp_path: Path) -> None:
    flags = ("--daemon", "--pid-file", str(tmp_path / "pid"), "--log-file", str(tmp_path / "log"))
    with taken_port() as port:
        result = start("servers.echo", "--port", str(port), *flags)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"cannot listen on tcp:127.0.0.1:{port}: the port is in use.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "flags",
    [
        *(("--umask", "9"), ("--umask", "7777"), ("--stop",), ("--status",)),
        ("--stop", "--status", "--pid-file", "/nowhere/pid"),
    ],
)
def test_a_wrong_flag_exits_2(flags: tuple[str, ...]) -> None:
    result = run("servers.echo", *flags)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)


def test_the_output_of_a_daemon_without_a_pid_file_says_how_to_stop_it() -> None:
    result = start("servers.echo", "--port", "0", "--daemon")
    pid = int(result.stdout.splitlines()[-1].removeprefix("stop with kill "))
    os.kill(pid, signal.SIGTERM)


def test_warnings_of_the_start_are_in_the_log(tmp_path: Path) -> None:
    quotes, log = tmp_path / "quotes", tmp_path / "log"
    quotes.write_text("short\n" + "long" * 200 + "\n")
    flags = ("servers.qotd", "--port", "0", "--quotes", str(quotes), "--log-file", str(log))
    with daemon(*flags, "--stall-ms", "10000", pid_file=tmp_path / "pid"):  # the start may wait for stdout
        until(lambda: log.exists() and log.read_text(), log.exists.__repr__)
        assert "1 quotes are longer than 512 bytes" in messages(log)[0]


def test_a_unix_socket_is_removed_at_the_end_of_a_daemon(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with daemon("servers.echo", "--listen", f"unix:{path}", pid_file=tmp_path / "pid") as server:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            assert client.recv(8) == b"Welcome!"
        server.kill(signal.SIGTERM)
        server.wait()
    assert list(tmp_path.iterdir()) == []


def test_the_log_file_in_the_foreground_is_opened_anew_after_a_hang_up(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving("servers.echo", "--port", "0", "--log-file", str(log)) as server:
        until(lambda: "listening on" in log.read_text(), log.read_text)
        log.rename(tmp_path / "log.1")
        server.process.send_signal(signal.SIGHUP)
        until_opened_anew(log)
        assert server.stop() == 0
        assert server.complaints() == ""
    assert messages(tmp_path / "log.1") == [f"echo listening on tcp:127.0.0.1:{server.port()}"]
    assert messages(log) == ["the log is opened anew", "echo stopped"]


def test_a_log_that_cannot_be_opened_anew_goes_on_in_the_old_file(tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    directory.mkdir()
    log = directory / "log"
    with serving("servers.echo", "--port", "0", "--log-file", str(log)) as server:
        directory.rename(tmp_path / "moved")
        server.process.send_signal(signal.SIGHUP)
        moved = tmp_path / "moved" / "log"
        until(lambda: "cannot open the log anew: No such file" in moved.read_text(), moved.read_text)
        with server.connect() as client:
            assert client.line().startswith("Welcome!")
        assert server.stop() == 0
        assert messages(moved)[-1] == "echo stopped"


def test_a_full_disk_under_the_log_stops_no_session() -> None:
    flags = ("servers.chat", "--port", "0", "--log-file", "/dev/full", "--log-level", "debug", "--quiet")
    with serving(*flags) as server:
        for name in ("ann", "bob", "cem"):
            with server.connect() as client:
                client.until("Choose a username")
                client.send(name.encode() + b"\r\n")
                client.until("Welcome")
        assert server.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_that_is_interrupted_leaves_no_daemon(number: int, tmp_path: Path) -> None:
    insults, pid_file = tmp_path / "insults", tmp_path / "pid"
    os.mkfifo(insults)
    flags = ("--port", "0", "--daemon", "--pid-file", str(pid_file), "--insults", str(insults))
    process = subprocess.Popen(command("servers.insult", *flags), cwd=ROOT, env=environment())
    with open(insults, "w") as file:  # this waits until the daemon reads it
        process.send_signal(number)
        assert process.wait(GUARD) == 128 + signal.SIGINT
        file.write("rain: you are wet\n")
    until(lambda: not pid_file.exists() and not reading(insults), lambda: "the daemon still runs")


def test_a_signal_right_after_the_fork_interrupts_the_start() -> None:
    source = """
import os, signal
from servers.hosting import daemon

fork, first = os.fork, os.getpid()

def fork_and_interrupt():
    child = fork()
    if os.getpid() == first:
        signal.raise_signal(signal.SIGINT)
    return child

signal.signal(signal.SIGINT, lambda *_: os._exit(0))  # as while a command is being loaded
os.fork = fork_and_interrupt
daemon.detach()
"""
    result = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, env=environment(), capture_output=True, timeout=GUARD
    )
    assert (result.returncode, result.stdout, result.stderr) == (128 + signal.SIGINT, b"", b"")


def reading(path: Path) -> bool:
    """Whether a process has `path` on its command line."""
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(path).encode() in each.read_bytes():
                return True
    return False


def test_descriptors_above_the_limit_do_not_matter() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft <= hard
    server = Server("servers.echo", "--port", "0", "--umask", "077")
    try:
        assert Path(f"/proc/{server.process.pid}/status").read_text().count("Umask:\t0077") == 1
        until_logged(server, lambda text: text == "")
        assert server.stop() == 0
    finally:
        server.close()
