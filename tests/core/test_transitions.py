"""The status tables hold for both kinds, and with each other."""

from itertools import product

import pytest

from agor_core.domain.session import SessionStatus as S
from agor_core.domain.task import ENDED
from agor_core.domain.task import TaskStatus as T
from agor_core.domain.transitions import SESSION, TASK, check_session, check_task, session_after
from agor_core.errors import Conflict


def test_every_status_has_its_row() -> None:
    assert set(SESSION) == set(S)
    assert set(TASK) == set(T)


@pytest.mark.parametrize(("old", "new"), list(product(S, S)))
def test_a_session_goes_only_where_the_table_says(old: S, new: S) -> None:
    if new is old or new in SESSION[old]:
        check_session(old, new)
    else:
        with pytest.raises(Conflict, match=f"A session that is {old} cannot become {new}"):
            check_session(old, new)


@pytest.mark.parametrize(("old", "new"), list(product(T, T)))
def test_a_task_goes_only_where_the_table_says(old: T, new: T) -> None:
    if new is old or new in TASK[old]:
        check_task(old, new)
    else:
        with pytest.raises(Conflict, match=f"A task that is {old} cannot become {new}"):
            check_task(old, new)


def test_what_has_ended_stays_as_it_is() -> None:
    assert {status for status, onward in TASK.items() if not onward} == ENDED
    assert all(SESSION.values()), "a session can always go on"


def test_only_what_runs_can_ask() -> None:
    assert {old for old in T if T.AWAITING_PERMISSION in TASK[old]} == {T.RUNNING}
    assert {old for old in S if S.AWAITING_PERMISSION in SESSION[old]} == {S.RUNNING}


BEFORE = {
    T.CREATED: {S.IDLE, S.COMPLETED, S.FAILED},
    T.QUEUED: {S.IDLE, S.RUNNING, S.AWAITING_PERMISSION, S.COMPLETED, S.FAILED},
    T.RUNNING: {S.RUNNING},
    T.AWAITING_PERMISSION: {S.AWAITING_PERMISSION},
}
"""What a session can be while one of its tasks is this. It begins a queued task only after the one that ran."""
CHANGES = [
    (session, old, new)
    for old, sessions in BEFORE.items()
    for new in sorted(TASK[old])
    for session in sorted(sessions)
    if not (old is T.QUEUED and new is T.RUNNING and session in {S.RUNNING, S.AWAITING_PERMISSION})
]


@pytest.mark.parametrize(("session", "old", "new"), CHANGES)
def test_every_change_of_a_task_is_one_that_its_session_can_follow(session: S, old: T, new: T) -> None:
    after = session_after(old, new)
    if after is not None:
        check_session(session, after)


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        (T.CREATED, T.QUEUED, None),
        (T.CREATED, T.RUNNING, S.RUNNING),
        (T.QUEUED, T.RUNNING, S.RUNNING),
        (T.RUNNING, T.AWAITING_PERMISSION, S.AWAITING_PERMISSION),
        (T.AWAITING_PERMISSION, T.RUNNING, S.RUNNING),
        (T.RUNNING, T.COMPLETED, S.IDLE),
        (T.RUNNING, T.FAILED, S.FAILED),
        (T.RUNNING, T.CANCELLED, S.IDLE),
        (T.AWAITING_PERMISSION, T.CANCELLED, S.IDLE),
        (T.CREATED, T.FAILED, S.FAILED),
        (T.CREATED, T.CANCELLED, None),
        (T.QUEUED, T.CANCELLED, None),
        (T.QUEUED, T.FAILED, None),
        (T.RUNNING, T.RUNNING, None),
    ],
)
def test_what_a_task_makes_of_its_session(old: T, new: T, after: S | None) -> None:
    assert session_after(old, new) is after
