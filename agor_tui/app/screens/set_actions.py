"""What can be done with one session or with several at once: stop, complete, archive, undo, move to a board."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agor_core.domain.session import Session, SessionStatus
from agor_core.ids import SessionId
from agor_tui.app.loading import Calls
from agor_tui.app.screens.base import AgorScreen
from agor_tui.client.errors import DaemonError
from agor_tui.state.titles import session_title, sessions_title

NAMED = 6
"""Titles that a confirmation lists; of more it says how many."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which sessions something was done to, and why not to others."""

    done: tuple[Session, ...]
    refused: tuple[str, ...]


class SetActions(AgorScreen):
    """A screen on which sessions are selected, or one is open."""

    @property
    def subjects(self) -> list[Session]:
        """The sessions that commands for several are about."""
        return [self.subject] if self.subject is not None else []

    def select(self, session_id: SessionId) -> None:
        """Show a session that was made or brought back from here."""

    def gone(self, session_ids: set[SessionId]) -> None:
        """Sessions were archived from here."""

    def settled(self) -> None:
        """What was to be done with several is done."""

    def action_stop(self) -> None:
        subjects = [session for session in self.subjects if session.active]
        if not subjects:
            return
        one = len(subjects) == 1
        losses = [f"The task that runs is cancelled{'' if one else ' in each'}; what it has written stays."]
        waiting = sum(one.task_count - one.current.position for one in subjects if one.current is not None)
        if waiting > 0:
            losses.append(f"{waiting} queued prompt{' is' if waiting == 1 else 's are'} dropped.")
        answers = ("stop it", "let it run") if one else (f"stop all {len(subjects)}", "let them run")
        self._confirm("Stop", subjects, losses, answers, lambda: self._act_on(subjects, "stop", "stopped"))

    def action_complete(self) -> None:
        subjects = [one for one in self.subjects if one.status in (SessionStatus.IDLE, SessionStatus.FAILED)]
        if len(subjects) > 1:
            answers = (f"complete all {len(subjects)}", "leave them")
            self._confirm("Complete", subjects, [], answers, lambda: self._act_on(subjects, "complete", "completed"))
        else:
            self._act_on(subjects, "complete", "completed")

    def action_archive(self) -> None:
        subjects = self.subjects
        if len(subjects) > 1:
            busy = sum(session.active for session in subjects)
            losses = ["u brings them back."]
            if busy:
                losses.append(f"{busy} of them {'is' if busy == 1 else 'are'} at work and will stay: stop first.")
            answers = (f"archive all {len(subjects)}", "keep them")
            self._confirm("Archive", subjects, losses, answers, lambda: self._archive(subjects))
        elif subjects:
            self._archive(subjects)

    def action_undo(self) -> None:
        if not self.host.undo:
            self.host.say("Nothing to undo; U finds what was archived before.")
            return
        back = self.host.undo.pop()

        def restored(outcome: Outcome) -> None:
            if outcome.done:
                self.select(outcome.done[0].session_id)
                self.host.say(f"{sessions_title(outcome.done)} {'is' if len(outcome.done) == 1 else 'are'} back.")

        self.each(
            back,
            lambda daemon, session: daemon.patch("sessions", session.session_id, {"archived_at": None}),
            "brought back",
            restored,
        )

    def action_to_board(self) -> None:
        from agor_tui.app.dialogs.to_board import ToBoard

        if subjects := self.subjects:
            boards = sorted(self.link.records.boards.values(), key=lambda board: board.created_at)
            self.host.push_screen(ToBoard(self.link, subjects, boards), lambda moved: self.settled() if moved else None)

    def each(
        self,
        sessions: Sequence[Session],
        act: Callable[[Calls, Session], Any],
        verb: str,
        then: Callable[[Outcome], object] = lambda _: None,
    ) -> None:
        """Do something with each of them; one that is refused keeps no other from it, and the reason is said."""

        def work(daemon: Calls) -> Outcome:
            done: list[Session] = []
            refused: list[str] = []
            for session in sessions:
                try:
                    act(daemon, session)
                    done.append(session)
                except DaemonError as error:
                    refused.append(error.message)
            return Outcome(tuple(done), tuple(refused))

        def told(outcome: Outcome) -> None:
            if outcome.refused:
                count = f"{len(outcome.refused)} of {len(sessions)} not {verb}: " if len(sessions) > 1 else ""
                self.host.complain(count + outcome.refused[0])
            self.settled()
            then(outcome)

        self.link.call(work, told)

    def _act_on(self, sessions: Sequence[Session], action: str, verb: str) -> None:
        if sessions:
            self.each(sessions, lambda daemon, session: daemon.act(session.session_id, action, {}), verb)

    def _archive(self, sessions: Sequence[Session]) -> None:
        def archived(outcome: Outcome) -> None:
            if outcome.done:
                self.host.undo.push(outcome.done)
                it = "it" if len(outcome.done) == 1 else "them"
                self.host.say(f"Archived {sessions_title(outcome.done)}; u brings {it} back.")
                self.gone({session.session_id for session in outcome.done})

        self.each(sessions, lambda daemon, session: daemon.remove("sessions", session.session_id), "archived", archived)

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
        more = [f"and {len(titles) - NAMED} more"] if len(titles) > NAMED else []
        yes, no = answers
        form = Confirm(f"{verb} {sessions_title(sessions)}?", losses, names=[*titles[:NAMED], *more], yes=yes, no=no)

        def answered(agreed: bool | None) -> None:
            if agreed:
                do()

        self.host.push_screen(form, answered)
