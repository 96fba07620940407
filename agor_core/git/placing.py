"""Puts files in place in a working tree, whole or not at all, and never through a link."""

import contextlib
import hashlib
import os
from pathlib import Path

from agor_core.git.files import at
from agor_core.git.include import clone

LINK = b"120000"
PROGRAM = b"100755"


def put(worktree: Path, path: bytes, mode: bytes, content: bytes | Path) -> bool:
    """Put a file with this content, or that of the file ``content``, in place, whole or not at all.

    False if a folder is in its place, or a file in that of its folder.
    """
    file = at(worktree.resolve(), path)
    with contextlib.suppress(FileExistsError, NotADirectoryError):
        file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_dir() and not file.is_symlink():
        with contextlib.suppress(OSError):
            file.rmdir()
    if file.parent.resolve() != file.parent or not file.parent.is_dir() or (file.is_dir() and not file.is_symlink()):
        return False
    fresh = remnant(worktree, path)
    fresh.unlink(missing_ok=True)
    try:
        if mode == LINK and isinstance(content, bytes):
            fresh.symlink_to(os.fsdecode(content))
        else:
            permissions = 0o777 if mode == PROGRAM else 0o666
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(fresh, flags, permissions), "wb") as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    with content.open("rb") as source:
                        clone(source, stream)
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return True


def remnant(worktree: Path, path: bytes) -> Path:
    """The file in which the content for a path is written before it is put in place; a kill may leave it."""
    return at(worktree.resolve(), path).with_name(f".{hashlib.sha256(path).hexdigest()[:16]}.agor")
