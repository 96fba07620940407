"""The lock that allows one daemon per home: an flock on a file that is never unlinked."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from agor_core.errors import AlreadyRunning, CannotStart

PROGRAM = b"agor_daemon"
"""Part of the command line of a daemon."""


@contextlib.contextmanager
def hold(file: Path) -> Iterator[None]:
    """Hold the home's lock. Raises AlreadyRunning if a daemon holds it, CannotStart if it cannot be taken.

    The kernel releases it when the process ends. The file stays: after an unlink two processes could hold one each.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise CannotStart(f"The lock {file} cannot be opened: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if stranger := _stranger(descriptor):
                raise CannotStart(
                    f"The lock {file} is held by {stranger}, which is no daemon; end that program and try again."
                ) from None
            raise AlreadyRunning(f"A daemon is already running on {file.parent}.") from None
        except OSError as error:
            raise CannotStart(f"The lock {file} cannot be taken: {error.strerror}.") from None
        yield
    finally:
        os.close(descriptor)


def _stranger(descriptor: int) -> str | None:
    """``NAME (pid N)`` of a program that holds the lock and is no daemon; None if it is one, or it cannot be told.

    The kernel lists the holders (``proc_locks(5)``).
    """
    inode = os.fstat(descriptor).st_ino
    try:
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            _, kind, _, _, pid, place, *_ = line.split()
            if kind == "FLOCK" and place.endswith(f":{inode}"):
                program = Path("/proc", pid)
                if int(pid) != os.getpid() and PROGRAM not in (program / "cmdline").read_bytes():
                    name = (program / "comm").read_text(encoding="utf-8", errors="replace").strip()
                    return f"{name} (pid {pid})"
    except (OSError, ValueError):
        pass
    return None
