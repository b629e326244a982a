"""Our Site works with curl, with Twisted's Agent, and behind nginx."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import PROGRAMS, endpoints, port, python, twisted
from tests.running import GUARD

GIBIBYTE = 1 << 30


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory below /files/."""
    directory = tmp_path_factory.mktemp("files")
    (directory / "notes.txt").write_bytes(b"0123456789" * 20)
    with open(directory / "large", "wb") as file:
        file.truncate(GIBIBYTE)
    return directory


@pytest.fixture(scope="module")
def site(files: Path) -> Iterator[str]:
    """The URL of our site, in a process of its own."""
    with python(str(PROGRAMS / "web_site.py"), str(files)) as server:
        yield f"http://127.0.0.1:{port(endpoints(server)['web'])}/"
        assert server.stop() == 0, server.errors()
        assert server.errors() == ""


def curl(*arguments: str, data: bytes = b"") -> bytes:
    """The stdout of curl."""
    command = ["curl", "-sS", "--max-time", str(GUARD), *arguments]
    done = subprocess.run(command, input=data, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_sees_a_whole_conversation(site: str) -> None:
    done = subprocess.run(
        ["curl", "-sv", "--compressed", site + "packed"], capture_output=True, timeout=GUARD
    )
    assert done.stdout == b"Hello, web!\n"
    assert b"< HTTP/1.1 200 OK" in done.stderr
    assert b"< Content-Encoding: gzip" in done.stderr
    assert b"left intact" in done.stderr


def test_curl_uses_a_connection_again(site: str) -> None:
    output = curl("-w", "%{num_connects}", site + "hello", site + "pieces")
    assert output == b"Hello, web!\n1piece 0\npiece 1\npiece 2\n0"


def test_curl_gets_a_range(site: str) -> None:
    assert curl("-r", "0-99", site + "files/notes.txt") == b"0123456789" * 10


def test_curl_speaks_http_1_0(site: str) -> None:
    assert curl("--http1.0", site + "pieces") == b"piece 0\npiece 1\npiece 2\n"


@pytest.mark.parametrize("size", [0, 10, 500_000])
def test_curl_uploads_its_input_in_chunks(site: str, size: int) -> None:
    data = b"x" * size
    assert curl("-T", "-", site + "echo", data=data) == data


def test_curl_waits_for_100_continue(site: str) -> None:
    data = b"x" * 2_000_000
    assert curl("-H", "Expect: 100-continue", "--data-binary", "@-", site + "echo", data=data) == data


@pytest.mark.parametrize("path", ["files/../a", "files/%2e%2e/a", "files/..%2f..%2fetc/passwd"])
def test_curl_gets_nothing_from_outside_the_tree(site: str, path: str) -> None:
    assert curl("--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", site + path) == b"404"


def test_a_gibibyte_goes_out_to_a_slow_client_and_comes_in_without_being_in_memory(site: str) -> None:
    before = int(curl(site + "memory"))
    slow = ["curl", "-sS", "--limit-rate", "10M", "--max-time", "1", "-o", "/dev/null", site + "files/large"]
    assert subprocess.run(slow, capture_output=True).returncode == 28  # curl's timeout
    with open("/dev/zero", "rb") as zeros:
        head = subprocess.Popen(["head", "-c", str(GIBIBYTE)], stdin=zeros, stdout=subprocess.PIPE)
        command = ["curl", "-sS", "--max-time", str(2 * GUARD), "-T", "-", site + "upload"]
        done = subprocess.run(command, stdin=head.stdout, capture_output=True)
        assert head.stdout is not None
        head.stdout.close()
        head.wait()
    assert done.stdout == str(GIBIBYTE).encode()
    assert int(curl(site + "memory")) < before + 4096


def test_twisteds_agent_gets_and_posts(site: str) -> None:
    with twisted("web_client", site) as client:
        *answers, missing = client.rest().splitlines()
        assert answers == [
            "200 12 b'Hello, web!\\n'",
            "200 0 b''",
            "200 24 b'piece 0\\npiece 1\\npiec'",
            "200 5000 b'sent sent sent sent '",
        ]
        assert re.fullmatch(r"404 \d+ b'<!DOCTYPE html>\\n<htm'", missing)
        assert client.wait() == 0, client.errors()


NGINX = """
daemon off; master_process off; pid {directory}/pid; error_log stderr; worker_processes 1;
events {{}}
http {{
    access_log off; client_body_temp_path {directory}; proxy_temp_path {directory};
    fastcgi_temp_path {directory}; uwsgi_temp_path {directory}; scgi_temp_path {directory};
    upstream site {{ server 127.0.0.1:{site}; keepalive 4; }}
    server {{
        listen unix:{directory}/socket;
        location / {{ proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
"""


def test_nginx_passes_requests_on(site: str, tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert nginx is not None
    (tmp_path / "conf").write_text(NGINX.format(directory=tmp_path, site=site.rstrip("/").rpartition(":")[2]))
    command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as proxy:
        try:
            through = ["--unix-socket", str(tmp_path / "socket")]
            while not (tmp_path / "pid").exists():  # it comes when nginx listens, and the socket before that
                assert proxy.poll() is None
                os.sched_yield()
            for _ in range(3):
                assert curl(*through, "http://localhost/hello") == b"Hello, web!\n"
            assert curl(*through, "http://localhost/pieces") == b"piece 0\npiece 1\npiece 2\n"
            assert curl(*through, "-T", "-", "http://localhost/echo", data=b"x" * 300_000) == b"x" * 300_000
            assert len(curl(*through, "-r", "0-9999999", "http://localhost/files/large")) == 10_000_000
        finally:
            proxy.terminate()
