"""The record and placement of a fork or a spawn, stored together with its worktree or not at all."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from agor_core.db.connections import Reader, Writer
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session, SessionGenealogy
from agor_core.errors import Conflict, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git.location import locate
from agor_core.git.supplying import supply_history
from agor_core.ids import RaceId, SessionId, new_id, short_id
from agor_core.repositories import base, boards, repos, sessions
from agor_core.repositories.mappings import SESSIONS
from agor_core.wire.requests import Fork, Spawn
from agor_daemon.access.requester import asked_by
from agor_daemon.new_ids import stored_short_id
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.titles import title_of
from agor_daemon.supervisor.workspaces import checkpoints
from agor_daemon.supervisor.workspaces.outfitting import Outfit
from agor_daemon.supervisor.workspaces.placement import Placement, commit_at
from agor_daemon.supervisor.workspaces.presence import check_in_place
from agor_daemon.supervisor.workspaces.worktree_making import WorktreePlan, insert_worktree

Branching = TypeVar("Branching", Fork, Spawn)

FORK_OF = "Fork of "
"""The beginning of the title of a fork that was given neither a title nor a prompt."""


def stored_before(r: Reader, request: Fork | Spawn, genealogy: SessionGenealogy) -> Session | None:
    """The session that the same request made before, or None. Raises Conflict for an id of another session."""
    if not isinstance(request.session_id, str):
        return None
    found = base.lookup(r, SESSIONS, request.session_id)
    if found is None:
        return None
    ours, theirs = genealogy, found.genealogy
    if (ours.forked_from_session_id, ours.parent_session_id) != (
        theirs.forked_from_session_id,
        theirs.parent_session_id,
    ):
        raise Conflict(f"There is another session with the id {request.session_id}.")
    return found


@dataclass(frozen=True, slots=True)
class NewName:
    """The name for a worktree, and the one to fall back on where that cannot name a branch."""

    name: str | None
    fallback: str


def identified(request: Branching) -> Branching:
    """The request with the id of the session that it makes."""
    if isinstance(request.session_id, str):
        return request
    return msgspec.structs.replace(request, session_id=new_id())


def name_for(source: Session, request: Fork | Spawn) -> NewName:
    """The name for the worktree of an identified request."""
    fallback = f"session-{short_id(str(request.session_id))}"
    return NewName(request.worktree or _named(source, request), fallback)


async def at_checkpoint(resources: Resources, source: Session, new: NewName, commit: str | None) -> Placement:
    """A new worktree on its own branch, with the files of a checkpoint; uncommitted changes in it stay uncommitted."""
    if source.repo.repo_id is None:
        return Placement.of(source)
    repo, where, prefix = await repo_and_folder(resources, source)
    lenders = _lenders(repo, where)
    target = source.git_state.target if source.repo.worktree_id is not None else source.git_state.ref
    if commit is None:
        base_sha = source.git_state.since
        if base_sha is None:
            raise Unprocessable("That task has no checkpoint of its files; fork with same_directory instead.")
        plan = WorktreePlan(new.name, base_sha, prefix, new.fallback, outfit=Outfit(lenders), target=target)
        return Placement.in_new(await resources.workspaces.maker.make(repo, where, plan))
    kept = await resources.workspaces.stores.of(repo.repo_id, where)
    checkpoint = await git_checkpoints.load(kept, commit)
    if not checkpoint.born:
        raise Unprocessable("Nothing was committed at that task, so no worktree can begin there; use same_directory.")
    await git_checkpoints.check_whole(kept, checkpoint)
    await supply_history(kept, where, checkpoint.head)
    outfit = Outfit(lenders, (kept, checkpoint))
    plan = WorktreePlan(new.name, checkpoint.head, prefix, new.fallback, outfit=outfit, target=target)
    placement = Placement.in_new(await resources.workspaces.maker.make(repo, where, plan))
    git_state = msgspec.structs.replace(
        placement.git_state,
        current_sha=checkpoint.sha_label,
        checkpoint=checkpoint.commit,
        diffstat=await checkpoints.since(kept, where, checkpoint.head, checkpoint),
    )
    return replace(placement, git_state=git_state)


async def at_head(resources: Resources, parent: Session, new: NewName) -> Placement:
    """A new worktree on its own branch, at the commit of the parent's folder."""
    if parent.repo.repo_id is None:
        return Placement.of(parent)
    repo, where, prefix = await repo_and_folder(resources, parent)
    sha, branch = await commit_at(where, Path(repo.local_path))
    plan = WorktreePlan(new.name, sha, prefix, new.fallback, outfit=Outfit(_lenders(repo, where)), target=branch)
    return Placement.in_new(await resources.workspaces.maker.make(repo, where, plan))


def _lenders(repo: Repo, where: Path) -> tuple[Path, ...]:
    """Working trees that lend ignored files and submodules: the source's own, then the user's checkout."""
    return tuple(dict.fromkeys(path for path in (where, Path(repo.local_path)) if (path / ".git").exists()))


def new_session(
    source: Session, request: Fork | Spawn, placement: Placement, genealogy: SessionGenealogy, agent: str
) -> Session:
    """The record of the new session, without its times and board.

    Its short id is the longer form: the agent may know the id by now, so it cannot be made anew on a clash.
    """
    identifier = request.session_id if isinstance(request.session_id, str) else new_id()
    same_agent = agent == source.agent
    return Session(
        session_id=SessionId(identifier),
        short_id=stored_short_id(identifier, given=True),
        agent=agent,
        title=title_for(source, request),
        created_at="",
        created_by=asked_by(),
        updated_at="",
        board_id=source.board_id,
        concepts=source.concepts,
        mode=request.mode or (source.mode if same_agent else None),
        model=request.model or (source.model if same_agent else None),
        options={**(source.options if same_agent else {}), **request.options},
        repo=placement.repo,
        git_state=placement.git_state,
        genealogy=genealogy,
        race_id=RaceId(request.race_id) if isinstance(request, Fork) and request.race_id is not None else None,
    )


def title_for(source: Session, request: Fork | Spawn) -> str | None:
    """The requested title, else the prompt's, else for a fork that it is one, so that it differs from its source's."""
    given = _given(request)
    if given is None and isinstance(request, Fork) and source.title:
        return FORK_OF + source.title.removeprefix(FORK_OF)
    return given


def _given(request: Fork | Spawn) -> str | None:
    return request.title or (title_of(request.prompt) if request.prompt else None)


def _named(source: Session, request: Fork | Spawn) -> str | None:
    """What the worktree is named after: the requested title, else the prompt's, else for a fork the source's."""
    return _given(request) or (source.title if isinstance(request, Fork) else None)


async def store_session(resources: Resources, session: Session, placement: Placement, board: str | None) -> Session:
    """Store the worktree and the session in one unit of work."""

    def write(w: Writer) -> Session:
        if placement.made is not None:
            insert_worktree(w, placement.made)
        board_id = boards.resolve(w, board) if board else session.board_id
        return sessions.insert(w, msgspec.structs.replace(session, created_at=w.at, updated_at=w.at, board_id=board_id))

    stored = await resources.store.write(write)
    if placement.made is not None:
        resources.workspaces.maker.journal.remove(placement.made.record.path)
    return stored


async def repo_and_folder(resources: Resources, source: Session) -> tuple[Repo, Path, str]:
    """The repo, a folder to run git in (the source's own if it exists), and the sub-directory in it."""
    repo_id = source.repo.repo_id
    if repo_id is None:
        raise Unprocessable("The session is not in a repository.")
    repo = await resources.store.read(lambda r: repos.get(r, repo_id))
    await check_in_place(resources.store, source)
    folder = Path(source.repo.cwd)
    location = await locate(folder) if await asyncio.to_thread(folder.is_dir) else None
    if location is None:
        return repo, Path(repo.local_path), ""
    return repo, location.toplevel, location.prefix
