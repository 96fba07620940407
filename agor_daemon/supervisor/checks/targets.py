"""What a check is to look at: the present files of a session, or a checkpoint of an earlier task."""

from dataclasses import dataclass
from pathlib import Path

from agor_core.db.connections import Reader
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.task import ACTIVE, Task
from agor_core.domain.worktree import Worktree
from agor_core.errors import Ambiguous, ConsentNeeded, NotFound, Unprocessable
from agor_core.git.files import is_there
from agor_core.ids import TaskId, reference
from agor_core.repositories import base, genealogy, repos, sessions, tasks, worktrees
from agor_core.repositories.mappings import TASKS
from agor_daemon.supervisor.workspaces import repo_commands

NO_WORKTREE = "Session {short} has no worktree yet; its first prompt makes it, and then there is something to check."
NO_CHECKPOINT = "There is no checkpoint of the files at that task any more, so they cannot be checked."
NOT_ENDED = "Task {position} has not ended yet; check the present files instead."
OUTSIDE = "Session {short} is not in a git repository, so the files of earlier tasks are not kept."
NO_COMMAND = "The repository {slug} has no check; say one with --check, or for good: agor repo set {slug} check COMMAND"
NO_COMMAND_OUTSIDE = "Session {short} is not in a repository, which would have a check; say one with --check."


@dataclass(frozen=True, slots=True)
class Target:
    """``commit`` is the checkpoint to look at, None for the present files; ``task_id`` the task that they are after.

    ``moving``: a turn runs, so that the present files are of no task.
    """

    session: Session
    repo: Repo | None
    worktree: Worktree | None
    task_id: TaskId | None
    commit: str | None
    latest: bool = True
    moving: bool = False

    @property
    def folder(self) -> Path:
        """Where the session works."""
        return Path(self.session.repo.cwd)


def find_target(r: Reader, session_id: str, at: int | str | None, *, at_start: bool = False) -> Target:
    """Raises NotFound, Ambiguous, and Unprocessable where there is nothing to look at."""
    session = sessions.get(r, session_id)
    place = session.repo
    repo = repos.get(r, place.repo_id) if place.repo_id is not None else None
    tree = worktrees.get(r, place.worktree_id) if place.worktree_id is not None else None
    own = tasks.of_session(r, session.session_id)
    begun = [task for task in own if task.started_at is not None]
    if at is None:
        if place.managed_worktree and tree is None:
            raise Unprocessable(NO_WORKTREE.format(short=session.short_id))
        moving = any(task.status in ACTIVE for task in begun)
        task_id = None if moving or not begun else begun[-1].task_id
        return Target(session, repo, tree, task_id, None, moving=moving)
    task = _named(r, session, own, at)
    if repo is None:
        raise Unprocessable(OUTSIDE.format(short=session.short_id))
    if at_start:
        commit = task.git_state.checkpoint_start
        if commit is None:
            raise Unprocessable(NO_CHECKPOINT)
        return Target(session, repo, tree, _before(r, session, own, task), commit, latest=False)
    if not task.ended:
        raise Unprocessable(NOT_ENDED.format(position=task.position))
    if task.git_state.checkpoint_end is None:
        raise Unprocessable(NO_CHECKPOINT)
    latest = bool(begun) and task.task_id == begun[-1].task_id
    return Target(session, repo, tree, task.task_id, task.git_state.checkpoint_end, latest=latest)


def command_for(target: Target, given: str | None, consent: str | None) -> str:
    """The command to run: ``given``, else the repo's. Looks at the disk.

    Raises Unprocessable without any, and ConsentNeeded for one that nobody has allowed.
    """
    if given is not None:
        return given
    if target.repo is None:
        raise Unprocessable(NO_COMMAND_OUTSIDE.format(short=target.session.short_id))
    folder = folder_of_commands(target)
    if (allowed := repo_commands.allowed_command(target.repo, folder, "check")) is not None:
        return allowed
    found = repo_commands.read_file(folder)
    if found is None or "check" not in found.commands:
        raise Unprocessable(NO_COMMAND.format(slug=target.repo.slug))
    if consent != found.hash:
        raise ConsentNeeded(found.text, found.hash)
    return found.commands["check"]


def folder_of_commands(target: Target) -> Path:
    """The top of the session's working tree, whose ``.agor.toml`` counts."""
    if target.worktree is not None:
        return Path(target.worktree.path)
    folder = target.folder
    return next((above for above in (folder, *folder.parents) if is_there(above / ".git")), folder)


def _before(r: Reader, session: Session, own: list[Task], task: Task) -> TaskId | None:
    """The task of the line before this one."""
    line = [*genealogy.inheritance(r, session).tasks, *own]
    at = next(number for number, each in enumerate(line) if each.task_id == task.task_id)
    return line[at - 1].task_id if at else None


def _named(r: Reader, session: Session, own: list[Task], at: int | str) -> Task:
    """The task of the session's line at a position of its own, or with an id in any form."""
    text = str(at).strip()
    if text.isdecimal() and text.isascii() and len(text) < 10:
        for task in own:
            if task.position == int(text):
                return task
    line = [*own, *genealogy.inheritance(r, session).tasks]
    given = reference(text)
    exact = [task for task in line if given.exact == task.task_id or given.short == task.short_id]
    found = exact or [task for task in line if given.begins(task.task_id, task.short_id)]
    if not found:
        has = f"it has 1-{len(own)}" if own else "it has none of its own"
        raise NotFound("task", text, f"Session {session.short_id} has no task {text}; {has}.")
    if len(found) > 1:
        raise Ambiguous("task", text, [(task.short_id, task.full_prompt[:60]) for task in found])
    return base.get(r, TASKS, found[0].task_id)
