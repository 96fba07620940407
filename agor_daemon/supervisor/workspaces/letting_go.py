"""Checkpoints that may go: of removed sessions, those that a later one replaced, and the oldest for a budget.

A checkpoint stays, whatever the budget, while a fork, a comment or a landing refers to its task, while a comment is on
its lines, while it is the latest of its session's files, and while its task has not ended.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from agor_core.db.connections import Reader
from agor_core.git.refs import CHECKPOINTS, COMMENTED, LOOK
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import checkpoints

Refs = Mapping[str, str]
"""Checkpoints, ref to commit."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says of sessions: ``archived`` at what time, the ``latest`` checkpoints, tasks that are needed.

    ``commented`` are checkpoints on whose lines there are comments.

    A session of an earlier version has no latest checkpoint in its record: then its last task has it.
    """

    archived: Mapping[SessionId, str | None]
    latest: Mapping[SessionId, str]
    ended: frozenset[TaskId]
    referred: frozenset[TaskId]
    commented: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidates:
    """``at_once`` may go without a word; ``tasks`` may go for the budget, the first first; ``kept`` stays."""

    at_once: Refs
    tasks: tuple[tuple[TaskId, Refs], ...]
    kept: Refs


def standing(r: Reader, session_ids: Collection[str], task_ids: Collection[str]) -> Standing:
    """Read what is known of the sessions and tasks that a store has checkpoints of."""
    found = checkpoints.known_sessions(r, session_ids)
    return Standing(
        {session.session_id: session.archived_at for session in found},
        {it.session_id: it.git_state.checkpoint for it in found if it.git_state.checkpoint is not None},
        checkpoints.ended_tasks(r, task_ids),
        checkpoints.forked_tasks(r, task_ids)
        | checkpoints.commented_tasks(r, task_ids)
        | checkpoints.landed_tasks(r, task_ids),
        checkpoints.commented_commits(r, session_ids),
    )


def parts(ref: str) -> tuple[SessionId, TaskId, str]:
    """The session, the task (or ``last``, or ``look``) and the point that a checkpoint's ref names."""
    session_id, task_id, point = ref.removeprefix(f"{CHECKPOINTS}/").split("/")
    return SessionId(session_id), TaskId(task_id), point


def candidates(refs: Refs, known: Standing) -> Candidates:
    """Sort the checkpoints of a store by what may become of them."""
    at_once: dict[str, str] = {}
    kept: dict[str, str] = {}
    of_task: defaultdict[tuple[SessionId, TaskId], dict[str, str]] = defaultdict(dict)
    for ref, commit in refs.items():
        session_id, task_id, point = parts(ref)
        looked_at = point.startswith(COMMENTED) or (point == "now" and (task_id in known.ended or task_id == LOOK))
        if session_id not in known.archived:
            at_once[ref] = commit
        elif commit in known.commented:
            kept[ref] = commit
        elif looked_at:
            at_once[ref] = commit
        elif task_id in known.ended and task_id not in known.referred:
            of_task[session_id, task_id][ref] = commit
        else:
            kept[ref] = commit
    going = []
    latest = frozenset(known.latest.values())
    last = {session_id: task_id for session_id, task_id in sorted(of_task) if session_id not in known.latest}
    for (session_id, task_id), own in of_task.items():
        stays = {ref: commit for ref, commit in own.items() if commit in latest or last.get(session_id) == task_id}
        kept |= stays
        if rest := {ref: commit for ref, commit in own.items() if ref not in stays}:
            archived_at = known.archived[session_id]
            going.append(((archived_at is None, archived_at or "", task_id), task_id, rest))
    return Candidates(
        at_once, tuple((task_id, rest) for _, task_id, rest in sorted(going, key=lambda one: one[0])), kept
    )
