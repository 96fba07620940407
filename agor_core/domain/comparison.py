"""A comparison: sessions of one repo beside each other, their figures and what each did to which file."""

import msgspec

from agor_core.domain.check import CheckFacts
from agor_core.domain.figures import Diffstat, Usage
from agor_core.domain.session import SessionStatus
from agor_core.ids import SessionId

MOST_SESSIONS = 16
MOST_FILES = 5_000
"""Files that are listed; the figures are of all."""
MOST_NAMED = 500
"""Paths of one kind that are named."""
LAST_WORDS = 400
"""Characters."""


class FileInSession(msgspec.Struct, frozen=True, kw_only=True):
    """What one session did to a file since its base: lines are None for binary content.

    ``version`` is the same number in sessions that have the file with the same content (or have all deleted it).
    """

    insertions: int | None
    deletions: int | None
    status: str = "modified"
    old_path: str | None = None
    version: int = 0


class ComparedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that one of the sessions changed, by session; one that did not change it is not ``in`` there."""

    path: str
    within: dict[SessionId, FileInSession] = msgspec.field(name="in")

    def same_in(self, session_ids: tuple[SessionId, ...]) -> bool:
        """Whether these sessions all changed it, to the same content."""
        found = {self.within[one].version if one in self.within else None for one in session_ids}
        return len(found) == 1 and None not in found


class ComparedSession(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one session, whose files are as at ``point``, in the commit ``commit``.

    ``seconds`` is the time that its tasks took. ``uncommitted`` are paths that its branch does not have as they are.
    ``conflicts`` are paths that would conflict with ``target``, ``conflicts_with`` those with each other session.
    ``problem`` is the sentence why its files cannot be compared; then its figures are zero.
    """

    session_id: SessionId
    short_id: str
    title: str | None
    agent: str
    model: str | None
    status: SessionStatus
    point: str = "now"
    commit: str | None = None
    base: str | None = None
    ref: str | None = None
    task_count: int = 0
    seconds: float = 0.0
    usage: Usage = Usage()
    check: CheckFacts | None = None
    diffstat: Diffstat = Diffstat()
    uncommitted: tuple[str, ...] = ()
    uncommitted_count: int = 0
    target: str | None = None
    conflicts: tuple[str, ...] = ()
    conflicts_with: dict[SessionId, tuple[str, ...]] = {}
    last_words: str | None = None
    note: str | None = None
    problem: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions as they were asked for, and the files by path, of which there are ``file_count``."""

    sessions: tuple[ComparedSession, ...]
    files: tuple[ComparedFile, ...] = ()
    file_count: int = 0
