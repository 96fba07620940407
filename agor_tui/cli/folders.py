"""Folders as arguments of the command line."""

import os
from pathlib import Path

from agor_core.errors import InvalidInput


def absolute(given: str, place: str) -> str:
    """The absolute path of a folder.

    Raises InvalidInput for an empty name, an unknown user, or a current folder that is gone.
    """
    if not given.strip():
        raise InvalidInput("The folder's name is empty.", place=place)
    try:
        return os.fspath(Path.cwd() / Path(given).expanduser())
    except FileNotFoundError:
        raise InvalidInput("The folder that you are in is gone.", place=place) from None
    except RuntimeError:
        raise InvalidInput(f"{given!r} is in no user's home.", place=place) from None
