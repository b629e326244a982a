"""Runs a server and prints the tree of its method calls, so that a class can watch a byte come in and go out.

`sys.setprofile` calls a CallTree at each call and each return. It prints the public methods of `core` and
`servers` and the system calls, one line each, indented by the depth of the call. The number behind a name is
the file descriptor. Private methods, simple getters and timers are left out, to keep the tree short.
"""

import runpy
import select
import socket
import sys
from pathlib import Path
from types import FrameType

from core.interfaces import Descriptor

ROOT = Path(__file__).parent.parent.parent
SOURCES = tuple(f"{ROOT / package}/" for package in ("core", "servers"))
LEFT_OUT = {"turned_at", "seconds", "fileno", "peer", "poll", "set"}
SYSTEM_CALLS = {"poll", "register", "modify", "unregister", "_accept", "recv", "send", "close"}
KERNEL_OBJECTS = (socket.socket, getattr(select, "epoll", socket.socket))


class CallTree:
    """A profile function that prints each turn of the loop, and the calls inside it, to stderr."""

    def __init__(self) -> None:
        self._stack: list[FrameType] = []

    def __call__(self, frame: FrameType, event: str, function: object) -> None:
        """Handle one event of `sys.setprofile`: a call, a return, or the call of a C function."""
        if event == "call" and is_shown(frame) and (self._stack or frame.f_code.co_name == "turn"):
            self._print(frame.f_code.co_qualname, frame.f_locals.get("self"))
            self._stack.append(frame)
        elif event == "return" and self._stack and self._stack[-1] is frame:
            self._stack.pop()
        elif event == "c_call" and self._stack:
            name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
            if name in SYSTEM_CALLS and isinstance(owner, KERNEL_OBJECTS):
                self._print(f"kernel: {name.strip('_')}", owner)

    def _print(self, name: str, owner: object) -> None:
        number = f" {owner.fileno()}" if isinstance(owner, Descriptor | socket.socket) else ""
        start = "  " * len(self._stack) if self._stack else "\n"
        print(f"{start}{name}{number}", file=sys.stderr, flush=True)


def is_shown(frame: FrameType) -> bool:
    """Whether `frame` is a public method of `core` or `servers` that is not left out."""
    code = frame.f_code
    is_method = "." in code.co_qualname and "<" not in code.co_qualname
    is_public = not code.co_name.startswith("_") and code.co_name not in LEFT_OUT
    return (
        is_method and is_public and code.co_filename.startswith(SOURCES) and "timers" not in code.co_filename
    )


def main(command: list[str]) -> None:
    """Run the module `command[0]` with the rest of `command` as its arguments."""
    sys.argv = command
    sys.setprofile(CallTree())
    try:
        runpy.run_module(command[0], run_name="__main__")
    finally:
        sys.setprofile(None)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m tutorials.01_echo.call_tree servers.echo [--port 0]")
    main(sys.argv[1:])
