"""The way of a byte, drawn by the program while it goes: a call on each line, a room deeper at each step.

It runs a server under `sys.setprofile`, which Python tells of each call and return. Shown are the public
methods in core and servers, and what they ask of the kernel; a number is that of a descriptor. The rest is
left out, the clock's heap too, because a class has a projector before it and not a debugger.
"""

import runpy
import select
import socket
import sys
from pathlib import Path
from types import FrameType

from core.interfaces import Descriptor

ROOT = Path(__file__).parent.parent.parent
HOUSES = tuple(f"{ROOT / package}/" for package in ("core", "servers"))
LEFT_OUT = {"turned_at", "seconds", "fileno", "peer", "poll", "set"}
KERNEL = {"poll", "register", "modify", "unregister", "_accept", "recv", "send", "close"}
OURS = (socket.socket, getattr(select, "epoll", socket.socket))


class Rooms:
    """Prints each turn of the loop, and what happens in it."""

    def __init__(self) -> None:
        self._inside: list[FrameType] = []

    def __call__(self, frame: FrameType, event: str, function: object) -> None:
        """One call or return, as `sys.setprofile` tells it."""
        if event == "call" and is_room(frame) and (self._inside or frame.f_code.co_name == "turn"):
            self._show(frame.f_code.co_qualname, frame.f_locals.get("self"))
            self._inside.append(frame)
        elif event == "return" and self._inside and self._inside[-1] is frame:
            self._inside.pop()
        elif event == "c_call" and self._inside:
            name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
            if name in KERNEL and isinstance(owner, OURS):
                self._show(f"kernel: {name.strip('_')}", owner)

    def _show(self, what: str, whose: object) -> None:
        number = f" {whose.fileno()}" if isinstance(whose, Descriptor | socket.socket) else ""
        start = "  " * len(self._inside) if self._inside else "\n"
        print(f"{start}{what}{number}", file=sys.stderr, flush=True)


def is_room(frame: FrameType) -> bool:
    """A public method of the house, other than those that only tell something."""
    code = frame.f_code
    is_method = "." in code.co_qualname and "<" not in code.co_qualname
    is_public = not code.co_name.startswith("_") and code.co_name not in LEFT_OUT
    return (
        is_method and is_public and code.co_filename.startswith(HOUSES) and "timers" not in code.co_filename
    )


def main(command: list[str]) -> None:
    """Run the module `command[0]` with the rest as its arguments."""
    sys.argv = command
    sys.setprofile(Rooms())
    try:
        runpy.run_module(command[0], run_name="__main__")
    finally:
        sys.setprofile(None)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m tutorials.01_echo.rooms servers.echo [--port 0]")
    main(sys.argv[1:])
