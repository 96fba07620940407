"""The subject of commands: the session, sessions and task that a screen has selected."""

from collections.abc import Collection, Sequence
from typing import Protocol

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import BoardId, SessionId
from agor_tui.app.controllers.controller import Reason


class Subject(Protocol):
    """The selection that the commands of a screen act on. Its properties are read at each use."""

    @property
    def session(self) -> Session | None:
        """The session under the cursor, or the open one."""

    @property
    def session_id(self) -> SessionId | None:
        """The id of `session`; an open session keeps it when it is archived elsewhere."""

    @property
    def no_session(self) -> Reason:
        """The reason why `session` is None."""

    @property
    def task(self) -> Task | None:
        """The selected task; None on screens that show no tasks."""

    @property
    def board_id(self) -> BoardId | None:
        """The board that a new session is created on."""

    def follow(self, session_id: SessionId) -> None:
        """Select or open a session that a command created or restored."""


class Selection(Subject, Protocol):
    """A subject of bulk actions: one session, or several that are marked."""

    @property
    def sessions(self) -> Sequence[Session]:
        """The marked sessions; if none is marked, `session` alone."""

    @property
    def archived_elsewhere(self) -> Session | None:
        """An open session that another client archived: undo restores it."""

    def unmark(self) -> None:
        """Clear the marks: a bulk action has ended."""

    def sessions_archived(self, session_ids: Collection[SessionId]) -> None:
        """Leave these sessions: they were archived from here."""
