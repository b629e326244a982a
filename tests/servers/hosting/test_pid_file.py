"""The pid file by itself: when a server counts as running, and which files are removed."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.hosting import pid_file as pid_file_module
from servers.hosting.pid_file import LARGEST, AlreadyRunningError, PidFile, status, stop


@given(st.binary(max_size=40))
def test_whatever_is_in_the_file_it_names_a_living_process_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("pid") / "pid"
    path.write_bytes(data)
    number = PidFile(str(path)).running()
    assert number == 0 or os.path.exists(f"/proc/{number}")


@pytest.mark.parametrize("number", [0, LARGEST + 1, pytest.param(os.getpid(), id="PID")])
def test_no_server_has_such_a_number(number: int, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text(str(number))
    assert PidFile(str(path)).running() == 0


def test_the_file_is_made_once_and_removed_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    pid_file = PidFile(str(path))
    pid_file.create()
    assert path.read_text() == f"{os.getpid()}\n"
    pid_file.remove()
    assert not path.exists()
    pid_file.remove()
    path.write_text(f"{os.getppid()}\n")
    with pytest.raises(AlreadyRunningError, match=str(os.getppid())):
        pid_file.create()
    pid_file.remove()
    assert path.exists()


def test_what_is_no_regular_file_is_refused_and_stays(tmp_path: Path) -> None:
    directory, pipe = tmp_path / "directory", tmp_path / "pipe"
    directory.mkdir()
    os.mkfifo(pipe)
    for path in (directory, pipe, Path("/dev/null")):
        with pytest.raises(OSError, match="it is not a regular file"):
            PidFile(str(path)).create()
        assert path.exists()


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    path, target = tmp_path / "pid", tmp_path / "target"
    target.write_text("kept")
    path.symlink_to(target)
    PidFile(str(path)).create()
    assert target.read_text() == "kept"
    assert not path.is_symlink()


@pytest.mark.parametrize("has_descriptors", [True, False], ids=["with pidfd_open", "without"])
def test_a_stopped_process_has_ended(
    has_descriptors: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_descriptors:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    path = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        path.write_text(f"{process.pid}\n")
        assert stop(PidFile(str(path))) == (f"stopped process {process.pid}", 0)
        assert process.wait() == -signal.SIGTERM


def test_a_process_that_ignores_sigterm_is_named_after_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pid_file_module, "STOP_WITHIN", 0.0)
    program = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); input()"
    path = tmp_path / "pid"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        path.write_text(f"{process.pid}\n")
        for _ in range(2):
            line, code = stop(PidFile(str(path)))
            assert (line.partition(" still")[0], code) == (f"process {process.pid}", 1)
            monkeypatch.delattr(os, "pidfd_open", raising=False)


def test_the_answers_have_the_status_of_the_standard(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    pid_file = PidFile(str(path))
    assert status(pid_file) == (f"not running: there is no {path}", 3)
    path.write_text("")
    assert status(pid_file)[1] == 1
    path.write_text(str(os.getppid()))
    assert status(pid_file) == (f"running as process {os.getppid()}", 0)
    path.unlink()
    path.mkdir()
    assert status(pid_file)[1] == 4
    assert stop(pid_file)[1] == 1


@pytest.mark.parametrize("text", ["two\nlines\n", "a line of more than thirty-two letters"])
def test_a_file_that_is_no_pid_file_is_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text(text)
    with pytest.raises(FileExistsError, match="is no pid file"):
        PidFile(str(path)).create()
    assert path.read_text() == text


def test_a_device_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as device:
        device.bind(str(path))
        with pytest.raises(OSError):
            PidFile(str(path)).create()
    assert path.is_socket()
