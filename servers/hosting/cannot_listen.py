"""Why a server cannot listen, and what to do about it."""

import errno
import os
import stat
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core import cli
from core.endpoints import EndpointError
from core.errors import CannotListenError
from servers.hosting.server_spec import ServerSpec


@contextmanager
def explaining(remedy: str) -> Iterator[None]:
    """Where listening fails, exit with a message. If a port is in use, it advises to follow `remedy`."""
    try:
        yield
    except EndpointError as error:
        cli.fail(str(error), 2)
    except CannotListenError as error:
        reason = reasons_for(error.address, remedy).get(error.errno or 0)
        cli.fail(f"cannot listen on {error.address}: {reason}" if reason else str(error.strerror))


def reasons_for(address: str, remedy: str) -> dict[int, str]:
    """The reasons why a server cannot listen on `address`, by error number, each with what to do."""
    in_use = f"is in use. Stop the other server, or {remedy}."
    if address.startswith("fd:"):
        return dict.fromkeys((errno.EBADF, errno.ENOTSOCK), "no socket with this number was handed over.")
    if not address.startswith("unix:"):
        return {
            errno.EADDRINUSE: f"the port {in_use}",
            errno.EADDRNOTAVAIL: "this machine has no such address. Choose 127.0.0.1, or one of its own.",
            errno.EACCES: f"only root may use this port. Start as root, or {remedy}.",
        }
    path = address.removeprefix("unix:")
    is_socket = os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)
    other = f"belongs to a file that is no socket: {remedy}."
    return {
        errno.EADDRINUSE: f"the path {in_use if is_socket else other}",
        errno.EACCES: f"you may not write in its directory. Change this, or {remedy}.",
        errno.ENOENT: f"its directory does not exist. Create it, or {remedy}.",
    }


def remedy_for(services: Sequence[ServerSpec], options: Namespace) -> str:
    """The remedy if a port is in use."""
    if len(services) > 1:
        return "take free ports with --port 0, or name fewer servers"
    return f"choose another {'endpoint with --listen' if options.listen else 'port with --port'}"
