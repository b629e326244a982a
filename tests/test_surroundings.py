"""Every command, in surroundings that are out of order: closed, full and failing streams, limits, signals."""

import errno
import fcntl
import os
import pty
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import AnyStr

import pytest

from tests.clients.fetch.web_server import page, web_server
from tests.running import GUARD, ROOT, Server, complaints_in, connect, environment, serving

STREAMS = ["echo", "insult", "qotd", "chat"]
CLIENTS = [*STREAMS, "udp_echo"]
SERVERS = ["chat", "echo", "qotd", "insult", "udp_echo"]
NO_SPACE = os.strerror(errno.ENOSPC)
CLOSED = ["<&-", "</dev/null >&-", "</dev/null 2>&-", "<&- >&- 2>&-"]
"""Closed standard streams, in the language of the shell."""

UNTHREADED = """
import sys, threading
def start(thread):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
"""


@pytest.fixture(scope="module")
def suite() -> Iterator[Server]:
    """All servers, and their runtime directory in a variable."""
    with serving("servers", "--port", "0") as server:
        yield server


def shell(script: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in sh, where $python is the interpreter."""
    env = environment(python=shlex.quote(sys.executable), **changes)
    return subprocess.run(
        ["/bin/sh", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=GUARD, env=env
    )


@contextmanager
def killed(process: "subprocess.Popen[AnyStr]") -> Iterator["subprocess.Popen[AnyStr]"]:
    """A process that is killed if the block fails, so that no test waits for it."""
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def client(suite: Server, name: str) -> str:
    return f"$python -m clients.{name} --connect {suite.endpoints[name][0]}"


# --- closed streams


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("name", CLIENTS)
def test_to_a_client_a_closed_stream_is_at_its_end_or_not_read(suite: Server, name: str, closed: str) -> None:
    result = shell(f"{client(suite, name)} {closed}")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("flags", ["", "--json"])
def test_the_monitor_prints_its_table_whatever_stream_is_closed(
    suite: Server, flags: str, closed: str
) -> None:
    result = shell(f"$python -m clients.monitor --once {flags} {closed}")
    assert (result.returncode, result.stderr) == (0, "")
    assert (">&- " in closed or closed.endswith(" >&-")) == (result.stdout == "")


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_serves_whatever_stream_is_closed(name: str, closed: str, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/socket"
        endpoint = "udp:127.0.0.1:0" if name == "udp_echo" else f"unix:{path}"
        script = f"exec $python -m servers.{name} --listen {endpoint} {closed}"
        env = environment(python=shlex.quote(sys.executable), REACTOR_SCHOOL_RUNTIME_DIR=directory)
        with killed(
            subprocess.Popen(
                ["/bin/sh", "-c", script], cwd=ROOT, stderr=subprocess.PIPE, env=env, stdout=subprocess.PIPE
            )
        ) as process:
            wait_for_file(Path(directory, f"{name}-{process.pid}.sock"))
            if name != "udp_echo":
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.settimeout(GUARD)
                    sock.connect(path)
                    assert sock.recv(1)
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=GUARD)[1] == b""
        assert process.returncode == 0


def test_no_socket_of_a_server_gets_the_number_of_a_closed_stream() -> None:
    """Otherwise what a library prints would go to a user (php/php-src#7769)."""
    with tempfile.TemporaryDirectory() as directory:
        process = started(
            "$python -m servers.echo --port 0 <&- >&- 2>&-", REACTOR_SCHOOL_RUNTIME_DIR=directory
        )
        wait_for_file(Path(directory, f"echo-{process.pid}.sock"))
        assert [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)] == [os.devnull] * 3
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=GUARD)
    assert process.returncode == 0


def wait_for_file(path: Path) -> None:
    """Return when there is a file at `path`, which a server makes when it listens."""
    with subprocess.Popen(["sh", "-c", f"until [ -e {path} ]; do sleep 0.01; done"]) as waiting:
        waiting.wait(GUARD)


@pytest.mark.parametrize("command", ["servers", "servers.chat", "clients.chat", "clients.monitor"])
def test_a_wrong_flag_and_the_help_need_no_streams(command: str) -> None:
    for flag, status in (("--help", 0), ("--no-such-flag", 2)):
        result = shell(f"$python -m {command} {flag} <&- >&- 2>&-")
        assert (result.returncode, result.stdout, result.stderr) == (status, "", "")


@pytest.mark.parametrize("closed", CLOSED)
def test_to_fetch_a_closed_stream_is_not_read(closed: str) -> None:
    with web_server(page(b"hello")) as server:
        result = shell(f"$python -m clients.fetch {server.url} {closed}")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == ("" if ">&- " in closed or closed.endswith(" >&-") else "hello")


# --- full and failing streams


def test_fetch_that_cannot_write_says_so_in_one_line_and_exits_1() -> None:
    with web_server(page(b"hello")) as server:
        result = shell(f"$python -m clients.fetch {server.url} >/dev/full")
    assert (result.returncode, result.stderr) == (1, f"fetch: cannot write: {NO_SPACE}\n")


@pytest.mark.parametrize("name", ["echo", "insult", "qotd", "udp_echo"])
def test_a_client_that_cannot_write_says_so_in_one_line_and_exits_1(suite: Server, name: str) -> None:
    result = shell(f"{client(suite, name)} </dev/null >/dev/full")
    assert (result.returncode, result.stderr) == (1, f"{name}: cannot write: {NO_SPACE}\n")


def test_a_chat_that_cannot_write_says_so_in_one_line_and_exits_1(suite: Server) -> None:
    with suite.connect("chat") as ann:
        ann.send(b"ann\n")
        process = started(f"{client(suite, 'chat')} --name bob >/dev/full")
        ann.until("bob has joined")
        ann.send(b"hello\n")
        ann.until("bob has left")
        out, err = process.communicate(timeout=GUARD)
    assert (process.returncode, out, err) == (1, "", f"chat: cannot write: {NO_SPACE}\n")


def started(script: str, **changes: str) -> "subprocess.Popen[str]":
    """Start a command, with pipes for its streams."""
    env = environment(python=shlex.quote(sys.executable), **changes)
    pipe = subprocess.PIPE
    command = ["/bin/sh", "-c", f"exec {script}"]
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env)


@pytest.mark.parametrize("name", ["echo", "insult", "chat"])
def test_a_client_whose_input_cannot_be_read_says_so_in_one_line_and_exits_1(
    suite: Server, name: str, tmp_path: Path
) -> None:
    result = shell(f"{client(suite, name)} 0>{tmp_path}/written")
    assert (result.returncode, result.stderr) == (1, f"{name}: cannot read: Bad file descriptor\n")


@pytest.mark.parametrize("command", ["clients.monitor --once", "clients.monitor --once --json"])
def test_the_monitor_that_cannot_write_says_so_in_one_line_and_exits_1(suite: Server, command: str) -> None:
    result = shell(f"$python -m {command} >/dev/full")
    assert (result.returncode, result.stderr) == (1, f"monitor: cannot write: {NO_SPACE}\n")


@pytest.mark.parametrize("command", ["servers.echo", "clients.echo", "clients.monitor"])
def test_help_that_cannot_be_written_is_one_line_and_help_whose_reader_has_gone_is_none(command: str) -> None:
    result = shell(f"$python -m {command} --help >/dev/full")
    name = command.partition(".")[2]
    assert (result.returncode, result.stderr) == (1, f"{name}: cannot write: {NO_SPACE}\n")
    assert shell(f"$python -m {command} --help | true").stderr == ""


@pytest.mark.parametrize("name", ["servers", *(f"servers.{name}" for name in SERVERS)])
def test_a_server_that_cannot_write_its_first_lines_says_so_in_one_line_and_exits_1(name: str) -> None:
    result = shell(f"$python -m {name} --port 0 >/dev/full")
    assert (result.returncode, result.stderr) == (
        1,
        f"{name.removeprefix('servers.')}: cannot write: {NO_SPACE}\n",
    )


def test_a_full_disk_for_the_log_stops_nothing() -> None:
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "servers.echo", "--port", "0", "--log-level", "debug"]
        with killed(
            subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=full, text=True, env=environment()
            )
        ) as process:
            assert process.stdout is not None
            with connect(int(process.stdout.readline().rpartition(":")[2])) as user:
                user.line()
                user.send(b"hello\n")
                assert user.line() == "hello"
            process.send_signal(signal.SIGTERM)
            assert process.stdout.read().endswith("echo stopped\n")
        assert process.returncode == 0


@contextmanager
def full_pipe(blocking: bool) -> Iterator[int]:
    """The writing end of a full pipe, which no process reads."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write, blocking)
    try:
        yield write
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.parametrize("blocking", [True, False])
def test_full_pipes_for_output_and_log_stop_neither_a_session_nor_the_stop(
    blocking: bool, tmp_path: Path
) -> None:
    with tempfile.TemporaryDirectory() as directory, full_pipe(blocking) as full:
        path = f"{directory}/socket"
        command = [sys.executable, "-m", "servers.chat", "--listen", f"unix:{path}", "--log-level", "debug"]
        env = environment(REACTOR_SCHOOL_RUNTIME_DIR=directory)
        with killed(subprocess.Popen(command, cwd=ROOT, stdout=full, stderr=full, env=env)) as process:
            wait_for_file(Path(directory, f"chat-{process.pid}.sock"))
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(GUARD)
                sock.connect(path)
                sock.sendall(b"ann\n")
                received = b""
                while b"the only one here" not in received:
                    received += sock.recv(4096)
            process.send_signal(signal.SIGTERM)
            assert process.wait(GUARD) == 0


def test_a_terminal_that_ctrl_s_has_stopped_stops_neither_a_session_nor_the_stop() -> None:
    """The terminal shows the first lines; then it is stopped (paperclipai/paperclip#13558)."""
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "servers.chat", "--port", "0", "--log-level", "debug", "--flood", "off"]
    with killed(
        subprocess.Popen(command, cwd=ROOT, stdout=terminal, stderr=terminal, env=environment())
    ) as process:
        shown = b""
        while b"stop with Ctrl-C" not in shown:
            shown += os.read(screen, 4096)
        termios.tcflow(terminal, termios.TCOOFF)
        port = int(shown.split(b"\r\n")[0].rpartition(b":")[2])
        with connect(port) as ann, connect(port) as bob:
            ann.send(b"ann\n")
            ann.until("Welcome")
            bob.send(b"bob\n" + b"a line for a full terminal\n" * 1000)
            for _ in range(1000):
                assert ann.until("a line for a full terminal")
        process.send_signal(signal.SIGTERM)
        assert process.wait(GUARD) == 0
    os.close(screen)
    os.close(terminal)


def test_a_non_blocking_stdout_that_is_full_gets_all_that_a_client_prints(suite: Server) -> None:
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write, False)
    text = "".join(f"line {number}\n" for number in range(20_000))
    command = [sys.executable, "-m", "clients.echo", "--connect", suite.endpoints["echo"][0]]
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        with killed(
            subprocess.Popen(
                command, cwd=ROOT, stdin=file, stdout=write, stderr=subprocess.PIPE, env=environment()
            )
        ) as process:
            os.close(write)
            assert select.select([read], [], [], GUARD)[0]
            with os.fdopen(read) as output:
                assert output.read().partition("\n")[2] == text
            assert process.stderr is not None
            assert process.stderr.read() == b""
        assert process.returncode == 0


# --- threads, directories, signals


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_may_start_no_thread_serves_and_warns(name: str, tmp_path: Path) -> None:
    source = (
        f"{UNTHREADED}import runpy; runpy.run_module('servers.{name}', run_name='__main__', alter_sys=True)"
    )
    with killed(
        subprocess.Popen(
            [sys.executable, "-c", source, "--port", "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
    ) as process:
        assert process.stdout is not None
        assert "listening on" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=GUARD)
    assert process.returncode == 0
    assert out.endswith(f"{name} stopped\n")
    assert "can't start new thread" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("stdin", ["file", "name"])
@pytest.mark.parametrize("name", ["echo", "insult", "chat"])
def test_a_client_that_may_start_no_thread_says_so_in_one_line_and_exits_1(
    suite: Server, name: str, stdin: str, tmp_path: Path
) -> None:
    (tmp_path / "input").write_text("hello\n")
    host = "localhost" if stdin == "name" else "127.0.0.1"
    endpoint = f"tcp:{host}:{suite.port(name)}"
    source = (
        f"{UNTHREADED}import runpy; runpy.run_module('clients.{name}', run_name='__main__', alter_sys=True)"
    )
    with (tmp_path / "input").open() as file:
        result = subprocess.run(
            [sys.executable, "-c", source, "--connect", endpoint],
            cwd=ROOT,
            stdin=file,
            capture_output=True,
            text=True,
            timeout=GUARD,
            env=environment(),
        )
    lines = [line for line in result.stderr.splitlines() if " WARNING " not in line]
    assert result.returncode == 1
    assert len(lines) == 1
    assert "can't start new thread" in lines[0]


def test_fetch_that_may_start_no_thread_writes_all_the_same() -> None:
    start = "import runpy; runpy.run_module('clients.fetch', run_name='__main__', alter_sys=True)"
    with web_server(page(b"hello")) as server:
        command = [sys.executable, "-c", UNTHREADED + start, server.url]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=GUARD, env=environment())
    assert (result.returncode, result.stdout) == (0, b"hello")
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["servers.chat", "clients.echo", "clients.monitor"])
def test_the_monitor_and_the_others_neither_make_nor_change_a_directory_by_looking(
    command: str, tmp_path: Path
) -> None:
    directory = tmp_path / "run"
    shell(
        f"$python -m {command} --help; $python -m clients.monitor --once",
        REACTOR_SCHOOL_RUNTIME_DIR=str(directory),
    )
    assert not directory.exists()
    directory.mkdir()
    directory.chmod(0o1777)
    result = shell("$python -m clients.monitor --once", REACTOR_SCHOOL_RUNTIME_DIR=str(directory))
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert f"{directory} (from REACTOR_SCHOOL_RUNTIME_DIR) is open to other users" in result.stderr
    assert directory.stat().st_mode & 0o7777 == 0o1777


def test_a_removed_current_directory_is_nothing_to_a_server(tmp_path: Path) -> None:
    script = "mkdir gone; cd gone; rmdir ../gone; exec $python -m servers.echo --port 0"
    process = started(f"sh -c {shlex.quote(f'cd {tmp_path}; {script}')}", PYTHONPATH=str(ROOT))
    assert process.stdout is not None
    with connect(int(process.stdout.readline().rpartition(":")[2])) as user:
        assert user.line()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=GUARD)
    assert (process.returncode, out.splitlines()[-1], complaints_in(err)) == (0, "echo stopped", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "command", ["servers.echo --port 0", "clients.echo", "tutorials.proxy 0 localhost 1"]
)
def test_a_signal_while_a_command_is_loaded_ends_it_in_silence(
    command: str, number: int, tmp_path: Path
) -> None:
    """The first module that the command imports sends the signal, so that it comes at this moment."""
    (tmp_path / "bisect.py").write_text(f"import os; os.kill(os.getpid(), {int(number)})\nwhile True: pass\n")
    result = shell(f"exec $python -m {command}", PYTHONPATH=str(tmp_path))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
