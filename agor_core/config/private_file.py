"""Small files of the home, written atomically and durably, and readable by their owner only."""

import contextlib
import os
from pathlib import Path

PRIVATE = 0o600


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
