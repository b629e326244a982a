"""Giving up root: the user that a server becomes once its ports are bound.

A stranger who takes over a server has the rights of its user. So a server that was started as root, for
instance to bind a port below 1024, becomes a user with few rights before it serves anyone, for good.
"""

import os
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Identity:
    """A user, its group, and its supplementary groups, by their numbers."""

    uid: int
    gid: int
    groups: tuple[int, ...]


def identity_of(uid: int | None = None, gid: int | None = None) -> Identity:
    """The identity of the user `uid` with the group `gid`. None: this process's user, or the user's group.

    A user without an entry in the system's list has no supplementary groups. OSError on a system without
    users and groups. Call this before a chroot, which hides the lists.
    """
    if not hasattr(os, "setuid"):
        raise OSError("this system has no users to change to")
    chosen = os.geteuid() if uid is None else uid
    try:
        entry = import_module("pwd").getpwuid(chosen)
    except KeyError:
        group = os.getegid() if gid is None else gid
        return Identity(chosen, group, (group,))
    group = gid if gid is not None else os.getegid() if uid is None else int(entry.pw_gid)
    return Identity(chosen, group, tuple(os.getgrouplist(entry.pw_name, group)))


def become(identity: Identity) -> None:
    """Change this process to `identity` for good: first its groups, then its group, then its user.

    In another order the process would lose the right to the next step. OSError if it is not allowed.
    RuntimeError if the process could become root again.
    """
    if (os.geteuid(), os.getegid()) == (identity.uid, identity.gid) and os.geteuid() != 0:
        return
    os.setgroups(identity.groups)
    os.setgid(identity.gid)
    os.setuid(identity.uid)
    if identity.uid != 0:
        _check_that_root_is_gone()


def _check_that_root_is_gone() -> None:
    try:
        os.setuid(0)
    except PermissionError:
        return
    raise RuntimeError("this process can still become root")
