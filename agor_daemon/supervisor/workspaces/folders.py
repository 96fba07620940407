"""Folders that a request names, looked at in threads: a disk that does not answer keeps nothing else waiting."""

from pathlib import Path

from agor_core.git.location import may_be_inside
from agor_core.threads import Threads
from agor_daemon.directories import check_directory

THREADS = 2
Seen = tuple[Path, bool]
"""A folder, and whether git may have something to say about it."""


class FolderProbe:
    """The threads that look."""

    def __init__(self) -> None:
        self._threads = Threads("agor-folders", THREADS)

    def close(self) -> None:
        """Look at nothing any more; what hangs is not waited for."""
        self._threads.dismiss()

    async def look(self, given: str) -> Seen:
        """The folder that a session is to work in. Raises InvalidInput."""
        return await self._threads.do(lambda: _look(given))


def _look(given: str) -> Seen:
    folder = check_directory(given, "cwd")
    return folder, may_be_inside(folder)
