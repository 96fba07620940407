"""The lock that allows one daemon per home: an flock on a file that is never unlinked."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from agor_core.errors import AlreadyRunning, CannotStart


@contextlib.contextmanager
def hold(file: Path) -> Iterator[None]:
    """Hold the home's lock. Raises AlreadyRunning if another process holds it, CannotStart if it cannot be taken.

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
            raise AlreadyRunning(f"A daemon is already running on {file.parent}.") from None
        except OSError as error:
            raise CannotStart(f"The lock {file} cannot be taken: {error.strerror}.") from None
        yield
    finally:
        os.close(descriptor)
