"""File access for agents, confined to the session's folder even where it contains links.

The path is resolved, checked, and then opened part by part without following links, so that no part can be swapped
between check and use.
"""

import contextlib
import os
import stat
from pathlib import Path

LARGEST_READ = 10 * 1024 * 1024


class OutsideFolder(Exception):
    """The path leads out of the session's folder."""


def read(folder: Path, path: str, *, line: int | None = None, limit: int | None = None) -> str:
    """The text of a file, from ``line`` (1-based) on, at most ``limit`` lines. Raises OutsideFolder, OSError."""
    parent, name = _open_parent(folder, path, make=False)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    finally:
        os.close(parent)
    with os.fdopen(descriptor, "rb") as file:
        _require_file(descriptor, path)
        text = file.read(LARGEST_READ).decode("utf-8", errors="replace")
    if line is None and limit is None:
        return text
    first = max((line or 1) - 1, 0)
    lines = text.splitlines(keepends=True)[first:]
    return "".join(lines if limit is None else lines[:limit])


def write(folder: Path, path: str, content: str) -> None:
    """Replace a file's content, making its folders. Raises OutsideFolder, OSError."""
    parent, name = _open_parent(folder, path, make=True)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o666, dir_fd=parent)
    finally:
        os.close(parent)
    with os.fdopen(descriptor, "wb") as file:
        _require_file(descriptor, path)
        file.truncate()
        file.write(content.encode("utf-8", errors="replace"))


def _open_parent(folder: Path, path: str, *, make: bool) -> tuple[int, str]:
    """A descriptor of the folder that holds the file, and the file's name in it."""
    top = Path(os.path.realpath(folder))
    target = Path(os.path.realpath(top / path))
    if target == top or not target.is_relative_to(top):
        raise OutsideFolder(f"{path} is outside the session's folder.")
    *folders, name = target.relative_to(top).parts
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    current = os.open(top, flags)
    try:
        for part in folders:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=current)
            inner = os.open(part, flags, dir_fd=current)
            os.close(current)
            current = inner
    except BaseException:
        os.close(current)
        raise
    return current, name


def _require_file(descriptor: int, path: str) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OutsideFolder(f"{path} is not a regular file.")
