"""The runtime directory: it has a control socket for each running server, and only its user can open it.

A program that can open a control socket can watch and close each session of that server. So the directory
has mode 0700 when it is made. One that exists is never changed: it is refused if others can enter it.
"""

import getpass
import os
import stat
import tempfile
from pathlib import Path

VARIABLE = "REACTOR_SCHOOL_RUNTIME_DIR"


def make_runtime_directory() -> Path:
    """Return the directory, and create it if it does not exist. OSError if it cannot be used."""
    path, source = _chosen()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot make {path} ({source}): {error.strerror}") from None
    return runtime_directory()


def runtime_directory() -> Path:
    """Return the directory, which may not exist. PermissionError if it is not ours alone. Changes nothing."""
    path, source = _chosen()
    try:
        status = path.lstat()
    except FileNotFoundError:
        return path
    except OSError as error:
        raise OSError(f"cannot look at {path} ({source}): {error.strerror}") from None
    if not _is_ours(status):
        raise PermissionError(f"{path} ({source}) is not a directory of your own")
    if hasattr(os, "getuid") and status.st_mode & 0o077:
        remedy = f"close it with chmod 700, or name another one with {VARIABLE}"
        raise PermissionError(f"{path} ({source}) is open to other users: {remedy}")
    return path


def _chosen() -> tuple[Path, str]:
    """The path, and where it comes from. XDG_RUNTIME_DIR can be left over from another user (su, sudo)."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen), f"from {VARIABLE}"
    parent = Path(os.environ.get("XDG_RUNTIME_DIR") or os.devnull)
    try:
        if _is_ours(parent.stat()):
            return parent / "reactor-school", "from XDG_RUNTIME_DIR"
    except OSError:
        pass
    user = str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
    return Path(tempfile.gettempdir()) / f"reactor-school-{user}", "in the temporary directory"


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())
