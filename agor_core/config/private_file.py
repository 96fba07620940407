"""Small files of the home, written atomically and readable by their owner only."""

import contextlib
import os
from pathlib import Path

PRIVATE = 0o600


def write(file: Path, content: bytes, *, mode: int = PRIVATE, shared: bool = False) -> None:
    """Write a file. Raises OSError and then leaves the file as it was, and no temporary file.

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
