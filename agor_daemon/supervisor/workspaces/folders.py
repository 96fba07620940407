"""Folders that a request names, looked at in threads: a disk that does not answer keeps nothing else waiting."""

from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import AgorError
from agor_core.git.location import may_be_inside
from agor_core.threads import Handed, Threads
from agor_daemon.directories import check_directory

THREADS = 2
PATIENCE = 0.01
"""Seconds that a write waits for what is seen of a folder."""

Seen = tuple[Path, bool]
"""A folder, and whether git may have something to say about it."""


class NotPlain(AgorError):
    """There is more to a request than a folder, or it is not known yet whether there is."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A look at a folder that goes on while the rest of the request is dealt with; ``folder`` is what it will find."""

    folder: Path
    _seen: Handed[Seen]

    def confirm(self) -> None:
        """In any thread: wait a little for what is seen.

        Raises InvalidInput unless it is a folder, NotPlain if it may be in a git repository or cannot be seen by then.
        """
        try:
            _, in_git = self._seen.answer(PATIENCE)
        except TimeoutError:
            raise NotPlain(f"{self.folder} has not been seen yet.") from None
        if in_git:
            raise NotPlain(f"{self.folder} may be in a git repository.")


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

    def glance(self, given: str) -> Glance | None:
        """The same, begun and not waited for; None while all threads are busy."""
        seen = self._threads.hand(lambda: _look(given))
        return None if seen is None else Glance(Path(given), seen)


def _look(given: str) -> Seen:
    folder = check_directory(given, "cwd")
    return folder, may_be_inside(folder)
