"""The journal of branches that are about to move: the next daemon brings each to one of its two ends."""

from pathlib import Path

import msgspec

from agor_core.domain.landing import Landing
from agor_core.git.mending import Move
from agor_daemon.supervisor.journal import Journal


class LandingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A landing, or its undoing, from before anything is made until its record is stored.

    ``scratch`` is its scratch tree. ``landing`` is the record to store once the branch has moved; until it is to be
    moved there is none. ``checkout`` is where the branch is checked out, and ``since`` the time, in seconds since 1970.
    """

    identifier: str
    repo: str
    branch: str
    since: float
    scratch: str = ""
    old: str = ""
    new: str = ""
    checkout: str | None = None
    back: bool = False
    landing: Landing | None = None

    @property
    def move(self) -> Move:
        """The move of the branch."""
        place = None if self.checkout is None else Path(self.checkout)
        return Move(Path(self.repo), self.branch, self.old, self.new, place, self.back)


class LandingJournal(Journal[LandingEntry]):
    """Kept in ``landings.json`` under the home; unlike others it has to be written before anything may go on."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, LandingEntry, key=lambda entry: entry.identifier, strict=True)
