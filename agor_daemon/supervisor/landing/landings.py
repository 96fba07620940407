"""Landings and their undoing: refused beforehand with everything named, else made beside everything and moved in."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from agor_core.agents.environment import persons_environment
from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.landing import Landing, LandingPlan, LandingStatus
from agor_core.domain.pull_request import Publication, PullRequestStatus
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.errors import Conflict, Conflicting
from agor_core.git import advancing, commit_hooks, integrating, mending
from agor_core.git.include import include
from agor_core.git.integrating import some
from agor_core.git.location import head
from agor_core.git.mending import Move, tip
from agor_core.git.porcelain import printable
from agor_core.git.refs import checkpoint_ref
from agor_core.git.users_git import UsersGit
from agor_core.ids import LandingId, RepoId, SessionId, new_id
from agor_core.repositories import base, landings, repos, sessions
from agor_core.repositories.mappings import LANDINGS, SESSIONS
from agor_daemon.access.requester import asked_by
from agor_daemon.supervisor.landing.examining import Examined, Examining, Wanted
from agor_daemon.supervisor.landing.moving import Moving
from agor_daemon.supervisor.landing.publishing import Publish, Publishing
from agor_daemon.supervisor.landing.wording import reverting
from agor_daemon.supervisor.workspaces.workspaces import Workspaces

T = TypeVar("T")


class Hold(Protocol):
    """Does work that must not meet a turn of the session. Raises Conflict while one runs."""

    async def __call__(self, session: Session, work: Callable[[], Awaitable[T]]) -> T: ...


MEETS = (
    "It conflicts with {target} in {paths}, so nothing was changed. Let the agent bring {target} into its worktree and "
    "resolve that there, or do it in {worktree}; then land again."
)
IN_THE_WAY = "Uncommitted work in {place} is in the way, so nothing was changed: {paths}. Commit or stash it first."
MOVED_ON = (
    "The branch {target} has moved on since, to {now}, so it cannot go back. A commit of its own can take the landing "
    "back: ask for a revert."
)


class Landings:
    """One landing at a time in each repository; ``hold`` keeps a session from beginning a turn meanwhile."""

    def __init__(
        self, store: Store, workspaces: Workspaces, paths: Paths, environ: Mapping[str, str], clock: Clock, hold: Hold
    ) -> None:
        self._store = store
        self._workspaces = workspaces
        self._users = UsersGit(persons_environment(environ))
        self._examining = Examining(store, workspaces, self._users)
        self._moving = Moving(store, paths, self._users)
        self._publishing = Publishing(store, self._examining, self._users, clock)
        self._hold = hold
        self._one_at_a_time: defaultdict[RepoId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def recover(self) -> None:
        """After a crash: bring what was begun to an end."""
        await self._moving.recover()

    async def plan(self, session_id: SessionId, wanted: Wanted) -> LandingPlan:
        """What a landing would meet; nothing is touched. Raises InvalidInput, Conflict, Unprocessable, GitFailed."""
        session = await self._store.read(lambda r: sessions.get(r, session_id))
        return (await self._examining.look(session, wanted)).plan

    async def land(self, session_id: SessionId, wanted: Wanted, landing_id: str | None) -> Landing:
        """Bring a session's work into a branch; the stored landing if ``landing_id`` is known.

        Raises Conflict, with nothing changed, for a session at work, for files that meet (Conflicting), and where git
        or a hook refuses; NotFound, InvalidInput, Unprocessable and GitFailed.
        """
        identifier = LandingId(landing_id or new_id())
        session = await self._store.read(lambda r: sessions.get(r, session_id))
        async with self._one_at_a_time[session.repo.repo_id or RepoId("")]:
            stored = await self._store.read(lambda r: _known(r, session, identifier))
            if stored is not None:
                return stored
            return await self._hold(session, lambda: self._land(session, wanted, identifier))

    async def undo(self, landing_id: LandingId, *, revert: bool) -> Landing:
        """Take a landing back: the branch goes back where it is as the landing left it; nothing if that is done.

        Where it has moved on, a commit of its own takes the landing back, if ``revert`` is set. Raises NotFound,
        GitFailed, and Conflict with nothing changed.
        """
        repo_id = (await self._store.read(lambda r: landings.get(r, landing_id))).repo_id
        async with self._one_at_a_time[repo_id]:
            landing, repo = await self._store.read(lambda r: _with_repo(r, landing_id))
            if landing.status is LandingStatus.UNDONE:
                return landing
            root, name = Path(repo.local_path), printable(landing.target)
            now, place = await asyncio.gather(tip(root, landing.target), advancing.checkout_of(root, landing.target))
            undone = msgspec.structs.replace(landing, status=LandingStatus.UNDONE)
            if now == landing.after:
                move = Move(root, landing.target, landing.after, landing.before, place, back=True)
                return await self._moving.carry_out(undone, move)
            if now is None or not await mending.has(Move(root, landing.target, landing.before, landing.after), now):
                raise Conflict(f"The branch {name} does not have {landing.after[:10]} any more.")
            if not revert:
                raise Conflict(MOVED_ON.format(target=name, now=now[:10]))
            return await self._revert(undone, Move(root, landing.target, now, "", place))

    async def publish(self, session_id: SessionId, asked: Publish, *, dry_run: bool) -> Publication:
        """Push a session's branch and open a pull request. Raises Conflict, Unprocessable, InvalidInput, GitFailed."""
        session = await self._store.read(lambda r: sessions.get(r, session_id))
        if dry_run:
            return await self._publishing.plan(session, asked)
        async with self._one_at_a_time[session.repo.repo_id or RepoId("")]:
            return await self._hold(session, lambda: self._publishing.publish(session, asked))

    async def pull_request(self, session_id: SessionId, log_of: str | None) -> PullRequestStatus:
        """How a session's pull request stands, and the log of one of its checks. Raises NotFound and Conflict."""
        session = await self._store.read(lambda r: sessions.get(r, session_id))
        return await self._publishing.status(session, log_of)

    async def _land(self, session: Session, wanted: Wanted, identifier: LandingId) -> Landing:
        await self._check_quiet(session)
        found = await self._examining.look(session, wanted)
        plan = found.plan
        _check(plan)
        if plan.uncommitted and wanted.commit and plan.how != "squash":
            await integrating.commit_all(found.users, found.top, plan.message)
        place = None if plan.checked_out is None else Path(plan.checked_out)
        move = Move(found.root, plan.target, plan.before, "", place)
        async with self._moving.tree(identifier, move, found.filters.config) as scratch:
            users, work, checkpoint = await asyncio.gather(
                _with_hooks(found.users, scratch, found.root), _work(found), self._kept(session, identifier, found)
            )
            if plan.hooks:
                await include(found.top, scratch, found.repo.settings.include)
            after = await _made(users, scratch, plan, work)
            landing = Landing(
                landing_id=identifier,
                session_id=session.session_id,
                task_id=next((task.task_id for task in reversed(found.tasks) if task.ended), None),
                repo_id=found.repo.repo_id,
                target=plan.target,
                before=plan.before,
                after=after,
                how=plan.how,
                message=plan.message,
                created_at="",
                created_by=asked_by(),
                checkpoint=checkpoint,
            )
            return await self._moving.carry_out(landing, replace(move, new=after))

    async def _revert(self, undone: Landing, move: Move) -> Landing:
        """Take a landing back by a commit on top of the branch."""
        async with self._moving.tree(f"{undone.landing_id}-revert", move, ()) as scratch:
            users = await _with_hooks(self._users, scratch, move.repo)
            message = reverting(undone.message.partition("\n")[0], undone.after)
            made = await integrating.revert(users, scratch, undone.before, undone.after, message)
            undone = msgspec.structs.replace(undone, reverted_by=made)
            return await self._moving.carry_out(undone, replace(move, new=made))

    async def _check_quiet(self, session: Session) -> None:
        """Raises Conflict while another session runs in the same worktree."""
        place = session.repo.worktree_id
        if place is None:
            return
        here = SESSIONS.table.c.worktree_id == place
        for other in await self._store.read(lambda r: base.matching(r, SESSIONS, here)):
            if other.active:
                raise Conflict(f"The session {other.short_id} is at work in the same worktree; stop it first.")

    async def _kept(self, session: Session, identifier: LandingId, found: Examined) -> str:
        """The checkpoint of the session's files as they land, kept under a ref of the landing's own."""
        ref = checkpoint_ref(session.session_id, identifier, "end")
        async with self._workspaces.stores.taking(found.repo.repo_id, found.top) as store:
            await store.git("update-ref", "--", ref, found.checkpoint.commit)
        return found.checkpoint.commit


async def _work(found: Examined) -> str:
    """The commit whose work lands: of a squash with all that is uncommitted."""
    plan = found.plan
    if plan.how == "squash" and plan.uncommitted:
        return await integrating.whole_work(found.users, found.top, plan.head, plan.left_out)
    return (await head(found.top)).sha or plan.head


async def _made(users: UsersGit, scratch: Path, plan: LandingPlan, work: str) -> str:
    """The commit that the branch is to go to, made in a scratch tree that stands where the branch does."""
    if plan.how == "squash":
        return await integrating.squash(users, scratch, work, plan.message)
    if plan.how == "merge":
        return await integrating.merge(users, scratch, work, plan.message)
    return await integrating.rebase(users, scratch, work)


async def _with_hooks(users: UsersGit, scratch: Path, root: Path) -> UsersGit:
    """The user's git, with the checkout's hooks where git ignores their folder, so that a scratch tree lacks it."""
    own = await commit_hooks.hooks_folder(scratch)
    folder = await asyncio.to_thread(commit_hooks.with_those_of, root, own, scratch)
    if folder is None or folder == own:
        return users
    return UsersGit(users.environ, (*users.config, ("core.hooksPath", str(folder))))


def _check(plan: LandingPlan) -> None:
    """Raises Conflict for what is known to stand in the way of a landing."""
    if plan.obstacle is not None:
        raise Conflict(plan.obstacle)
    target = printable(plan.target)
    if plan.conflicts:
        message = MEETS.format(target=target, paths=some(plan.conflicts), worktree=plan.worktree)
        raise Conflicting(message, plan.conflicts)
    if plan.in_the_way:
        raise Conflicting(IN_THE_WAY.format(place=plan.checked_out, paths=some(plan.in_the_way)), plan.in_the_way)


def _known(r: Reader, session: Session, identifier: LandingId) -> Landing | None:
    """The landing that an earlier request made. Raises Conflict if it was another session's."""
    stored = base.lookup(r, LANDINGS, identifier)
    if stored is not None and stored.session_id != session.session_id:
        raise Conflict(f"There is another landing with the id {identifier}.")
    return stored


def _with_repo(r: Reader, landing_id: LandingId) -> tuple[Landing, Repo]:
    landing = landings.get(r, landing_id)
    return landing, repos.get(r, landing.repo_id)
