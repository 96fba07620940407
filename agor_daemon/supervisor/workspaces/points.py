"""Points of a session, by name: ``base``, ``fork``, ``now``, and ``task:N`` (its end) or ``task:N:start``.

``ID@now`` is a point of another session. Each is a commit in the store of checkpoints; that of ``now`` has to be made.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from agor_core.db.connections import Reader
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import short_sha, shown
from agor_core.errors import Ambiguous, Conflict, InvalidInput, NotFound, Unprocessable
from agor_core.ids import Reference, SessionId, reference
from agor_core.repositories import repos, sessions, tasks

Kind = Literal["base", "fork", "now", "task"]
Side = Literal["start", "end"]
FORMS = "base, fork, now, task:N or task:N:start"


@dataclass(frozen=True, slots=True)
class PointName:
    """A point as it is asked for: of a ``session`` (None: the one that is asked about), and which ``task``."""

    kind: Kind
    task: str = ""
    side: Side = "end"
    session: str | None = None


@dataclass(frozen=True, slots=True)
class KnownSession:
    """What the store knows of a session in a repository: its tasks, and the task that it was forked at."""

    session: Session
    repo: Repo
    tasks: tuple[Task, ...]
    forked_at: Task | None = None

    @property
    def main(self) -> Path:
        """The repository's own folder."""
        return Path(self.repo.local_path)


@dataclass(frozen=True, slots=True)
class Point:
    """A point that was found: the first of its ``commits`` that is kept, or the files as they are now, if ``now``.

    ``lost`` is the sentence for when none of the commits is kept. ``name`` is written in full. ``submodules`` had
    changes inside at the end of the task before.
    """

    of: KnownSession
    name: str
    commits: tuple[str, ...]
    lost: str
    now: bool = False
    submodules: tuple[str, ...] = ()


def parse(text: str, place: str) -> PointName:
    """Read a point's name. Raises InvalidInput, for the field ``place``."""
    session, at, name = text.rpartition("@")
    word, _, rest = name.partition(":")
    task, _, side = rest.partition(":")
    whole = not at or session
    if whole and name in ("base", "fork", "now"):
        return PointName(cast("Kind", name), session=session or None)
    if whole and word == "task" and task and side in ("", "start", "end"):
        return PointName("task", task, cast("Side", side or "end"), session or None)
    raise InvalidInput(f"{place}: must be {FORMS}, not {shown(text)}.", place=place)


def known(r: Reader, session_id: SessionId) -> KnownSession:
    """What is needed to find the points of a session. Raises NotFound, and Unprocessable outside of git."""
    session = sessions.get(r, session_id)
    if session.repo.repo_id is None:
        raise Unprocessable(
            f"Session {session.short_id} works outside of git, where no checkpoints are kept and nothing is compared."
        )
    fork_point = session.genealogy.fork_point_task_id
    return KnownSession(
        session,
        repos.get(r, session.repo.repo_id),
        tuple(tasks.of_session(r, session_id)),
        tasks.get(r, fork_point) if fork_point is not None else None,
    )


def find(of: KnownSession, name: PointName) -> Point:
    """The point with a name. Raises NotFound and Ambiguous for the task, Conflict where it is not there yet."""
    match name.kind:
        case "base":
            return _base(of)
        case "fork":
            return _fork(of)
        case "now":
            return _now(of, "now")
        case "task":
            return _of_task(of, named(of.session, list(of.tasks), name.task), name.side)


def named(session: Session, of_session: list[Task], at: int | str) -> Task:
    """The session's task at a position, or with an id in any form. Raises NotFound, Ambiguous."""
    text = str(at).strip()
    if text.isdecimal() and text.isascii() and len(text) < 10:
        for task in of_session:
            if task.position == int(text):
                return task
    given = reference(text)
    exact = [task for task in of_session if given.exact == task.task_id or given.short == task.short_id]
    found = exact or [task for task in of_session if _begins(task, given)]
    if not found:
        raise _no_task(session, of_session, text)
    if len(found) > 1:
        raise Ambiguous("task", text, [(task.short_id, task.full_prompt[:60]) for task in found])
    return found[0]


def _base(of: KnownSession) -> Point:
    state = of.session.git_state
    if state.since is not None:
        lost = f"The commit {short_sha(state.since)} that session {of.session.short_id} began from is not kept."
        return Point(of, "base", (state.since,), lost)
    begun = (task.git_state.checkpoint_start for task in of.tasks)
    lost = f"Session {of.session.short_id} has neither a commit that it began from nor a checkpoint of its beginning."
    return Point(of, "base", tuple(commit for commit in begun if commit is not None)[:1], lost)


def _fork(of: KnownSession) -> Point:
    """Where it was forked; if that checkpoint is gone, the start of its first task, which had the same files."""
    session, source = of.session, of.forked_at
    if session.genealogy.forked_from_session_id is None:
        raise Unprocessable(f"Session {session.short_id} is not a fork; its changes are since its base.")
    commits: list[str | None] = []
    if source is not None:
        state = source.git_state
        commits = [state.checkpoint_start if session.genealogy.fork_point == "start" else state.checkpoint_end]
    commits += [task.git_state.checkpoint_start for task in of.tasks[:1]]
    lost = f"The checkpoint at which session {session.short_id} was forked is not kept any more."
    return Point(of, "fork", tuple(commit for commit in commits if commit is not None), lost)


def _now(of: KnownSession, name: str) -> Point:
    """The files as they are; while its worktree is due but not made, those that it will begin with."""
    session = of.session
    lost = f"The folder {session.repo.cwd} of session {session.short_id} is not there, and no checkpoint of it is kept."
    due = session.repo.managed_worktree and session.repo.worktree_id is None
    if due and session.git_state.base_sha is not None:
        return Point(of, name, (session.git_state.base_sha,), lost)
    ends = [commit for task in reversed(of.tasks) for commit in _checkpoints(task)]
    latest = [session.git_state.checkpoint, *ends]
    kept = tuple(dict.fromkeys(commit for commit in latest if commit is not None))
    inside = next((task.git_state.submodules for task in reversed(of.tasks) if task.ended), ())
    return Point(of, name, kept, lost, now=not due, submodules=inside)


def _of_task(of: KnownSession, task: Task, side: Side) -> Point:
    name = f"task:{task.position}" if side == "end" else f"task:{task.position}:start"
    if task.started_at is None:
        raise Conflict(f"Task {task.position} of session {of.session.short_id} has not begun.")
    if side == "end" and not task.ended:
        return _now(of, name)
    state = task.git_state
    commit = state.checkpoint_start if side == "start" else state.checkpoint_end
    if commit is None:
        raise Conflict(f"No checkpoint was taken at the {side} of task {task.position}, so nothing can be compared.")
    lost = f"The checkpoint at the {side} of task {task.position} is not kept any more."
    return Point(of, name, (commit,), lost, submodules=state.submodules if side == "end" else ())


def _checkpoints(task: Task) -> list[str | None]:
    return [task.git_state.checkpoint_end, task.git_state.checkpoint_start]


def _begins(task: Task, given: Reference) -> bool:
    ids, shorts = given.ids, given.shorts
    return (ids is not None and ids.low <= task.task_id < ids.high) or (
        shorts is not None and shorts.low <= task.short_id < shorts.high
    )


def _no_task(session: Session, of_session: list[Task], text: str) -> NotFound:
    count = len(of_session)
    has = {0: "it has none", 1: "it has 1"}.get(count, f"it has 1-{count}")
    return NotFound("task", text, f"Session {session.short_id} has no task {text}; {has}.")
