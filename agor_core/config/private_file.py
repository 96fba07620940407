"""Small files of Agor's home, written as a whole or not at all; only their owner may read them."""

import contextlib
import os
from pathlib import Path

PRIVATE = 0o600


def write(file: Path, content: bytes, *, mode: int = PRIVATE, shared: bool = False) -> None:
    """Write a file. Raises OSError, the file then being as it was and nothing left beside it.

    The name that it has meanwhile is always the same, so that a kill leaves no heap of them; only where several
    processes may write a ``shared`` file at once has each its own. Another ``mode`` is one that its owner gave it.
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
