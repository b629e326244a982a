"""Where running servers are to be found: a directory of the user's own, with a socket for each of them.

Whoever can open a control socket can watch every session and close it. So the directory is its owner's
alone, and one that somebody else has put in its place is not used.
"""

import getpass
import os
import stat
import tempfile
from pathlib import Path


def runtime_directory() -> Path:
    """The directory, made if need be. PermissionError if it belongs to somebody else."""
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
