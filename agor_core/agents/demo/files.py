"""Reads and writes files of the session's directory, and refuses paths that lead out of it."""

from pathlib import Path

LONGEST_READ = 200_000
"""The most characters of a file that are shown."""


class FileRefused(Exception):
    """A file cannot be used; the message is a sentence that says why."""


def inside(cwd: Path, path: str) -> Path | None:
    """The full path, links followed; None if it leads out of the directory or is the directory itself."""
    if not path:
        return None
    try:
        root = cwd.resolve()
        full = (root / path).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, or no text for a path
        return None
    return full if root in full.parents else None


def place(cwd: Path, path: str) -> Path:
    """The full path. Raises FileRefused if it leads out of the directory."""
    if not path:
        raise FileRefused("No path was given.")
    if (full := inside(cwd, path)) is None:
        raise FileRefused(f"{path} is outside the session's directory.")
    return full


def read(full: Path) -> str | None:
    """A file's text; None if the file does not exist. Raises FileRefused."""
    try:
        return full.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileRefused(f"It cannot be read: {error.strerror}.") from None


def write(full: Path, text: str, *, append: bool = False) -> None:
    """Write a file, or append to it, and make missing folders. Raises FileRefused."""
    try:
        full.parent.mkdir(parents=True, exist_ok=True)
        with full.open("ab" if append else "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise FileRefused(f"It cannot be written: {error.strerror}.") from None


def delete(full: Path) -> None:
    """Delete a file. Raises FileRefused."""
    try:
        full.unlink()
    except OSError as error:
        raise FileRefused(f"It cannot be deleted: {error.strerror}.") from None


def shown(text: str) -> str:
    """The text, cut if it is too long to show."""
    return text if len(text) <= LONGEST_READ else f"{text[:LONGEST_READ]}\n[{len(text) - LONGEST_READ} more characters]"
