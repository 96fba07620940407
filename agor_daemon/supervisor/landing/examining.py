"""What a landing would meet, found out beforehand with nothing touched."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.clock import parse_timestamp
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.landing import How, LandingHook, LandingPlan
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import Conflict, GitFailed, InvalidInput, Unprocessable
from agor_core.git import advancing, commit_hooks, diff, filters, integrating, submodules
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.conversion import conversion
from agor_core.git.filters import Filters
from agor_core.git.location import locate
from agor_core.git.mending import tip
from agor_core.git.merge_trees import try_merge
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import FileChange, fields, lossy, printable
from agor_core.git.process import attempt, git
from agor_core.git.refs import checkpoint_ref
from agor_core.git.users_git import UsersGit
from agor_core.ids import SessionId
from agor_core.repositories import base, repos, tasks
from agor_core.repositories.mappings import SESSIONS
from agor_daemon.supervisor.landing.wording import suggested
from agor_daemon.supervisor.workspaces.workspaces import Workspaces

MOST_NAMED = 2_000
NOWHERE = "It is not known for which branch this session's work is meant; say it with into."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: the branch (None: the session's own target), how, and whether uncommitted work is committed."""

    into: str | None = None
    how: How = "squash"
    commit: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """A plan, and what carrying it out needs: the working tree ``top``, the user's git, and the session's files."""

    plan: LandingPlan
    repo: Repo
    top: Path
    users: UsersGit
    filters: Filters
    checkpoint: Checkpoint
    tasks: Sequence[Task]

    @property
    def root(self) -> Path:
        """The user's repository."""
        return Path(self.repo.local_path)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says."""

    repo: Repo
    tasks: Sequence[Task]
    rivals: tuple[SessionId, ...]


class Examining:
    """Looks at a session's worktree and at the branch that it is to land in; ``users`` runs the user's git."""

    def __init__(self, store: Store, workspaces: Workspaces, users: UsersGit) -> None:
        self._store = store
        self._workspaces = workspaces
        self._users = users

    async def look(self, session: Session, wanted: Wanted) -> Examined:
        """Raises InvalidInput for a branch that is not there, Conflict, Unprocessable and GitFailed."""
        repo_id = session.repo.repo_id
        if repo_id is None:
            raise Unprocessable("The session does not work in a git repository, so nothing of it can land.")
        known = await self._store.read(lambda r: _known(r, session))
        await self._workspaces.again.bring_back(session)
        location = await locate(Path(session.repo.cwd))
        if location is None or location.bare:
            raise Unprocessable(f"{session.repo.cwd} is not in a git repository any more.")
        top = location.toplevel
        target, before = await self._target(session, known.repo, wanted.into)
        allowed = await filters.allowed_filters(top, known.repo.trust.filters)
        users = UsersGit(self._users.environ, allowed.config)
        async with self._workspaces.stores.taking(repo_id, top) as store:
            ref = checkpoint_ref(session.session_id, "last", "now")
            taken = await git_checkpoints.take(store, top, ref, limits=self._workspaces.stores.limits)
            plan = await _plan(session, known, wanted, _Place(top, store, taken, target, before, allowed))
        return Examined(plan, known.repo, top, users, allowed, taken, known.tasks)

    async def folder(self, session: Session) -> Path:
        """The session's folder if it is there, else the repository's own. Raises Unprocessable outside of git."""
        repo_id = session.repo.repo_id
        if repo_id is None:
            raise Unprocessable("The session does not work in a git repository.")
        here = Path(session.repo.cwd)
        if await asyncio.to_thread(here.is_dir):
            return here
        return Path((await self._store.read(lambda r: repos.get(r, repo_id))).local_path)

    async def _target(self, session: Session, repo: Repo, into: str | None) -> tuple[str, str]:
        """The branch, and where it stands."""
        target = into or session.git_state.target or repo.default_branch
        if target is None:
            raise Conflict(NOWHERE)
        before = None if target.startswith("-") else await tip(Path(repo.local_path), target)
        if before is None:
            raise InvalidInput(f"into: there is no branch {printable(target)!r} in {repo.slug}.", place="into")
        return target, before


@dataclass(frozen=True, slots=True)
class _Place:
    """The session's working tree with a checkpoint of it, and the branch with its commit."""

    top: Path
    store: ObjectStore
    taken: Checkpoint
    target: str
    before: str
    filters: Filters


async def _plan(session: Session, known: _Known, wanted: Wanted, at: _Place) -> LandingPlan:
    root = Path(known.repo.local_path)
    takes_all = wanted.how == "squash" or wanted.commit
    work = at.taken.commit if takes_all else at.taken.head
    settings = await conversion(at.top)
    uncommitted, nested, folder = await asyncio.gather(
        _uncommitted(at), integrating.nested_repositories(at.top, settings), commit_hooks.hooks_folder(at.top)
    )
    there, counted, common, signed = await asyncio.gather(
        git("rev-parse", f"{at.before}^{{tree}}", cwd=at.top),
        git("rev-list", "--left-right", "--count", f"{at.before}...{at.taken.head}", "--", cwd=at.top),
        attempt("merge-base", at.before, at.taken.head, cwd=at.top),
        attempt("config", "--type=bool", "commit.gpgSign", cwd=at.top),
    )
    if common.code != 0:
        raise Conflict(f"The session's branch and {printable(at.target)} have no history in common.")
    begun = common.stdout.decode().strip()
    behind, ahead = (int(count) for count in counted.split())
    changed, merged, (place, dirty, obstacle) = await asyncio.gather(
        diff.changes(at.top, begun, work, store=at.store),
        try_merge(at.store, at.before, work),
        _checkout(root, at.target, at.filters),
    )
    nothing = not changed or (merged.clean and merged.tree == there.decode().strip())
    meeting = [change.path for change in changed if change.path in dirty]
    folder = await asyncio.to_thread(commit_hooks.with_those_of, root, folder, at.top)
    found = await asyncio.to_thread(_hooks, folder, session, at.top, changed)
    figures = diff.diffstat(changed)
    return LandingPlan(
        session_id=session.session_id,
        target=at.target,
        how=wanted.how,
        before=at.before,
        head=at.taken.head,
        ahead=ahead,
        behind=behind,
        conflicts=_named(merged.conflicts) or (() if merged.clean else ("(renamed folders)",)),
        uncommitted=_named(uncommitted),
        left_out=tuple(printable(path) for path in nested[:MOST_NAMED]),
        files=figures.files,
        insertions=figures.insertions,
        deletions=figures.deletions,
        checked_out=None if place is None else str(place),
        changed_there=len(dirty),
        in_the_way=_named(meeting),
        hooks=found,
        hooks_missing=None if folder is None or folder.is_dir() or folder.name == "hooks" else printable(str(folder)),
        signed=signed.stdout.strip() == b"true",
        message=wanted.message or suggested(session, known.tasks),
        obstacle=await _obstacle(known, wanted, at, obstacle, nothing=nothing, loose=bool(uncommitted)),
        rivals=known.rivals,
        check=session.check,
        checked=session.check is not None and session.check.tree == at.taken.tree,
        worktree=str(at.top),
        branch=at.taken.branch,
    )


async def _obstacle(
    known: _Known, wanted: Wanted, at: _Place, elsewhere: str | None, *, nothing: bool, loose: bool
) -> str | None:
    """Why it cannot land as it is; None if nothing is known that speaks against it."""
    target = printable(at.target)
    if at.taken.branch == at.target:
        return f"The session works on {target} itself, in {at.top}: commit there, or name another branch."
    if elsewhere is not None:
        return elsewhere
    if paths := await integrating.unmerged(at.top):
        return f"Files of the session's worktree are in conflict: {integrating.some(paths)}; resolve them first."
    if loose and not (wanted.how == "squash" or wanted.commit):
        return f"A {wanted.how} brings commits, and there is uncommitted work: commit it first, or land by squash."
    if nothing:
        return f"There is nothing to land: {target} has all of it."
    for path, commits in (await submodules.commits_only_here(at.top)).items():
        where = printable(lossy(path))
        return f"The submodule {where} has commits that are only in this worktree ({commits[0][:10]}); push them first."
    for driver in at.filters.off:
        if await filters.used(at.top, driver):
            name, slug = printable(driver), known.repo.slug
            return f"The filter {name} is not confirmed, so its files cannot land: agor repo confirm {slug}"
    return None


async def _checkout(root: Path, target: str, allowed: Filters) -> tuple[Path | None, set[bytes], str | None]:
    """Where the target is checked out, the paths with uncommitted work there, and what speaks against moving it."""
    try:
        place = await advancing.checkout_of(root, target)
        return place, set() if place is None else await advancing.uncommitted(place, allowed.config), None
    except Conflict as error:
        return None, set(), str(error)


async def _uncommitted(at: _Place) -> list[bytes]:
    """The paths that differ from HEAD. Of files that the checkpoint left out for their size, git itself is asked."""
    env = at.store.borrowing
    arguments = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", at.taken.head, at.taken.tree)
    found = set(fields(await git(*arguments, cwd=at.top, env=env))) if at.taken.dirty else set()
    return sorted(found | {path.encode("utf-8", "surrogateescape") for path in at.taken.left_out})


def _hooks(folder: Path | None, session: Session, top: Path, changed: Sequence[FileChange]) -> tuple[LandingHook, ...]:
    since = parse_timestamp(session.created_at).timestamp()
    found = commit_hooks.hooks_in(folder, top, {change.path for change in changed}, since)
    return tuple(LandingHook(name=hook.name, changed=hook.changed) for hook in found)


def _named(paths: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(printable(lossy(path)) for path in paths[:MOST_NAMED])


def _known(r: Reader, session: Session) -> _Known:
    if session.repo.repo_id is None:
        raise GitFailed("The session has no repository.")
    return _Known(
        repos.get(r, session.repo.repo_id),
        tasks.of_session(r, session.session_id),
        tuple(rival.session_id for rival in _rivals(r, session)),
    )


def _rivals(r: Reader, session: Session) -> list[Session]:
    """Other attempts at the same that are not archived: of its race, else forks from the same point."""
    columns, point = SESSIONS.table.c, session.genealogy.fork_point_task_id
    if session.race_id is not None:
        same = columns.race_id == session.race_id
    elif point is not None:
        same = columns.fork_point_task_id == point
    else:
        return []
    others = base.matching(r, SESSIONS, same, columns.archived_at.is_(None))
    return [other for other in others if other.session_id != session.session_id]
