"""Where a server may reach: the user that it becomes, and the directory that becomes its root.

The order matters. Ports are bound first, because only root may bind some of them; then come chroot and chdir,
because only root may do that; then the groups, the group and the user.
"""

import os
import time
from argparse import Namespace
from contextlib import suppress
from ctypes import CDLL
from dataclasses import dataclass
from importlib import import_module
from socket import getaddrinfo

from core.cli import fail
from core.errors import in_words
from core.services.privileges import Identity, become, identity_of
from core.transports.sockets import outside_look_up
from servers.hosting.outside_resolver import OutsideResolver

NEEDED_INSIDE = (
    *("encodings.idna", "encodings.ascii", "encodings.latin_1", "encodings.utf_8", "encodings.utf_16"),
    *("encodings.utf_8_sig", "encodings.unicode_escape", "encodings.punycode", "stringprep", "unicodedata"),
    *("linecache", "traceback", "tokenize", "difflib", "resource", "json", "ipaddress", "tempfile"),
)
"""Modules that Python or this project imports only when it needs them. In a chroot there are none, and Python
may be installed where the user cannot read it."""


@dataclass(frozen=True)
class Confinement:
    """An identity to take, and a directory that becomes the root; each None if it is to stay as it is."""

    identity: Identity | None
    root: str | None

    def changes(self) -> bool:
        """Whether there is anything to change."""
        return self.identity is not None or self.root is not None

    def inside(self, path: str) -> str | None:
        """An absolute `path` of a file as it is after the chroot; None if it lies outside the root."""
        if self.root is None:
            return path
        directory, name = os.path.split(path)
        found = directory_inside(self.root, directory)
        return None if found is None else os.path.join(found, name)

    def prepare(self) -> None:
        """Start the process that looks up names outside of the new root. Called before there are threads."""
        if self.root is not None:
            load_what_is_needed_later()
            outside_look_up.append(OutsideResolver(self.identity).look_up)

    def enter(self) -> None:
        """Change the root and the current directory, then become the user. OSError, RuntimeError."""
        if self.changes():
            load_what_is_needed_later()
        if self.root is not None:
            os.chroot(self.root)
            os.chdir("/")
        if self.identity is not None:
            become(self.identity)


def directory_inside(root: str, path: str) -> str | None:
    """The directory at `path` as it is after a chroot to `root`; None if it lies outside."""
    top, real = os.path.realpath(root), os.path.realpath(path)
    if os.path.commonpath([top, real]) != top:
        return None
    return os.path.join("/", os.path.relpath(real, top)) if real != top else "/"


def confinement_of(options: Namespace) -> Confinement:
    """The confinement of the flags --user, --group and --chroot. Exits with a line if it is impossible."""
    identity = _identity(options.user, options.group)
    if options.chroot is not None and not os.path.isdir(options.chroot):
        fail(f"cannot change the root to {options.chroot}: there is no such directory. Create it first.")
    changes = identity is not None and (identity.uid, identity.gid) != (os.geteuid(), os.getegid())
    if (changes or options.chroot is not None) and os.geteuid() != 0:
        fail("only root can change its user, its group or its root. Start as root, or leave these flags out.")
    return Confinement(identity, None if options.chroot is None else os.path.realpath(options.chroot))


def _identity(user: str | None, group: str | None) -> Identity | None:
    if user is None and group is None:
        return None
    uid = None if user is None else _number(user, "user", "pwd", "getpwnam", "pw_uid")
    gid = None if group is None else _number(group, "group", "grp", "getgrnam", "gr_gid")
    try:
        return identity_of(uid, gid)
    except OSError as error:
        fail(in_words(error))


def _number(text: str, kind: str, module: str, function: str, attribute: str) -> int:
    """The number of a user or group, by its name or its number. Exits if there is none with this name."""
    try:
        number: int = getattr(getattr(import_module(module), function)(text), attribute)
    except (KeyError, ImportError):
        if not text.isdecimal():
            fail(f"there is no {kind} {text!r} here. Name another one, or give its number.")
        number = int(text)
    return number


def load_what_is_needed_later() -> None:
    """Load what the user, or a process in the new root, cannot read: modules, time zone, name service."""
    for name in NEEDED_INSIDE:
        with suppress(ImportError):  # `resource`, for instance, is not on every system
            import_module(name)
    os.environ.setdefault("TZ", ":/etc/localtime")  # unset, the file would be looked for again and again
    time.tzset()
    with suppress(OSError):  # the C library loads its modules for names at the first use
        getaddrinfo("localhost", None)
    with suppress(OSError):  # at the end of a process that has threads the C library wants this, or it aborts
        CDLL("libgcc_s.so.1")
