"""Small files of Agor's home that only their owner may read, written as a whole or not at all."""

import contextlib
import os
from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Write a file with mode 0600. Raises OSError, the file then being as it was and nothing left beside it.

    One process writes a file: the name it has meanwhile is always the same, so that a kill leaves no heap of them.
    """
    unfinished = file.with_name(f".{file.name}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, 0o600)
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        unfinished.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
