"""The folders of sessions: found for a request, and replaced by a worktree at the first prompt."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session, SessionGitState, SessionRepo
from agor_core.domain.texts import short_sha
from agor_core.domain.worktree import Worktree
from agor_core.errors import Conflict, InvalidInput, NotFound, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import worktrees as git_worktrees
from agor_core.git.bases import behind_upstream, branch_of, commit_of
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filters import allowed_filters
from agor_core.git.location import Location, head, locate
from agor_core.git.object_store import ObjectStore
from agor_core.git.process import attempt
from agor_core.git.refs import checkpoint_ref
from agor_core.ids import RepoId, WorktreeId
from agor_core.repositories import races, repos, sessions, worktrees
from agor_core.wire.requests import CreateSession
from agor_daemon.supervisor.limits import Limits
from agor_daemon.supervisor.workspaces.beginnings import fetched
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.collecting import Collecting
from agor_daemon.supervisor.workspaces.comparing import Comparing
from agor_daemon.supervisor.workspaces.differences import Differences
from agor_daemon.supervisor.workspaces.folders import FolderProbe
from agor_daemon.supervisor.workspaces.known_repos import KnownRepos
from agor_daemon.supervisor.workspaces.letting_worktrees_go import LettingGo
from agor_daemon.supervisor.workspaces.moving import Moving
from agor_daemon.supervisor.workspaces.outfitting import Outfit
from agor_daemon.supervisor.workspaces.placement import Placement, commit_at
from agor_daemon.supervisor.workspaces.restoring import Restoring
from agor_daemon.supervisor.workspaces.reviewing import Reviewing
from agor_daemon.supervisor.workspaces.session_standing import SessionStandings
from agor_daemon.supervisor.workspaces.standings import Standings
from agor_daemon.supervisor.workspaces.trash import Trash
from agor_daemon.supervisor.workspaces.worktree_again import WorktreesAgain
from agor_daemon.supervisor.workspaces.worktree_making import (
    NewWorktree,
    WorktreeMaker,
    WorktreePlan,
    insert_worktree,
)

LEFT_IN_CHECKOUT = (
    "This session works in a worktree of its own, made from {label}. "
    "The uncommitted changes in {checkout} were not taken along."
)

TAKEN_ALONG = "What is uncommitted in {checkout} was taken along, uncommitted as it is there."
BEGINS = "This session's worktree begins at {label}, the commit {sha}."
BEHIND = "{label} is {count} behind {upstream}, as far as that was fetched."


@dataclass(frozen=True, slots=True)
class RequestedFolder:
    """The folder that a request for a session names, and the repository that it is in; None where there is none."""

    folder: Path | None = None
    location: Location | None = None


class Workspaces:
    """Finds and makes the folders of sessions; a checkout of the user's is only ever read."""

    def __init__(self, store: Store, paths: Paths, clock: Clock, limits: Limits) -> None:
        self.stores = CheckpointStores(paths.objects, limits.checkpoint, limits.budget)
        self.known = KnownRepos(store, clock)
        self.maker = WorktreeMaker(store, paths)
        self.again = WorktreesAgain(store, self.stores, paths)
        self.differences = Differences(store, self.stores)
        self.session_standings = SessionStandings(store, self.differences)
        self.reviewing = Reviewing(store, self.differences)
        self.restoring = Restoring(store, self.stores, self.again)
        self.comparing = Comparing(store, self.differences)
        self.collecting = Collecting(store, self.stores)
        self.standings = Standings(store, self.stores, paths, clock)
        self.letting_go = LettingGo(store, self.stores)
        self.moving = Moving(store)
        self.trash = Trash(store, self.stores, self.again, paths, clock)
        self._store = store
        self._scratch = paths.scratch
        self._probe = FolderProbe()

    def close(self) -> None:
        """Probe no more folders, and forget what was looked at."""
        self._probe.close()
        self.differences.close()

    async def locate(self, request: CreateSession) -> RequestedFolder:
        """The folder that a request names; nothing is made. Raises InvalidInput, NotFound, GitFailed."""
        given = request.repo
        repo = await self._store.read(lambda r: repos.get(r, repos.resolve(r, given))) if given else None
        cwd = request.cwd if repo is None or request.cwd is not None else repo.local_path
        if cwd is None:
            return RequestedFolder()
        folder, in_git = await self._probe.find(cwd)
        location = await locate(folder) if in_git else None
        if repo is not None and (location is None or str(location.main_worktree) != repo.local_path):
            raise InvalidInput(f"{folder} is not in the repository {repo.slug}.", place="cwd")
        return RequestedFolder(folder, location)

    async def place(self, request: CreateSession, session_id: str, requested: RequestedFolder) -> Placement:
        """Where a new session is to work. Raises NotFound, Unprocessable (no commits), GitFailed."""
        folder, location = requested.folder, requested.location
        if folder is None:
            return Placement(SessionRepo(cwd=str(self._new_scratch(session_id))), SessionGitState())
        if location is None:
            if isinstance(request.worktree, str):
                raise Unprocessable(f"{folder} is not in a git repository, so it has no worktrees.")
            return Placement(SessionRepo(cwd=str(folder)), SessionGitState())
        return await self._place_in_repo(request, folder, location)

    async def _place_in_repo(self, request: CreateSession, folder: Path, location: Location) -> Placement:
        worktree = request.worktree
        if (request.base is not None or request.fetch) and (worktree is False or isinstance(worktree, str)):
            place_of = "base" if request.base is not None else "fetch"
            raise InvalidInput(f"{place_of}: only a worktree of the session's own begins at a base.", place=place_of)
        if worktree is False and not location.bare:
            now = await head(location.toplevel)
            repo = await self.known.of(location)
            place = SessionRepo(cwd=str(folder), repo_id=repo.repo_id, repo_slug=repo.slug)
            return Placement(place, SessionGitState(ref=now.branch, base_sha=now.sha, current_sha=now.sha))
        sha, _ = await commit_at(location.toplevel, location.main_worktree)
        repo = await self.known.of(location)
        place = SessionRepo(cwd=str(folder), repo_id=repo.repo_id, repo_slug=repo.slug)
        if isinstance(worktree, str):
            shared = await self.shared(repo, worktree, location.prefix)
            if shared is None:
                raise NotFound("worktree", worktree, f"The repository {repo.slug} has no worktree {worktree!r}.")
            return shared
        if worktree is not False:
            managed = msgspec.structs.replace(place, managed_worktree=True)
            if request.fetch:
                await fetched(location.toplevel, request.base or repo.settings.base)
            begins = await self._beginning(repo, location, request.base, sha)
            if request.uncommitted and (begins != sha or location.bare):
                raise InvalidInput(
                    "uncommitted: changes come along only to the commit that is checked out; leave out the base.",
                    place="uncommitted",
                )
            state = SessionGitState(
                base_sha=begins, current_sha=begins, base=request.base, uncommitted=request.uncommitted
            )
            return Placement(managed, state)
        raise Unprocessable(f"{folder} is a bare repository: a session there needs a worktree of its own.")

    async def shared(self, repo: Repo, given: str, prefix: str) -> Placement | None:
        """The place in a worktree with this name or id, in the same sub-directory if it is there; None without one."""
        trees = await self._store.read(lambda r: worktrees.of_repo(r, repo.repo_id))
        tree = next((tree for tree in trees if given in (tree.name, tree.worktree_id)), None)
        if tree is None:
            return None
        now = await head(Path(tree.path))
        inner = Path(tree.path) / prefix
        place = SessionRepo(
            cwd=str(inner if inner.is_dir() else tree.path),
            repo_id=repo.repo_id,
            repo_slug=repo.slug,
            worktree_id=tree.worktree_id,
            worktree_name=tree.name,
        )
        return Placement(place, SessionGitState(ref=now.branch, base_sha=now.sha, current_sha=now.sha))

    async def settle_in(self, session: Session) -> tuple[Session, str | None]:
        """At a prompt: make the session's own worktree if it is due.

        Returns the session, and a note for the conversation about changes that stayed in the checkout.
        """
        if not session.repo.managed_worktree or session.repo.worktree_id is not None:
            return session, None
        location = await locate(Path(session.repo.cwd))
        if location is None:
            raise Unprocessable(f"{session.repo.cwd} is not in a git repository any more.")
        checked_out, branch = await commit_at(location.toplevel, location.main_worktree)
        repo = await self.known.of(location)
        base = session.git_state.base or repo.settings.base
        sha = await self._base_of_race(session) or await self._beginning(repo, location, base, checked_out)
        lenders = () if location.bare else (location.toplevel,)
        kept = await self._uncommitted(session, location) if session.git_state.uncommitted else None
        if kept is not None:
            sha, base = kept[1].head, None
        outfit = Outfit(lenders, kept)
        target = branch if base is None else await branch_of(location.toplevel, base)
        fallback = f"session-{session.short_id}"
        plan = WorktreePlan(session.title, sha, location.prefix, fallback, outfit=outfit, target=target)
        made = await self.maker.make(repo, location.toplevel, plan)
        async with self.maker.undone_on_failure(made):
            session = await self._store.write(lambda w: _move_in(w, session, made))
        label = base or branch or short_sha(sha)
        said = [] if base is None else [BEGINS.format(label=label, sha=short_sha(sha))]
        behind, upstream = (0, "") if branch is None else await behind_upstream(location.toplevel, base or branch)
        if behind:
            said.append(BEHIND.format(label=label, count=behind, upstream=upstream))
        if not location.bare and await _is_dirty(location.toplevel, repo):
            left = LEFT_IN_CHECKOUT if kept is None else TAKEN_ALONG
            said.append(left.format(label=label, checkout=location.toplevel))
        return session, " ".join(said) or None

    async def _base_of_race(self, session: Session) -> str | None:
        """The commit at which all attempts of a race begin, whenever their turn comes; None without a race."""
        race_id = session.race_id
        return None if race_id is None else (await self._store.read(lambda r: races.get(r, race_id))).base

    async def _beginning(self, repo: Repo, location: Location, base: str | None, checked_out: str) -> str:
        """The commit where a worktree begins: at ``base``, else where the settings say, else what is checked out."""
        name = base or repo.settings.base
        return checked_out if name is None else await commit_of(location.toplevel, name)

    async def _uncommitted(self, session: Session, location: Location) -> tuple[ObjectStore, Checkpoint]:
        """A checkpoint of the user's checkout, which is only read, with the store that it is in."""
        ref = checkpoint_ref(session.session_id, "beginning", "now")
        repo = await self.known.of(location)
        async with self.stores.taking(repo.repo_id, location.toplevel) as store:
            taken = await git_checkpoints.take(store, location.toplevel, ref, limits=self.stores.limits)
        return store, taken

    async def notes(self, session: Session) -> tuple[str, ...]:
        """What is to be known of the session's worktree; nothing without one."""
        worktree_id = session.repo.worktree_id
        if worktree_id is None:
            return ()
        return (await self._store.read(lambda r: worktrees.get(r, worktree_id))).notes

    async def add(self, repo_id: RepoId, name: str, *, base: str | None, worktree_id: str | None) -> Worktree:
        """Make and store a worktree on request; a repeated request with the same id gets the stored one.

        Raises NotFound, InvalidInput, GitFailed (no such commit), and Conflict for a name or id that is taken.
        """
        repo = await self._store.read(lambda r: repos.get(r, repo_id))
        if (known := await self._store.read(lambda r: _known(r, repo_id, name, worktree_id))) is not None:
            return known
        at = Path(repo.local_path)
        plan = WorktreePlan(name, base or "HEAD", exact=True, outfit=Outfit((at,)))
        made = await self.maker.make(repo, at, plan)
        async with self.maker.undone_on_failure(made):
            now = await head(Path(made.record.path))
            identifier = made.record.worktree_id if worktree_id is None else WorktreeId(worktree_id)
            made = replace(made, record=msgspec.structs.replace(made.record, worktree_id=identifier, base_sha=now.sha))
            await self._store.write(lambda w: insert_worktree(w, made))
        return await self._store.read(lambda r: worktrees.get(r, identifier))

    def _new_scratch(self, session_id: str) -> Path:
        folder = self._scratch / session_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def _known(r: Reader, repo_id: RepoId, name: str, worktree_id: str | None) -> Worktree | None:
    """The worktree that an earlier request with this id made. Raises Conflict if that was another request."""
    if worktree_id is None:
        return None
    try:
        known = worktrees.get(r, worktree_id)
    except NotFound:
        return None
    if known.repo_id != repo_id or known.name != git_worktrees.branch_name(name, ()):
        raise Conflict(f"There is another worktree with the id {worktree_id}.")
    return known


def _move_in(w: Writer, session: Session, made: NewWorktree) -> Session:
    """Store a new worktree and make it the session's."""
    insert_worktree(w, made)
    current = sessions.get(w, session.session_id, lock=True)
    place = Placement.in_new(made)
    return sessions.update(w, msgspec.structs.replace(current, repo=place.repo, git_state=place.git_state))


async def _is_dirty(worktree: Path, repo: Repo) -> bool:
    allowed = await allowed_filters(worktree, repo.trust.filters)
    status = await attempt("status", "--porcelain", "-z", cwd=worktree, config=allowed.config, limit=1)
    return status.cut or bool(status.stdout)
