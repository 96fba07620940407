"""The search for the first task after which a check fails."""

import math
from collections.abc import Callable

import pytest

from agor_core.domain.task import Task, TaskGitState, TaskStatus
from agor_core.ids import SessionId, TaskId
from agor_tui.state import bisection
from agor_tui.state.bisection import Bisection


def line(*kept: str | None, start: str | None = "before") -> list[Task]:
    """Tasks that ended with these checkpoints."""
    return [
        Task(
            task_id=TaskId(f"t{at}"),
            short_id=f"s{at}",
            session_id=SessionId("s"),
            position=at,
            status=TaskStatus.COMPLETED,
            full_prompt="",
            created_at="t",
            started_at="t",
            git_state=TaskGitState(checkpoint_end=end, checkpoint_start=start if at == 1 else "x"),
        )
        for at, end in enumerate(kept, start=1)
    ]


def searched(tasks: list[Task], passes: Callable[[str | None], bool | None]) -> tuple[int | None, int, str | None]:
    """The position of the answer, the number of checks, and the note."""
    search, runs = Bisection(tasks), 0
    while (wanted := search.wanted) is not None:
        task, at_start = wanted
        search.told(passes(task.git_state.checkpoint_start if at_start else task.git_state.checkpoint_end))
        runs += 1
        assert runs < 50
    bad = search.first_bad
    return None if bad is None else bad.position, runs, search.note


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 20, 64])
def test_it_is_found_in_few_checks_wherever_it_is(count: int) -> None:
    tasks = line(*(f"{at:03}" for at in range(1, count + 1)))
    for bad in range(1, count + 2):
        found, runs, note = searched(tasks, lambda kept, bad=bad: kept == "before" or str(kept) < f"{bad:03}")
        assert found == (bad if bad <= count else None)
        assert runs <= math.ceil(math.log2(count + 1)) + (bad == 1)
        assert note == (None if bad <= count else bisection.NEVER)


def test_where_it_failed_before_no_task_is_blamed() -> None:
    assert searched(line("a", "b", "c"), lambda kept: False) == (None, 3, bisection.FAILED_BEFORE)
    assert searched(line("a", "b", start=None), lambda kept: False) == (1, 2, bisection.UNKNOWN_BEFORE)


def test_what_cannot_be_checked_is_left_out_and_named() -> None:
    assert searched(line("a", None, "c", "d"), lambda kept: kept in ("a", "before")) == (
        3,
        2,
        bisection.BETWEEN.format(names="2 (s2)"),
    )
    assert searched(line("a", "b", "c"), lambda kept: None if kept == "b" else kept != "c")[0] == 3
    assert searched(line(None, None), lambda kept: True) == (None, 0, bisection.NEVER)


def test_tasks_that_changed_nothing_are_not_checked_twice() -> None:
    found, runs, note = searched(line("a", "a", "a", "b", "b", "b"), lambda kept: kept != "b")
    assert (found, note) == (4, None)
    assert runs == 2


def test_tasks_that_run_or_never_began_are_not_in_the_line() -> None:
    from msgspec.structs import replace

    tasks = line("a", "b", "c")
    tasks[1] = replace(tasks[1], status=TaskStatus.CANCELLED, started_at=None)
    tasks[2] = replace(tasks[2], status=TaskStatus.RUNNING)
    assert Bisection(tasks).wanted == (tasks[0], False)
    assert Bisection([]).over
