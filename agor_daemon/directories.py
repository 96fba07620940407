"""Checks of the directories that requests name."""

from pathlib import Path

from agor_core.errors import InvalidInput


def check_directory(given: str, place: str) -> Path:
    """The folder of an absolute path; ``place`` is the request's field. Raises InvalidInput if there is none."""
    path = Path(given)
    if not path.is_absolute():
        raise InvalidInput(f"{place}: must be an absolute path, not {given!r}.", place=place)
    try:
        found = path.is_dir()
    except (OSError, ValueError):
        found = False
    if not found:
        raise InvalidInput(f"{place}: {given} is not a folder.", place=place)
    return path
