"""Runs a program and prints the tree of its calls, so that a class can watch a byte come in and go out.

`sys.setprofile` calls a CallTree at each call and each return. It prints one line for each call, indented by
the depth of the call: the system calls (dim), the public methods of `core`, and the public functions of all
other code that is neither in Python's library nor installed (bold). The number behind a name is the file
descriptor. Simple getters and timers are left out, to keep the tree short.
"""

import runpy
import select
import socket
import sys
import sysconfig
from collections.abc import Callable
from enum import Enum
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from core import cli
from core.interfaces import Descriptor

ROOT = Path(__file__).parent.parent.parent
CORE = f"{ROOT / 'core'}/"
NOT_YOURS = ("<", __file__, f"{ROOT / '.venv'}/", *(f"{path}/" for path in sysconfig.get_paths().values()))
LEFT_OUT = {"check_thread", "turned_at", "seconds", "fileno", "peer", "poll", "set"}
SYSTEM_CALLS = {"poll", "register", "modify", "unregister", "_accept", "recv", "send", "close"}
KERNEL_OBJECTS = (socket.socket, getattr(select, "epoll", socket.socket))
RESET = "\x1b[0m"
COMMAND = "python3 -m tutorials.01_echo.call_tree"
USAGE = f"usage: {COMMAND} MODULE or FILE.py, and its arguments; as in: {COMMAND} servers.echo --port 0"


class Part(Enum):
    """The part of the system that a call belongs to, with its style in the terminal."""

    KERNEL = "\x1b[2m"
    CORE = ""
    YOURS = "\x1b[1m"


class CallTree:
    """A profile function that prints each turn of the loop, and the calls inside it, to stderr."""

    def __init__(self) -> None:
        self._stack: list[FrameType] = []
        self._styled = cli.may_use_escapes(sys.stderr)

    def __call__(self, frame: FrameType, event: str, function: object) -> None:
        """Handle one event of `sys.setprofile`: a call, a return, or the call of a C function."""
        if event == "call" and (self._stack or frame.f_code.co_name == "turn"):
            if (part := part_of(frame)) is not None:
                self._print(part, frame.f_code.co_qualname, frame.f_locals.get("self"))
                self._stack.append(frame)
        elif event == "return" and self._stack and self._stack[-1] is frame:
            self._stack.pop()
        elif event == "c_call" and self._stack:
            name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
            if name in SYSTEM_CALLS and isinstance(owner, KERNEL_OBJECTS):
                self._print(Part.KERNEL, f"kernel: {name.strip('_')}", owner)

    def _print(self, part: Part, name: str, owner: object) -> None:
        number = f" {owner.fileno()}" if isinstance(owner, Descriptor | socket.socket) else ""
        start = "  " * len(self._stack) if self._stack else "\n"
        text = f"{part.value}{name}{number}{RESET}" if self._styled and part.value else f"{name}{number}"
        print(f"{start}{text}", file=sys.stderr, flush=True)


def part_of(frame: FrameType) -> Part | None:
    """The part that `frame` belongs to; None if it is not shown."""
    code = frame.f_code
    if code.co_name.startswith(("_", "<")):
        return None
    if code.co_filename.startswith(CORE):
        is_method = "." in code.co_qualname and "<" not in code.co_qualname
        is_shown = is_method and code.co_name not in LEFT_OUT and "timers" not in code.co_filename
        return Part.CORE if is_shown else None
    return None if code.co_filename.startswith(NOT_YOURS) else Part.YOURS


def program(name: str) -> Callable[[], object]:
    """Return the call that runs the module or file `name`. Exits 1 with one line if there is none."""
    if name.endswith(".py"):
        if not Path(name).is_file():
            cli.fail(f"there is no file {name}")
        sys.path.insert(0, str(Path(name).resolve().parent))
        return partial(runpy.run_path, str(Path(name).resolve()), run_name="__main__")
    if not is_runnable(name):
        cli.fail(f"there is no program {name}; there is, for example, servers.echo or tutorials/your_own.py")
    return partial(runpy.run_module, name, run_name="__main__")


def is_runnable(name: str) -> bool:
    """Whether `python -m NAME` would find a module, or a package with a `__main__`."""
    try:
        spec = find_spec(name)
        return spec is not None and (
            spec.submodule_search_locations is None or find_spec(f"{name}.__main__") is not None
        )
    except (ImportError, ValueError):
        return False


def main(command: list[str]) -> None:
    """Run the module or file `command[0]` with the rest of `command` as its arguments."""
    if command[:1] in ([], ["-h"], ["--help"]):
        print(USAGE, file=sys.stdout if command else sys.stderr)
        sys.exit(0 if command else 2)
    run = program(command[0])
    sys.argv = command
    sys.setprofile(CallTree())
    try:
        run()
    finally:
        sys.setprofile(None)


if __name__ == "__main__":
    main(sys.argv[1:])
