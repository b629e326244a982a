"""Daemons that give up root. `.ci/run` leaves these tests out where it is not root."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.daemons import daemon, start, until_opened_anew
from tests.running import GUARD, ROOT, until

READS_ALL = "+dac_read_search"  # Python may be installed where the user nobody cannot read
AS_NOBODY = (
    *("setpriv", "--reuid=nobody", f"--regid={pwd.getpwnam('nobody').pw_gid}", "--clear-groups"),
    *(f"--inh-caps={READS_ALL}", f"--ambient-caps={READS_ALL}"),
)
NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def root() -> Iterator[Path]:
    """A directory of the user nobody, whose parents this user may enter."""
    path = Path(tempfile.mkdtemp(prefix="school-root-"))
    path.chmod(0o755)
    os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
    yield path
    shutil.rmtree(path)


def confined(root: Path) -> tuple[str, ...]:
    """The flags of a server that becomes the user nobody in `root`."""
    return ("--user", "nobody", "--chroot", str(root), "--log-file", str(root / "log"))


def test_the_daemon_is_the_user_nobody_in_its_root(root: Path) -> None:
    with daemon("servers", "chat", "echo", "--port", "0", *confined(root), pid_file=root / "pid") as server:
        status = server.status()
        assert status["Uid"] == [str(NOBODY.pw_uid)] * 4
        assert status["Gid"] == [str(NOBODY.pw_gid)] * 4
        assert status["Groups"] == [str(group) for group in os.getgrouplist("nobody", NOBODY.pw_gid)]
        assert status["Umask"] == ["0077"]
        assert int(status["CapPrm"][0], 16) == int(status["CapEff"][0], 16) == 0
        assert os.readlink(f"/proc/{server.pid}/root") == str(root)
        assert os.readlink(f"/proc/{server.pid}/cwd") == str(root)
        log = root / "log"
        until(lambda: "in a chroot there is no control socket" in log.read_text(), log.read_text)
        for name in ("log", "pid"):
            found = (root / name).stat()
            assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (
                NOBODY.pw_uid,
                NOBODY.pw_gid,
                0o600,
            )
        with server.connect("echo") as client:
            assert client.line().startswith("Welcome!")
        (root / "log").rename(root / "log.1")
        server.kill(signal.SIGHUP)
        until_opened_anew(log)
        server.kill(signal.SIGTERM)
        server.wait()
    assert sorted(path.name for path in root.iterdir()) == ["log", "log.1"]
    assert "servers stopped" in log.read_text()


def test_codecs_the_time_zone_and_the_watchdog_work_in_the_root(root: Path) -> None:
    flags = ("tests.servers.hosting.stalling", "--port", "0", *confined(root))
    with daemon(*flags, pid_file=root / "pid", TZ="") as server:
        with server.connect("stalling") as client:
            client.send(b"0.3\n")
            assert client.line() in {
                time.strftime("%H:%M UTC", time.gmtime(time.time() - age)) for age in (0, 60)
            }
        log = root / "log"
        until(lambda: "has blocked the reactor" in log.read_text(), log.read_text)
        assert re.search(r"stalling\.py:\d+, Stalling\.line_received", log.read_text())
        assert "Traceback" not in log.read_text()


def test_the_local_time_in_the_root_is_that_of_the_system(root: Path) -> None:
    zone = Path("/usr/share/zoneinfo/Asia/Kathmandu")
    if not zone.exists():
        zone = Path("/etc/localtime")
    flags = ("tests.servers.hosting.stalling", "--port", "0", *confined(root))
    with daemon(*flags, pid_file=root / "pid", TZ=f":{zone}") as server, server.connect("stalling") as client:
        expected = []
        before = os.environ.get("TZ")
        os.environ["TZ"] = f":{zone}"
        time.tzset()
        expected.append(time.strftime("%H:%M %Z"))
        client.send(b"0\n0\n")
        answers = [client.line(), client.line()]
        expected.append(time.strftime("%H:%M %Z"))
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
        assert set(answers) <= set(expected)


def test_host_names_are_known_in_the_root(root: Path) -> None:
    with daemon(
        "tests.servers.hosting.naming", "--port", "0", *confined(root), pid_file=root / "pid"
    ) as server:
        (resolver,) = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert f"Uid:\t{NOBODY.pw_uid}\t" in Path(f"/proc/{resolver}/status").read_text()
        assert {os.readlink(path)[:8] for path in Path(f"/proc/{resolver}/fd").iterdir()} == {
            "/dev/nul",
            "socket:[",
        }
        with server.connect("naming") as client:
            client.send(b"localhost\n127.0.0.2\nno.such.name.invalid\n")
            answers = sorted(client.line() for _ in range(3))
            assert answers[0] == "127.0.0.2: 127.0.0.2"
            assert re.fullmatch(r"localhost: .*127\.0\.0\.1.*", answers[1])
            assert answers[2].startswith(
                "no.such.name.invalid: no address found for 'no.such.name.invalid': "
            )
        server.kill(signal.SIGTERM)
        server.wait()
        until(lambda: not Path(f"/proc/{resolver}/exe").exists(), lambda: "the resolver has not ended")


def test_names_in_any_script_work_in_the_root(root: Path) -> None:
    with daemon("servers.chat", "--port", "0", *confined(root), pid_file=root / "pid") as server:
        with server.connect("chat") as client:
            client.until("Choose a username")
            client.send("Zoë\r\n/events\r\n".encode())
            assert client.until("Welcome") == "Welcome to the chat, Zoë."
        assert "Traceback" not in (root / "log").read_text()


def test_a_unix_socket_belongs_to_the_user_and_is_removed_from_inside(root: Path) -> None:
    path = root / "socket"
    with daemon("servers.echo", "--listen", f"unix:{path}", *confined(root), pid_file=root / "pid") as server:
        assert f"echo listening on unix:{path}\n" in server.output
        assert path.stat().st_uid == NOBODY.pw_uid
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            assert client.recv(8) == b"Welcome!"
        server.kill(signal.SIGTERM)
        server.wait()
    assert not path.exists()


def test_the_control_socket_is_the_users(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(root))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/root")
    flags = ("servers.echo", "--port", "0", "--user", "nobody")
    with daemon(*flags, pid_file=root / "pid", REACTOR_SCHOOL_RUNTIME_DIR="") as server:
        directory = root / f"reactor-school-{NOBODY.pw_uid}"
        (path,) = directory.iterdir()
        assert path.name == f"echo-{server.pid}.sock"
        assert (directory.stat().st_uid, path.stat().st_uid) == (NOBODY.pw_uid, NOBODY.pw_uid)
        seen = start("clients.monitor", "--once", "--json", prefix=AS_NOBODY, REACTOR_SCHOOL_RUNTIME_DIR="")
        assert [each["pid"] for each in json.loads(seen.stdout)["servers"]] == [server.pid]


FAILURES = {
    "log outside": ("--log-file {1}/log", "--log-file {1}/log is outside --chroot {0}: put it inside"),
    "pid file outside": ("--pid-file {1}/pid", "--pid-file {1}/pid is outside --chroot {0}: put it inside"),
    "log of root": ("--log-file {0}/closed/log", "cannot write the log {0}/closed/log: Permission denied"),
    "pid file of root": ("--pid-file {0}/closed/pid", "cannot write the pid file {0}/closed/pid: Permission"),
    "log beside": (
        "--log-file {0}/closed/mine",
        "cannot put a new log in the place of {0}/closed/mine later",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("mode", [("--daemon",), ()], ids=["daemon", "foreground"])
def test_files_that_the_user_could_not_write_later_are_refused(
    name: str, mode: tuple[str, ...], root: Path, tmp_path: Path
) -> None:
    closed = root / "closed"
    closed.mkdir(mode=0o755)
    mine = closed / "mine"
    mine.touch()
    os.chown(mine, NOBODY.pw_uid, NOBODY.pw_gid)
    flags, line = FAILURES[name]
    arguments = ("--user", "nobody", "--chroot", str(root), *flags.format(root, tmp_path).split())
    result = start("servers.echo", "--listen", f"unix:{root}/socket", *mode, *arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(line.format(root, tmp_path))
    assert (list(root.iterdir()), list(closed.iterdir())) == ([closed], [mine])


BUSY_UNTIL_THE_END = """
import threading, time, sys
from servers.hosting.confinement import Confinement
def work():
    while True:
        time.sleep(0.00001)
for _ in range(20):
    threading.Thread(target=work, daemon=True).start()
Confinement(None, sys.argv[1]).enter()
time.sleep(0.01)
"""


def test_a_process_in_a_chroot_ends_in_order_whatever_its_threads_do(root: Path) -> None:
    command = [sys.executable, "-c", BUSY_UNTIL_THE_END, str(root)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_user_who_is_not_root_is_told_so() -> None:
    for flags in (("--user", "daemon"), ("--chroot", "/"), ("--group", "daemon")):
        result = start("servers.echo", "--port", "0", "--daemon", *flags, prefix=AS_NOBODY)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("only root can change its user, its group or its root.")
        assert len(result.stderr.splitlines()) == 1


def test_a_user_may_name_itself(root: Path) -> None:
    pid_file = root / "pid"
    flags = (
        "servers.echo",
        "--port",
        "0",
        "--daemon",
        "--no-control",
        "--user",
        "nobody",
        "--pid-file",
        str(pid_file),
    )
    result = start(*flags, prefix=AS_NOBODY)
    assert (result.returncode, result.stderr) == (0, "")
    assert start("servers.echo", "--stop", "--pid-file", str(pid_file), prefix=AS_NOBODY).returncode == 0


def test_workers_in_a_root_have_what_they_read_before(root: Path) -> None:
    flags = ("servers", "insult", "qotd", "--port", "0", "--workers", "2", *confined(root))
    with daemon(*flags, pid_file=root / "pid") as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        _resolver, *workers = [int(number) for number in children.read_text().split()]
        for pid in (server.pid, *workers):
            status = Path(f"/proc/{pid}/status").read_text()
            assert f"Uid:\t{NOBODY.pw_uid}\t" in status
            targets = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
            kinds = {re.sub(r":\[\d+\]", ":[N]", target) for target in targets}
            assert kinds <= {
                "/dev/null",
                str(root / "log"),
                "socket:[N]",
                "pipe:[N]",
                "anon_inode:[eventpoll]",
            }
        os.kill(workers[0], signal.SIGKILL)
        until(lambda: "it is started again now" in (root / "log").read_text(), (root / "log").read_text)
        for _ in range(20):
            with server.connect("insult") as client:
                assert client.line().startswith("Welcome to the Insult Server")
            with server.connect("qotd") as client:
                assert client.line()
        server.kill(signal.SIGTERM)
        server.wait()
    assert [path.name for path in root.iterdir()] == ["log"]


@pytest.mark.parametrize("place", ["", "files"])
def test_the_web_server_has_its_pages_and_files_in_the_root(place: str, root: Path) -> None:
    (root / "files").mkdir()
    (root / place / "hello.txt").write_text("hello")
    flags, body = ("servers.web", "--root", str(root / place), "--port", "0", *confined(root)), b""
    with daemon(*flags, pid_file=root / "pid") as server:
        for path in ("/", "/clock", "/chat", "/source/clock", "/static/style.css", "/files/hello.txt"):
            with urlopen(f"http://127.0.0.1:{server.port('web')}{path}", timeout=GUARD) as answer:
                assert answer.status == 200
                body = answer.read()
        assert body == b"hello"
        assert "Traceback" not in (root / "log").read_text()


def test_a_web_root_outside_the_root_is_refused(root: Path) -> None:
    result = start("servers.web", "--root", "/etc", "--port", "0", "--daemon", *confined(root))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"--root /etc is outside --chroot {root}: put it inside\n"
