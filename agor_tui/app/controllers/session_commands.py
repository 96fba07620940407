"""The commands of one session: new, prompt, fork, spawn, genealogy, copy its id."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import msgspec

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.ids import SessionId
from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.subject import Subject

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

NEW = Command("session.new", "n", "Start a new session", "new", "Session")
PROMPT = Command("session.prompt", "p", "Give the session a prompt", "prompt", "Session")
FORK = Command("session.fork", "f", "Fork at a task, into a session of its own", "fork", "Session")
SPAWN = Command("session.spawn", "s", "Spawn a child session with a fresh context", "spawn", "Session")
TREE = Command("session.tree", "t", "Show the tree of forks and spawns", "tree", "Session")
COPY_ID = Command("session.copy", "y", "Copy the session's id", "copy id", "Session")

NO_TASK_YET = Reason("There is nothing to fork yet: the session has had no task.")


class SessionCommands(Controller):
    """Opens the forms of these commands for the selected session."""

    COMMANDS = (NEW, PROMPT, FORK, SPAWN, TREE, COPY_ID)

    def __init__(
        self, host: "Host", link: "DaemonLink", subject: Subject, *, without: Collection[Command] = ()
    ) -> None:
        super().__init__(
            {
                NEW: self.new,
                PROMPT: self.prompt,
                FORK: self.fork,
                SPAWN: self.spawn,
                TREE: self.show_genealogy,
                COPY_ID: self.copy_id,
            },
            without=without,
        )
        self._host = host
        self._link = link
        self._subject = subject

    def offered(self, command: Command) -> Reason | None:
        if command == NEW:
            return None
        if command == FORK and self._inherited_task is not None:
            return None
        session = self._subject.session
        if session is None:
            return self._subject.no_session
        return NO_TASK_YET if command == FORK and not session.task_count else None

    def new(self) -> None:
        """Open the form for a new session."""
        from agor_tui.app.dialogs.new_session import NewSession

        host, board_id = self._host, self._subject.board_id
        form = NewSession(self._link, agent=host.default_agent, worktree=host.default_worktree, board_id=board_id)
        host.push_screen(form, self._made)

    def prompt(self) -> None:
        """Open the form for a prompt to the selected session."""
        from agor_tui.app.dialogs.prompt_form import PromptForm

        if (session := self._subject.session) is not None:
            self._host.push_screen(PromptForm(self._link, session))

    def fork(self) -> None:
        """Open the fork form at the selected task; without one, at the last task that ended."""
        session, task = self._subject.session, self._subject.task
        if (inherited := self._inherited_task) is not None:
            self._fork_source(inherited)
        elif session is not None:
            self._open_fork(session, task.task_id if task is not None else None)

    def spawn(self) -> None:
        """Open the form for a spawn of the selected session."""
        from agor_tui.app.dialogs.spawn import SpawnForm

        if (session := self._subject.session) is not None:
            self._host.push_screen(SpawnForm(self._link, session), self._made)

    def show_genealogy(self) -> None:
        """Open the genealogy of the selected session."""
        if (session := self._subject.session) is not None:
            self._host.show_genealogy(session.session_id)

    def copy_id(self) -> None:
        """Copy the id of the selected session."""
        if (session := self._subject.session) is not None:
            self._host.copy(session.session_id, f"the id {session.session_id}")

    @property
    def _inherited_task(self) -> Task | None:
        """The selected task if it was done in another session, which the open one was forked from."""
        task, shown = self._subject.task, self._subject.session_id
        return task if task is not None and shown is not None and task.session_id != shown else None

    def _fork_source(self, task: Task) -> None:
        """Open the fork form for the session that an inherited task was done in."""
        source = self._link.records.session(task.session_id)
        if source is not None:
            self._open_fork(source, task.task_id)
            return
        screen = self._host.screen

        def found(record: dict[str, Any]) -> None:
            if self._host.screen is screen:
                self._open_fork(msgspec.convert(record, Session), task.task_id)

        self._link.call_to_open(lambda daemon: daemon.get("sessions", task.session_id), found)

    def _open_fork(self, source: Session, task_id: str | None) -> None:
        from agor_tui.app.dialogs.fork import ForkForm

        self._host.push_screen(ForkForm(self._link, source, task_id), self._made)

    def _made(self, record: dict[str, Any] | None) -> None:
        if record is not None:
            self._subject.follow(SessionId(record["session_id"]))
