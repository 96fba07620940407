"""What a diff compares: a task's start and end, or two points of sessions, by the daemon's names for points."""

from dataclasses import dataclass

from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import short_sha
from agor_tui.state import clean
from agor_tui.state.titles import session_title, task_title


@dataclass(frozen=True, slots=True)
class Diffed:
    """A difference of ``session`` from ``start`` to ``end``; with ``task``, that task's own."""

    session: Session
    start: str = "base"
    end: str = "now"
    task: Task | None = None

    @classmethod
    def of_task(cls, session: Session, task: Task) -> "Diffed":
        """What a task changed."""
        return cls(session, f"task:{task.task_id}:start", f"task:{task.task_id}", task)

    @property
    def moves(self) -> bool:
        """Whether its end is the present, while work goes on there."""
        return not self.task.ended if self.task is not None else self.end == "now" and self.session.active

    @property
    def state(self) -> object:
        """What tells whether it has changed since it was read."""
        if self.task is not None:
            return self.task.ended, self.task.git_state.diffstat
        return self.session.active, self.session.git_state

    @property
    def title(self) -> tuple[str, str]:
        """The words before the strong part of the title, and that part: the task's name, or from where to where."""
        if self.task is not None:
            return f"task {self.task.position} ", task_title(self.task)
        if self.end == "now" and self.start.endswith("@now"):
            return "compared with ", f"{clean.line(self.start.removesuffix('@now'))} as it is now"
        if self.end == "now":
            return "changes since ", self._named(self.start)
        return "changes from ", f"{self._named(self.start)} to {self._named(self.end)}"

    @property
    def name(self) -> str:
        """The session's title."""
        return session_title(self.session)

    def _named(self, point: str) -> str:
        """A point in words: ``main@3f2c1a5`` for the base, ``task 2``, ``the start of task 2``, ``the fork``."""
        other, at, name = point.rpartition("@")
        if at:
            return clean.line(f"{name.replace(':', ' ')} of {other}")
        git = self.session.git_state
        match name.split(":"):
            case ["base"] if git.since is not None:
                of_target = git.target and (git.brought_in or self.session.genealogy.forked_from_session_id is None)
                return clean.line(f"{git.target}@{short_sha(git.since)}" if of_target else short_sha(git.since))
            case ["task", number]:
                return f"task {clean.line(number)}"
            case ["task", number, _]:
                return f"the start of task {clean.line(number)}"
            case ["fork"]:
                return "the fork"
            case _:
                return clean.line(name)
