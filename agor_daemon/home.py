"""Agor's home folder: private to its owner, and checked before anything is written into it."""

import os
import stat
from pathlib import Path

from agor_core.config import home_checks
from agor_core.config.home_checks import Fault
from agor_core.config.paths import Paths
from agor_core.errors import CannotStart

PRIVATE = 0o700


def make(paths: Paths) -> None:
    """Make the home and its folders, with mode 0700. Raises CannotStart if it cannot be made or written."""
    _refuse(home_checks.link(paths))
    try:
        paths.home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _refuse(home_checks.owner(paths))
        for folder in (paths.logs, paths.scratch, paths.agents):
            folder.mkdir(mode=PRIVATE, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise CannotStart(f"{paths.home} is not a folder; set AGOR_HOME to one that can be Agor's home.") from None
    except OSError as error:
        raise CannotStart(f"The folder {error.filename} cannot be made: {error.strerror}.") from None
    if not os.access(paths.home, os.W_OK | os.X_OK):
        raise CannotStart(f"The home {paths.home} cannot be written; set AGOR_HOME to another folder.")


def examine(paths: Paths, *, with_database: bool) -> list[str]:
    """Check a home before anything of it is used; returns the warnings. Raises CannotStart for what is refused.

    A network file system is refused where the home is to hold the database.
    """
    warnings = []
    for check in home_checks.CHECKS:
        if (fault := check(paths)) is not None:
            if with_database or check is not home_checks.file_system:
                _refuse(fault)
            warnings.append(fault.sentence)
    return warnings


def _refuse(fault: Fault | None) -> None:
    if fault is not None and fault.refuses:
        raise CannotStart(fault.sentence)


def private_folder(folder: Path) -> None:
    """Make a private folder in a place that other users can write to. Raises CannotStart if it is not private."""
    try:
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be made: {error.strerror}.") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise CannotStart(f"{folder} is not a private folder of this user; take it away and try again.")
