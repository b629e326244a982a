"""The command makes an authority and a certificate, keeps the key secret, and replaces nothing unasked."""

import os
import ssl
import stat
import subprocess
from pathlib import Path

import pytest

from core.transports.certificates import client_context, server_context
from servers.certificate import FILES, HOST_NAME, own_names, write
from tests.clients.running import client
from tests.running import run, serving


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory with the files, which the command has made, and its output."""
    directory = tmp_path_factory.mktemp("made") / "tls"
    result = run("servers.certificate", "--dir", str(directory), "--name", "school.example")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return directory, result.stdout


def names_in(path: Path) -> str:
    command = ["openssl", "x509", "-in", str(path), "-noout", "-ext", "subjectAltName"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_files_are_good_for_both_ends_and_only_the_owner_reads_the_key(made: tuple[Path, str]) -> None:
    directory, _ = made
    assert sorted(path.name for path in directory.iterdir()) == sorted(FILES)
    assert stat.S_IMODE((directory / "server.key").stat().st_mode) == 0o600
    ca, cert, key = (str(directory / name) for name in FILES)
    assert isinstance(server_context(cert, key), ssl.SSLContext)
    assert isinstance(client_context(ca), ssl.SSLContext)
    checked = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", ca, cert], capture_output=True)
    assert checked.returncode == 0, checked.stderr


def test_the_certificate_is_for_this_machine_and_for_the_given_names(made: tuple[Path, str]) -> None:
    text = names_in(made[0] / "server.pem")
    for name in ("DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1", "DNS:school.example"):
        assert name in text
    assert own_names()[0] == "localhost"
    assert {"127.0.0.1", "::1"} < set(own_names())


def test_the_printed_commands_work_when_they_are_copied(made: tuple[Path, str]) -> None:
    directory, output = made
    server, talk = (line.strip() for line in output.splitlines() if line.startswith("  python -m"))
    listen = subprocess.run(["bash", "-c", f"printf %s {server.split()[-1]}"], capture_output=True, text=True)
    connect = subprocess.run(["bash", "-c", f"printf %s {talk.split()[-1]}"], capture_output=True, text=True)
    with serving("servers.chat", "--listen", listen.stdout.replace(":8443", ":0")) as running:
        address = connect.stdout.replace(":8443", f":{running.port()}")
        assert f"?ca={directory}/ca.pem" in "\n".join(running.lines)
        result = client("chat", "--connect", address, "--name", "ann", said=b"hello\n")
    assert result.returncode == 0, result.stderr


def test_an_existing_key_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    arguments = ("servers.certificate", "--dir", str(tmp_path))
    (tmp_path / "server.key").write_text("precious")
    refused = run(*arguments)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{tmp_path}/server.key exists")
    assert refused.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["server.key"]
    assert (tmp_path / "server.key").read_text() == "precious"
    assert run(*arguments, "--force").returncode == 0
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    assert isinstance(server_context(*(str(tmp_path / name) for name in FILES[1:])), ssl.SSLContext)


def test_a_link_is_not_followed_and_its_target_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "server.key").symlink_to(target)
    assert run("servers.certificate", "--dir", str(tmp_path)).returncode == 1
    assert run("servers.certificate", "--dir", str(tmp_path), "--force").returncode == 0
    assert not target.exists()


def test_the_key_is_secret_from_its_creation_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = os.open

    def spy(path: Path, flags: int, mode: int) -> int:
        number = real(path, flags, mode)
        seen.append(stat.S_IMODE(os.fstat(number).st_mode))
        return number

    monkeypatch.setattr(os, "open", spy)
    old = os.umask(0)
    try:
        write(tmp_path / "server.key", b"secret", 0o600)
    finally:
        os.umask(old)
    assert seen == [0o600]


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--name", "a b"], 2, "argument --name: a b is not a name of a host"),
        (["--name", ""], 2, "argument --name: "),
        (["--dir", "/dev/null"], 1, "cannot write /dev/null: File exists"),
        (["--dir", "/dev/null/x"], 1, "cannot write /dev/null/x: Not a directory"),
    ],
)
def test_what_is_impossible_is_one_line(arguments: list[str], status: int, text: str, tmp_path: Path) -> None:
    result = run("servers.certificate", "--dir", str(tmp_path / "new"), *arguments)
    assert result.returncode == status
    assert text in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "fits"), [("vm", True), ("a-1.example", True), ("a_b", False), ("ab--c", False)]
)
def test_a_machine_name_that_no_certificate_can_have_is_left_out(name: str, fits: bool) -> None:
    assert bool(HOST_NAME.fullmatch(name)) == fits
