"""The search for the first task of a line after which a check fails, by halves; it runs nothing itself."""

from collections.abc import Sequence

from agor_core.domain.task import Task

SKIP = 125
"""The exit code of a check that can say nothing of these files, as for ``git bisect run``."""
FAILED_BEFORE = "The check fails already before the first task of this line, so none of the tasks is the first."
NEVER = "The check passes after the last task of this line that can be checked."
UNKNOWN_BEFORE = "The files before the first task are not kept, so it may have failed before."
BETWEEN = "These tasks between cannot be checked, so it may be one of them: {names}."


class Bisection:
    """Asks for checks one after the other: :attr:`wanted` is the task to check at, at its end or its start.

    ``line`` are the tasks in order, inherited ones first. Of tasks that end with the same files only the first is
    asked for. When it is :attr:`over`, :attr:`first_bad` is the answer and :attr:`note` what is to be known of it.
    """

    def __init__(self, line: Sequence[Task]) -> None:
        self._line = [task for task in line if task.ended and task.started_at is not None]
        self._points: list[int] = []
        last: str | None = None
        for at, task in enumerate(self._line):
            kept = task.git_state.checkpoint_end
            if kept is not None and kept != last:
                self._points.append(at)
            last = kept or last
        self._passed = -1
        self._failed = len(self._line)
        self._start: bool | None = None
        self._start_known = not self._line or self._line[0].git_state.checkpoint_start is None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to check at all."""
        return not self._points

    @property
    def wanted(self) -> tuple[Task, bool] | None:
        """The task to check at next, and whether at its start; None when it is over."""
        between = [at for at in self._points if self._passed < at < self._failed]
        if between:
            return self._line[between[len(between) // 2]], False
        if self._suspects_start() and not self._start_known:
            return self._line[0], True
        return None

    @property
    def over(self) -> bool:
        """Whether the answer is known."""
        return self.wanted is None

    def told(self, passed: bool | None) -> None:
        """Take the outcome of the wanted check; None: it says nothing of these files."""
        wanted = self.wanted
        if wanted is None:
            return
        task, at_start = wanted
        at = self._line.index(task)
        if at_start:
            self._start, self._start_known = passed, True
        elif passed is None:
            self._points.remove(at)
        elif passed:
            self._passed = at
        else:
            self._failed = at

    @property
    def first_bad(self) -> Task | None:
        """The first task after which the check fails; None if it never fails, or did before the first."""
        if self._failed == len(self._line) or (self._suspects_start() and self._start is False):
            return None
        return self._line[self._failed]

    @property
    def note(self) -> str | None:
        """What is to be known of the answer."""
        if self._failed == len(self._line):
            return NEVER
        if self._suspects_start() and self._start is False:
            return FAILED_BEFORE
        if unchecked := [task for at, task in enumerate(self._line) if self._between(at)]:
            return BETWEEN.format(names=", ".join(f"{task.position} ({task.short_id})" for task in unchecked))
        return UNKNOWN_BEFORE if self._suspects_start() and self._start is None else None

    def _between(self, at: int) -> bool:
        """Whether a task lies between the last that passed and the first that failed, with files of its own."""
        kept = self._line[at].git_state.checkpoint_end
        same = kept is not None and at > 0 and kept == self._line[at - 1].git_state.checkpoint_end
        return self._passed < at < self._failed and not same

    def _suspects_start(self) -> bool:
        """Whether the first task that can be checked fails, so that it counts how it was before."""
        return self._passed < 0 and self._failed < len(self._line)
