"""Bulk actions: stop, complete, archive, undo and move to a board, for one session or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from agor_core.domain.session import Session, SessionStatus
from agor_tui.app.commands.command import Command, key
from agor_tui.app.controllers.controller import Controller, Reason
from agor_tui.app.controllers.session_upkeep import LET_GO, with_worktree
from agor_tui.app.controllers.subject import Selection
from agor_tui.app.loading import Calls, bring_back
from agor_tui.client.errors import DaemonError
from agor_tui.state.titles import session_title, sessions_title

if TYPE_CHECKING:
    from agor_tui.app.daemon_link import DaemonLink
    from agor_tui.app.host import Host

STOP = Command("session.stop", "x", "Stop what runs; once more drops what is queued", "stop", "Session")
COMPLETE = Command("session.complete", "c", "Say that the session is done", "complete", "Session")
ARCHIVE = Command("session.archive", "D", "Archive the session", "archive", "Session")
UNDO = Command("session.undo", "u", "Bring back what was archived or removed last", "undo", "Session")
TO_BOARD = Command("session.board", "b", "Move the session to a board", "board", "Session")

NOTHING_TO_UNDO = Reason("Nothing to undo; U finds what was archived before.")
LISTED = 6
"""Titles that a confirmation lists; the others are counted."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The sessions that an action changed, and the daemon's sentences for those that it refused."""

    changed: tuple[Session, ...]
    refusals: tuple[str, ...]


class BulkActions(Controller):
    """Acts on each selected session. A refusal of one does not stop the action for the others."""

    COMMANDS: ClassVar[Sequence[Command]] = (STOP, COMPLETE, ARCHIVE, UNDO, TO_BOARD)

    def __init__(self, host: "Host", link: "DaemonLink", selection: Selection) -> None:
        super().__init__(
            {
                STOP: self.stop,
                COMPLETE: self.complete,
                ARCHIVE: self.archive,
                UNDO: self.undo,
                TO_BOARD: self.move_to_board,
            }
        )
        self._host = host
        self._link = link
        self._selection = selection

    def offered(self, command: Command) -> Reason | None:
        sessions = self._selection.sessions
        if command == UNDO:
            away = self._selection.archived_elsewhere
            return None if self._host.undo or away is not None else NOTHING_TO_UNDO
        if not sessions:
            return self._selection.no_session
        if command == STOP and not _stoppable(sessions):
            return _reason(sessions, "No task runs in {}.")
        if command == COMPLETE and not _completable(sessions):
            done = all(session.status is SessionStatus.COMPLETED for session in sessions)
            return _reason(sessions, "{} {is} completed already." if done else "A task runs in {}: stop it first.")
        return None

    def stop(self) -> None:
        """Stop the selected sessions that are at work, after a confirmation; without any drop the paused queues."""
        sessions = _active(self._selection.sessions)
        if not sessions:
            self._drop_queues(_stoppable(self._selection.sessions))
            return
        count = len(sessions)
        losses = [f"The task that runs is cancelled{'' if count == 1 else ' in each'}; what it has written stays."]
        queued = sum(one.task_count - one.current.position for one in sessions if one.current is not None)
        if queued > 0:
            losses.append(f"{queued} queued prompt{' waits' if queued == 1 else 's wait'}, paused; x once more drops.")
        answers = ("stop it", "let it run") if count == 1 else (f"stop all {count}", "let them run")
        self._confirm("Stop", sessions, losses, answers, lambda: self._act(sessions, "stop", "stopped"))

    def _drop_queues(self, sessions: Sequence[Session]) -> None:
        losses = ["w in the session shows them, and lets them go on."]
        one = len(sessions) == 1
        answers = ("drop them", "keep them")

        def drop() -> None:
            self._each(sessions, lambda daemon, it: daemon.act(it.session_id, "stop", {"queue": True}), "dropped")

        self._confirm("Drop the queued prompts of" if one else "Drop the queues of", sessions, losses, answers, drop)

    def complete(self) -> None:
        """Mark the selected sessions as completed; several only after a confirmation."""
        sessions = _completable(self._selection.sessions)
        if len(sessions) > 1:
            answers = (f"complete all {len(sessions)}", "leave them")
            self._confirm("Complete", sessions, [], answers, lambda: self._act(sessions, "complete", "completed"))
        else:
            self._act(sessions, "complete", "completed")

    def archive(self) -> None:
        """Archive the selected sessions; several only after a confirmation."""
        sessions = self._selection.sessions
        if len(sessions) == 1:
            self._archive(sessions)
            return
        losses = ["u brings them back."]
        if busy := len(_active(sessions)):
            losses.append(f"{busy} of them {'is' if busy == 1 else 'are'} at work and will stay: stop first.")
        answers = (f"archive all {len(sessions)}", "keep them")
        self._confirm("Archive", sessions, losses, answers, lambda: self._archive(sessions))

    def undo(self) -> None:
        """Restore the sessions that were archived last, or the open one that was archived elsewhere."""
        stack, away = self._host.undo, self._selection.archived_elsewhere
        if away is not None:
            stack.forget(away.session_id)
            stack.push((away,))
        sessions = stack.pop()

        def restored(result: BulkResult) -> None:
            if result.changed:
                self._selection.follow(result.changed[0].session_id)
                self._host.say(f"{sessions_title(result.changed)} {_is(result.changed)} back.")

        self._each(
            sessions,
            lambda daemon, session: bring_back(
                daemon, session.session_id, removed=stack.is_removed(session.session_id)
            ),
            "brought back",
            restored,
            opens=len(sessions) == 1,
        )

    def move_to_board(self) -> None:
        """Open the form that moves the selected sessions to a board."""
        from agor_tui.app.dialogs.move_to_board import MoveToBoard

        boards = sorted(self._link.records.boards.values(), key=lambda board: board.created_at)

        def moved(record: dict[str, Any] | None) -> None:
            if record:
                self._selection.unmark()

        self._host.push_screen(MoveToBoard(self._link, self._selection.sessions, boards), moved)

    def _act(self, sessions: Sequence[Session], action: str, participle: str) -> None:
        self._each(sessions, lambda daemon, session: daemon.act(session.session_id, action, {}), participle)

    def _archive(self, sessions: Sequence[Session]) -> None:
        def archived(result: BulkResult) -> None:
            if result.changed:
                self._host.undo.push(result.changed)
                it = "it" if len(result.changed) == 1 else "them"
                go = f"; {key(LET_GO.id)} lets the worktree go" if with_worktree(result.changed) else ""
                self._host.say(f"Archived {sessions_title(result.changed)}; {key(UNDO.id)} brings {it} back{go}.")
                self._selection.sessions_archived({session.session_id for session in result.changed})

        self._each(
            sessions,
            lambda daemon, session: daemon.remove("sessions", session.session_id),
            "archived",
            archived,
            opens=len(sessions) == 1,
        )

    def _each(
        self,
        sessions: Sequence[Session],
        act: Callable[[Calls, Session], Any],
        participle: str,
        then: Callable[[BulkResult], object] = lambda _: None,
        *,
        opens: bool = False,
    ) -> None:
        """Call ``act`` for each session in one thread, say the first refusal, then clear the marks.

        With ``opens`` keys wait for the answer: it opens or closes a screen, or decides what ``u`` brings back.
        """

        def work(daemon: Calls) -> BulkResult:
            changed: list[Session] = []
            refusals: list[str] = []
            for session in sessions:
                try:
                    act(daemon, session)
                    changed.append(session)
                except DaemonError as error:
                    refusals.append(error.message)
            return BulkResult(tuple(changed), tuple(refusals))

        def ended(result: BulkResult) -> None:
            if result.refusals:
                count = f"{len(result.refusals)} of {len(sessions)} not {participle}: " if len(sessions) > 1 else ""
                self._host.complain(count + result.refusals[0])
            self._selection.unmark()
            then(result)

        call = self._link.call_to_open if opens else self._link.call
        call(work, ended)

    def _confirm(
        self,
        verb: str,
        sessions: Sequence[Session],
        losses: Sequence[str],
        answers: tuple[str, str],
        do: Callable[[], object],
    ) -> None:
        from agor_tui.app.dialogs.confirm import Confirm

        titles = [session_title(session) for session in sessions] if len(sessions) > 1 else []
        rest = [f"and {len(titles) - LISTED} more"] if len(titles) > LISTED else []
        yes, no = answers
        dialog = Confirm(f"{verb} {sessions_title(sessions)}?", losses, names=[*titles[:LISTED], *rest], yes=yes, no=no)

        def answered(agreed: bool | None) -> None:
            if agreed:
                do()

        self._host.push_screen(dialog, answered)


def _active(sessions: Sequence[Session]) -> list[Session]:
    return [session for session in sessions if session.active]


def _stoppable(sessions: Sequence[Session]) -> list[Session]:
    """Those at work; without any, those whose queue is paused."""
    return _active(sessions) or [session for session in sessions if session.queue_paused]


def _completable(sessions: Sequence[Session]) -> list[Session]:
    return [session for session in sessions if session.status in (SessionStatus.IDLE, SessionStatus.FAILED)]


def _reason(sessions: Sequence[Session], sentence: str) -> Reason:
    said = sentence.format(sessions_title(sessions), **{"is": _is(sessions)})
    return Reason(said[:1].upper() + said[1:])


def _is(sessions: Sequence[Session]) -> str:
    return "is" if len(sessions) == 1 else "are"
