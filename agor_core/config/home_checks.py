"""What can be wrong with the home: whose it is, who may write to it, on which file system it is, and the room left.

Each check is a function of the home's paths that returns a Fault or None. They run at each start and in the doctor.
"""

import errno
import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agor_core.config.paths import Paths

LEAST_ROOM = 500_000
"""Bytes that a start needs on the disk."""
OVER_A_NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs", "beegfs", "ocfs2", "gfs2",
    "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "vboxsf", "prl_fs",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One sentence that says what to do; ``refuses`` a start, or is only a warning."""

    sentence: str
    refuses: bool = True


Check = Callable[[Paths], Fault | None]


def link(paths: Paths) -> Fault | None:
    """A home that is a link to nowhere."""
    if paths.home.is_symlink() and not paths.home.exists():
        target = paths.home.readlink()
        return Fault(f"The home {paths.home} is a link to {target}, which is not there; make it or set AGOR_HOME.")
    return None


def owner(paths: Paths) -> Fault | None:
    """A home of another user: what is written there would be theirs to read, or not ours to change."""
    found = paths.home.stat()
    if found.st_uid == os.geteuid():
        return None
    return Fault(f"The home {paths.home} belongs to {_user(found.st_uid)}; set AGOR_HOME to a folder of your own.")


def writers(paths: Paths) -> Fault | None:
    """A home that others can write to: they could put a config, and so a program, in its place."""
    mode = stat.S_IMODE(paths.home.stat().st_mode)
    if mode & stat.S_IWOTH:
        return Fault(f"Every user can write to the home {paths.home}; take that away with: chmod go-w {paths.home}")
    if mode & stat.S_IWGRP:
        sentence = f"Its group can write to the home {paths.home}; take that away with: chmod go-w {paths.home}"
        return Fault(sentence, refuses=False)
    return None


def file_system(paths: Paths) -> Fault | None:
    """A home on a network file system, where the lock and the database's shared memory do not hold."""
    kind = mounted_as(paths.home.resolve(), _mounts())
    if kind not in OVER_A_NETWORK:
        return None
    return Fault(
        f"The home {paths.home} is on a network file system ({kind}), on which a database can be damaged; "
        "set AGOR_HOME to a folder of a local disk."
    )


def files(paths: Paths) -> Fault | None:
    """Something else in the place of a file, such as a pipe, for which a reader would wait."""
    names = (paths.config, paths.database, paths.lock, paths.pid, paths.token, paths.daemon_log, paths.daemon_output)
    for file in names:
        if file.exists() and not file.is_file():
            return Fault(f"{file} is not a regular file; take it away and try again.")
    return None


def room(paths: Paths) -> Fault | None:
    """A disk without room; it is tried, since quotas do not show otherwise."""
    probe = paths.home / ".room.tmp"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, LEAST_ROOM)
        finally:
            os.close(descriptor)
            probe.unlink()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = os.statvfs(paths.home)
            left = free.f_bavail * free.f_frsize / 1e6
            return Fault(f"There is no room on the disk of the home {paths.home} ({left:.1f} MB left); free some.")
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
            return Fault(f"The home {paths.home} cannot be written: {error.strerror}.")
    return None


CHECKS: tuple[Check, ...] = (link, owner, writers, file_system, files, room)
"""In this order at a start: a later one may rely on those before it."""


def mounted_as(path: Path, mounts: str) -> str:
    """The type of the file system that a path is on, by the lines of ``/proc/mounts``; empty if that is unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, point, found, *_ = (field.encode().decode("unicode_escape") for field in line.split(" "))
        if path.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), found
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
