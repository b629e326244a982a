"""A service manager in miniature: it starts a server, and starts it again if it hangs."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 2.0
"""Seconds without a sign of life after which the server is killed, as WatchdogSec=2 in a unit of systemd."""


def start(command: list[str], path: Path) -> subprocess.Popen[bytes]:
    """Start the server. It learns from its environment where to send messages, and how often."""
    variables = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": str(int(PATIENCE * 1_000_000))}
    return subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **variables})


def supervise(server: subprocess.Popen[bytes], messages: socket.socket) -> bool:
    """Print the messages of `server` until it stops, or hangs. True if it hangs: it is killed then."""
    messages.settimeout(None)  # until it is ready, it may take its time
    began = time.monotonic()
    while True:
        try:
            message = messages.recv(4096).decode()
        except TimeoutError:
            print(f"no sign of life for {PATIENCE:g} s: process {server.pid} is killed", flush=True)
            server.kill()
            server.wait()
            return True
        print(f"{time.monotonic() - began:5.1f} s: {message}", flush=True)
        if message == "STOPPING=1":
            return False
        messages.settimeout(PATIENCE)


def main() -> None:
    """Keep the server of the command line running until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python3 -m tutorials.05_left_running.manager")
    parser.add_argument("server", help="the module of a server, such as servers.echo")
    parser.add_argument("flags", nargs=argparse.REMAINDER, help="flags for the server")
    options = parser.parse_args()
    command = [options.server, *options.flags]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which raises KeyboardInterrupt
    with (
        tempfile.TemporaryDirectory() as directory,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messages,
    ):
        path = Path(directory) / "notify"
        messages.bind(str(path))
        server = start(command, path)
        try:
            while supervise(server, messages):
                server = start(command, path)
        except KeyboardInterrupt:  # the terminal sends it to the server as well
            pass
        server.wait()


if __name__ == "__main__":
    main()
