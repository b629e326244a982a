"""The runtime directory: it has a control socket for each running server, and only its user can open it.

A program that can open a control socket can watch and close each session of that server. So the directory
has mode 0700, and a directory of another user is refused.
"""

import getpass
import os
import stat
import tempfile
from pathlib import Path


def runtime_directory() -> Path:
    """Return the directory; create it if it does not exist. PermissionError if another user owns it."""
    path = _chosen()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
        raise PermissionError(f"{path} is not a directory of your own")
    if stat.S_IMODE(status.st_mode) & 0o077:
        path.chmod(0o700)
    return path


def _chosen() -> Path:
    if chosen := os.environ.get("REACTOR_SCHOOL_RUNTIME_DIR"):
        return Path(chosen)
    if parent := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(parent) / "reactor-school"
    user = str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
    return Path(tempfile.gettempdir()) / f"reactor-school-{user}"
