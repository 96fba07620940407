"""Small files of the home, written atomically and durably, and readable by their owner only."""

import contextlib
import errno
import os
import stat
from pathlib import Path

PRIVATE = 0o600


def read(file: Path) -> bytes:
    """The content of a file. Raises OSError, also for what is no regular file: a pipe there is not waited for."""
    with os.fdopen(open_regular(file), "rb") as stream:
        return stream.read()


def open_regular(file: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a regular file; one that is made is private. Raises OSError, also for anything else there."""
    descriptor = os.open(file, flags | os.O_CLOEXEC | os.O_NONBLOCK, PRIVATE)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
        raise OSError(errno.EINVAL, "it is not a regular file", str(file))
    return descriptor


def write(file: Path, content: bytes, *, mode: int = PRIVATE, shared: bool = False) -> None:
    """Write a file; it is on the disk on return. Raises OSError and then leaves it as it was, and no temporary file.

    The temporary file always has the same name, so that kills leave one at most; a ``shared`` file, which several
    processes may write at once, has one for each process. ``mode`` keeps the permissions that a user gave the file.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp" if shared else f".{file.name}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, mode)
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        unfinished.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename in it outlasts a power cut; where the file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
