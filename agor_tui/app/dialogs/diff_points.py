"""The form that chooses the two points of a diff: base, fork, tasks, now, and related sessions as they are."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from agor_core.domain.genealogy import Genealogy
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import short_sha
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import Form
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.state import clean
from agor_tui.state.diffed import Diffed
from agor_tui.state.titles import session_title, task_title


class DiffPoints(Form[Diffed]):
    """Dismissed with the difference that was chosen."""

    VERB = "show"

    def __init__(self, link: DaemonLink, diffed: Diffed) -> None:
        super().__init__()
        self._link = link
        self._diffed = diffed
        self._start = Choice(starts(diffed.session, (), ()), _value(diffed.start, diffed.task), id="from")
        self._end = Choice(ends((), ()), _value(diffed.end, diffed.task), id="to")

    @property
    def heading(self) -> str:
        return f"Compare points of “{self._diffed.name}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("from", self._start), ("to", self._end))

    def on_mount(self) -> None:
        self._start.focus()
        session_id = self._diffed.session.session_id
        known = self._link.records.conversations.get(session_id)
        if known is not None and known.loaded:
            self._offer((known.ordered_tasks(), known.genealogy))
        else:
            self._link.call(
                lambda daemon: (loading.tasks_of(daemon, session_id), loading.genealogy(daemon, session_id)),
                self._offer,
            )

    def answer(self) -> Diffed | None:
        """The two points; None if they are the same."""
        if self._start.value == self._end.value:
            self.complain("These are the same.")
            return None
        return replace(self._diffed, start=self._start.value, end=self._end.value, task=None)

    def _offer(self, found: tuple[Sequence[Task], Genealogy | None]) -> None:
        """Offer the tasks that have begun, and the sessions of the same tree that work in the same repo."""
        if not self.is_attached:
            return
        session, (tasks, genealogy) = self._diffed.session, found
        begun = [task for task in tasks if not task.waiting]
        others = genealogy.sessions if genealogy is not None else ()
        related = [one for one in others if one.session_id != session.session_id]
        related = [one for one in related if one.repo.repo_id == session.repo.repo_id]
        self._start.offer(starts(session, begun, related))
        self._end.offer(ends(begun, related))
        self._start.choose(_value(self._diffed.start, self._diffed.task))
        self._end.choose(_value(self._diffed.end, self._diffed.task))


def starts(session: Session, tasks: Sequence[Task], related: Sequence[Session]) -> list[Option]:
    """The points at which a difference may begin."""
    sha = session.git_state.since
    fork = session.genealogy.forked_from_session_id is not None
    return [
        Option("base", "its base", short_sha(sha) if sha else ""),
        *([Option("fork", "where it was forked")] if fork else []),
        *(Option(f"task:{task.position}:start", f"before task {task.position}", task_title(task)) for task in tasks),
        *(_end(task) for task in tasks if task.ended),
        *(_now(other) for other in related),
    ]


def ends(tasks: Sequence[Task], related: Sequence[Session]) -> list[Option]:
    """The points at which a difference may end."""
    return [Option("now", "now"), *(_end(task) for task in tasks if task.ended), *(_now(other) for other in related)]


def _end(task: Task) -> Option:
    return Option(f"task:{task.position}", f"after task {task.position}", task_title(task))


def _now(session: Session) -> Option:
    return Option(f"{session.short_id}@now", f"{clean.cut(session_title(session), 40)}, as it is now", session.short_id)


def _value(point: str, task: Task | None) -> str:
    """A point as the options have it: tasks by their position."""
    return point if task is None else point.replace(task.task_id, str(task.position))
