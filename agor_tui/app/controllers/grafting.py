"""The commands that graft changes of one session into another's files, and take the last graft back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from agor_core.domain.comparison import ComparedSession
from agor_core.domain.graft import Graft
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.state.figures import files

if TYPE_CHECKING:
    from agor_tui.app.controllers.archiving_one import ArchivingOne
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

GRAFT = Command("compare.graft", "g", "Graft what is marked into another session's files", "graft", "Compare")
UNDO = Command("compare.undo", "u", "Undo the last graft into the session, or its archiving", "undo", "Compare")

NOTHING = Reason("Select what this session has changed: a file, or several with space.")
NO_OTHER = Reason("There is no other session to graft into.")
NOTHING_DONE = Reason("Nothing was grafted into this session from here.")


class GraftView(Protocol):
    """What is selected of a session's changes, and the sessions that may get it."""

    @property
    def compared(self) -> ComparedSession | None:
        """The session whose changes are selected."""

    @property
    def others(self) -> tuple[ComparedSession, ...]:
        """The sessions that may get them, the likeliest first."""

    @property
    def letters(self) -> Mapping[SessionId, str]:
        """The letter of each session."""

    @property
    def to_graft(self) -> dict[str, Any]:
        """The part of the request that says what: ``paths`` or ``lines``, and ``what`` in words; empty if nothing."""

    def grafted(self) -> None:
        """Show what is different now."""


class Grafting(Controller):
    """``done`` has the sessions into which something was grafted by the app, the last one at the end.

    Where sessions are archived too, ``archiving`` undoes that when no graft of the selected session is left to undo.
    """

    COMMANDS = (GRAFT, UNDO)

    def __init__(
        self,
        host: "Host",
        link: "DaemonLink",
        view: GraftView,
        done: list[SessionId],
        archiving: "ArchivingOne | None" = None,
    ) -> None:
        super().__init__({GRAFT: self.graft, UNDO: self.undo})
        self._host = host
        self._link = link
        self._view = view
        self._done = done
        self._archiving = archiving

    def offered(self, command: Command) -> Reason | None:
        session = self._view.compared
        if command == UNDO:
            return None if self._last is not None or self._brings_back else NOTHING_DONE
        if session is None or not self._view.to_graft:
            return NOTHING
        return None if self._view.others else NO_OTHER

    def graft(self) -> None:
        """Open the form, which says first what would change and what conflicts."""
        from agor_tui.app.dialogs.graft import GraftForm

        if (session := self._view.compared) is not None:
            form = GraftForm(self._link, session, self._view.others, self._view.letters, self._view.to_graft)
            self._host.push_screen(form, self._grafted)

    def undo(self) -> None:
        """Take the last graft into the session back."""
        from agor_tui.app import comparison_loading

        target = self._last
        if self._archiving is not None and self._brings_back:
            self._archiving.undo()
            return
        if target is None:
            return

        def undone(record: dict[str, Any]) -> None:
            self._done.reverse()
            self._done.remove(target)
            self._done.reverse()
            done = msgspec.convert(record, Graft)
            self._host.say(f"Took the graft back: {files(len(done.written) + len(done.removed))}.")
            self._view.grafted()

        self._link.call(lambda daemon: comparison_loading.graft(daemon, target, {"undo": True}), undone)

    @property
    def _brings_back(self) -> bool:
        """Whether an archived session is what is undone: the selected one, or where no graft is."""
        session = self._view.compared
        if self._archiving is None or not self._host.undo:
            return False
        return self._last is None or (session is not None and self._link.records.session(session.session_id) is None)

    @property
    def _last(self) -> SessionId | None:
        """The session whose graft would be taken back: the selected one, else the one that got the last."""
        session = self._view.compared
        if session is not None and session.session_id in self._done:
            return session.session_id
        return self._done[-1] if self._done else None

    def _grafted(self, record: dict[str, Any] | None) -> None:
        if record is None:
            return
        done = msgspec.convert(record, Graft)
        if done.graft_id is None:
            self._host.say("Nothing to do: these changes are there already.")
            return
        self._done.append(done.session_id)
        name = self._view.letters.get(done.session_id, "the session")
        count = files(len(done.written) + len(done.removed))
        marked = f" Conflicts are marked in {files(len(done.conflicts))}." if done.conflicts else ""
        self._host.say(f"Grafted {count} into {name}; u takes it back.{marked}")
        self._view.grafted()
