"""The full-screen programs in a browser: a page shows one, and no other site's page can type in it."""

import asyncio
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.clients.test_libraries import run_without
from tests.running import GUARD, ROOT, Server, environment, run


@contextmanager
def web_server(*flags: str, **changes: str) -> Iterator[int]:
    """The port of a running `clients.in_browser`. At the end Ctrl-C stops it."""
    command = [sys.executable, "-m", "clients.in_browser", "--port", "0", *flags]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment(**changes)
    )
    with process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:(\d+) ", process.stderr.readline())
            assert found is not None
            yield int(found[1])
        finally:
            process.send_signal(2)
            assert process.wait(GUARD) == 0


def status(port: int, path: str, **headers: str) -> int:
    """The status of the answer to a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GUARD)
    connection.request("GET", path, headers=headers)
    found = connection.getresponse().status
    connection.close()
    return found


async def until_shown(port: int, text: str, keys: str, end: str) -> None:
    """Open the page's WebSocket, wait for `text`, type `keys`, and wait for `end`."""
    async with asyncio.timeout(GUARD), ClientSession() as session:
        url = f"http://127.0.0.1:{port}/ws?width=80&height=24"
        async with session.ws_connect(url, origin=f"http://127.0.0.1:{port}") as page:
            seen = b""
            while text.encode() not in seen:
                seen += await page.receive_bytes()
            await page.send_json(["stdin", keys])
            seen = b""
            while end.encode() not in seen:
                message = await page.receive()
                if not isinstance(message.data, bytes):
                    assert not end, message
                    return
                seen += message.data


async def is_refused(port: int) -> bool:
    """Whether a page of another origin cannot open the WebSocket."""
    async with ClientSession() as session:
        try:
            async with session.ws_connect(f"http://127.0.0.1:{port}/ws", origin="http://example.org"):
                return False
        except WSServerHandshakeError as error:
            return error.status == 403


def test_the_monitor_is_shown_and_takes_keys_from_pages_of_this_address_only(tmp_path: Path) -> None:
    with web_server("monitor", REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path)) as port:
        assert status(port, "/") == 200
        assert status(port, "/", Host=f"localhost:{port}") == 200
        assert status(port, "/", Host="example.org") == 403
        assert status(port, "/", Origin="http://example.org") == 403
        assert status(port, "/", Origin="null") == 403
        assert asyncio.run(is_refused(port))
        asyncio.run(until_shown(port, "No server is running", "4", "Nothing has happened"))


def test_the_chat_is_shown(suite: Server) -> None:
    with web_server("chat", "--connect", suite.endpoints["chat"][0]) as port:
        asyncio.run(until_shown(port, "Choose a username", "webster\r", "webster"))


def test_a_port_in_use_is_told_in_a_line(suite: Server) -> None:
    port = suite.endpoints["chat"][0].rpartition(":")[2]
    done = run("clients.in_browser", "--port", port, "monitor")
    assert done.returncode == 1
    assert done.stderr.startswith(f"cannot listen on port {port}: Address already in use; ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("library", ["textual_serve", "aiohttp"])
def test_without_its_library_the_remedy_is_told(library: str) -> None:
    done = run_without(library, "clients.in_browser", "monitor")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "make monitor-web" in done.stderr
