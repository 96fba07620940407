"""Agor's home folder: private to its owner, and checked before anything is written into it."""

import os
import stat
from pathlib import Path

from agor_core.config.paths import Paths
from agor_core.errors import CannotStart

PRIVATE = 0o700


def make(paths: Paths) -> None:
    """Make the home and its folders, with mode 0700. Raises CannotStart if it cannot be made or written."""
    try:
        paths.home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        for folder in (paths.logs, paths.scratch, paths.agents):
            folder.mkdir(mode=PRIVATE, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise CannotStart(f"{paths.home} is not a folder; set AGOR_HOME to one that can be Agor's home.") from None
    except OSError as error:
        raise CannotStart(f"The folder {error.filename} cannot be made: {error.strerror}.") from None
    if not os.access(paths.home, os.W_OK | os.X_OK):
        raise CannotStart(f"The home {paths.home} cannot be written; set AGOR_HOME to another folder.")


def private_folder(folder: Path) -> None:
    """Make a private folder in a place that other users can write to. Raises CannotStart if it is not private."""
    try:
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be made: {error.strerror}.") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise CannotStart(f"{folder} is not a private folder of this user; take it away and try again.")
