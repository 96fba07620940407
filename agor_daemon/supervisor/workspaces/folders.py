"""Folders that requests name, probed in threads of their own: a disk that hangs delays no other request."""

from pathlib import Path

from agor_core.git.location import may_be_inside
from agor_core.threads import Threads
from agor_daemon.directories import check_directory

THREADS = 2
Probed = tuple[Path, bool]
"""A folder, and whether it may be in a git repository."""


class FolderProbe:
    """Threads that probe folders."""

    def __init__(self) -> None:
        self._threads = Threads("agor-folders", THREADS)

    def close(self) -> None:
        """Probe no more folders; a thread that hangs is not waited for."""
        self._threads.dismiss()

    async def find(self, given: str) -> Probed:
        """The folder with an absolute path. Raises InvalidInput for the field ``cwd``."""
        return await self._threads.do(lambda: _probed(given))


def _probed(given: str) -> Probed:
    folder = check_directory(given, "cwd")
    return folder, may_be_inside(folder)
