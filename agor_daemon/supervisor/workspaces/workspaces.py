"""Where a session works: its folder as asked for, and the worktree of its own that it gets at its first prompt."""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from agor_core.clock import Clock
from agor_core.config.paths import Paths
from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session, SessionGitState, SessionRepo
from agor_core.domain.worktree import Worktree
from agor_core.errors import AgorError, Conflict, InvalidInput, NotFound, Unprocessable
from agor_core.git import worktrees as git_worktrees
from agor_core.git.conversion import conversion
from agor_core.git.files import SizeLimits
from agor_core.git.location import Location, head, locate
from agor_core.git.process import attempt
from agor_core.ids import RepoId, WorktreeId, new_id
from agor_core.repositories import repos, sessions, worktrees
from agor_core.wire.requests import CreateSession
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.folders import FolderProbe
from agor_daemon.supervisor.workspaces.known_repos import KnownRepos
from agor_daemon.supervisor.workspaces.worktree_journal import WorktreeEntry, WorktreeJournal

MOST_RACES = 20
_log = logging.getLogger("agor.supervisor")
NOT_TAKEN_ALONG = (
    "This session works in a worktree of its own, made from {label}. "
    "The uncommitted changes in {checkout} were not taken along."
)


@dataclass(frozen=True, slots=True)
class RequestedFolder:
    """Where a new session is to be: the folder that was asked for, and the repository that it is in, if any."""

    folder: Path | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class NewWorktree:
    """A worktree that was made on disk and is not in the store yet; ``cwd`` is the session's folder in it."""

    repo: Repo
    record: Worktree
    cwd: str

    @property
    def place(self) -> SessionRepo:
        """As a session's record says it."""
        return SessionRepo(
            cwd=self.cwd,
            repo_id=self.repo.repo_id,
            repo_slug=self.repo.slug,
            worktree_id=self.record.worktree_id,
            worktree_name=self.record.name,
            managed_worktree=True,
        )

    @property
    def git_state(self) -> SessionGitState:
        return SessionGitState(ref=self.record.ref, base_sha=self.record.base_sha, current_sha=self.record.base_sha)


class Workspaces:
    """Finds and makes the folders of sessions; the user's own checkout is only ever read."""

    def __init__(self, store: Store, paths: Paths, clock: Clock, limits: SizeLimits | None = None) -> None:
        self.stores = CheckpointStores(paths.objects, limits or SizeLimits())
        self.known = KnownRepos(store, clock)
        self.journal = WorktreeJournal(paths.home / "worktrees.json")
        self._store = store
        self._paths = paths
        self._probe = FolderProbe()
        self._making: defaultdict[RepoId, asyncio.Lock] = defaultdict(asyncio.Lock)

    def close(self) -> None:
        """Look at nothing any more."""
        self._probe.close()

    async def locate(self, request: CreateSession) -> RequestedFolder:
        """Where a request points to; nothing is made. Raises InvalidInput, NotFound, GitFailed."""
        given = request.repo
        repo = await self._store.read(lambda r: _repo(r, given)) if given else None
        cwd = request.cwd if repo is None or request.cwd is not None else repo.local_path
        if cwd is None:
            return RequestedFolder()
        folder, in_git = await self._probe.look(cwd)
        location = await locate(folder) if in_git else None
        if repo is not None and (location is None or str(location.main_worktree) != repo.local_path):
            raise InvalidInput(f"{folder} is not in the repository {repo.slug}.", place="cwd")
        return RequestedFolder(folder, location)

    async def place(
        self, request: CreateSession, session_id: str, site: RequestedFolder
    ) -> tuple[SessionRepo, SessionGitState]:
        """Where a new session is to work. Raises NotFound, Unprocessable (no commits), GitFailed."""
        folder, location = site.folder, site.location
        if folder is None:
            return SessionRepo(cwd=str(self._scratch(session_id))), SessionGitState()
        if location is None:
            if isinstance(request.worktree, str):
                raise Unprocessable(f"{folder} is not in a git repository, so it has no worktrees.")
            return SessionRepo(cwd=str(folder)), SessionGitState()
        now = await head(location.toplevel)
        if now.sha is None:
            raise Unprocessable(f"The repository {location.main_worktree} has no commits yet; make one first.")
        repo = await self.known.of(location)
        place = SessionRepo(cwd=str(folder), repo_id=repo.repo_id, repo_slug=repo.slug)
        if isinstance(request.worktree, str):
            shared = await self.shared(repo, request.worktree, location.prefix)
            if shared is None:
                message = f"The repository {repo.slug} has no worktree {request.worktree!r}."
                raise NotFound("worktree", request.worktree, message)
            return shared
        if request.worktree is not False:
            managed = msgspec.structs.replace(place, managed_worktree=True)
            return managed, SessionGitState(base_sha=now.sha, current_sha=now.sha)
        if location.bare:
            raise Unprocessable(f"{folder} is a bare repository: a session there needs a worktree of its own.")
        return place, SessionGitState(ref=now.branch, base_sha=now.sha, current_sha=now.sha)

    async def settle_in(self, session: Session) -> tuple[Session, str | None]:
        """At a prompt: make the session's own worktree if it is due; the session, and what is to be said about it."""
        if not session.repo.managed_worktree or session.repo.worktree_id is not None:
            return session, None
        location = await locate(Path(session.repo.cwd))
        if location is None:
            raise Unprocessable(f"{session.repo.cwd} is not in a git repository any more.")
        now = await head(location.toplevel)
        if now.sha is None:
            raise Unprocessable(f"The repository {location.main_worktree} has no commits yet; make one first.")
        repo = await self.known.of(location)
        made = await self.make(repo, location.toplevel, name=session.title, start=now.sha, prefix=location.prefix)
        try:
            session = await self._store.write(lambda w: _settled(w, session, made))
            self.journal.remove(made.record.path)
        except BaseException:
            await asyncio.shield(self.undo(made))
            raise
        return session, await self._left_behind(location, now.branch or now.sha[:7])

    async def make(
        self, repo: Repo, at: Path, *, name: str | None, start: str, prefix: str, exact: bool = False
    ) -> NewWorktree:
        """A new worktree on a new branch, on disk. Not in the store: that is the caller's, who undoes it otherwise.

        It is unfinished until it was stored, and is taken away at the next start if that never comes.
        A name that is taken gets a number. Where it has to be ``exact``, that is a Conflict, and InvalidInput what
        cannot name a branch but for its case and spaces.
        """
        async with self._making[repo.repo_id]:
            for tries_left in reversed(range(MOST_RACES)):
                branch, path = await self._free_place(repo, at, name, exact=exact)
                self.journal.add(WorktreeEntry(repo=repo.local_path, path=str(path), branch=branch, start=start))
                try:
                    await git_worktrees.add(at, path, branch=branch, start=start)
                    break
                except BaseException as error:  # a Conflict: somebody else took the name meanwhile
                    self.journal.remove(str(path))
                    if not isinstance(error, Conflict) or not tries_left:
                        raise
        cwd = path / prefix
        cwd.mkdir(parents=True, exist_ok=True)
        record = Worktree(
            worktree_id=WorktreeId(new_id()),
            repo_id=repo.repo_id,
            name=branch,
            path=str(path),
            ref=branch,
            base_sha=start,
            created_at="",
            updated_at="",
        )
        return NewWorktree(repo, record, str(cwd))

    async def _free_place(self, repo: Repo, at: Path, name: str | None, *, exact: bool) -> tuple[str, Path]:
        root, wanted = self._paths.worktrees, git_worktrees.branch_name(name or "", ())
        if exact and "-".join((name or "").lower().split()) != wanted:
            message = f"name: {name!r} cannot name a worktree and its branch as it stands; {wanted!r} can."
            raise InvalidInput(message, place="name")
        taken = set(await git_worktrees.branches(at)) | _names_in(git_worktrees.place(root, repo.slug))
        taken |= await self._store.read(lambda r: {tree.name for tree in worktrees.of_repo(r, repo.repo_id)})
        branch = git_worktrees.branch_name(name or "", taken)
        if exact and branch != wanted:
            raise Conflict(f"There is already a branch or a worktree {wanted!r} in the repository {repo.slug}.")
        return branch, git_worktrees.place(root, repo.slug, branch)

    async def add(self, repo_id: RepoId, name: str, *, base: str | None, worktree_id: str | None) -> Worktree:
        """A worktree for whoever wants to work in it, stored. Repeated with the same id it is the stored one.

        Raises NotFound, InvalidInput, GitFailed (no such commit), and Conflict for a name or id that is taken.
        """
        repo = await self._store.read(lambda r: repos.get(r, repo_id))
        if (known := await self._store.read(lambda r: _known(r, repo_id, name, worktree_id))) is not None:
            return known
        made = await self.make(repo, Path(repo.local_path), name=name, start=base or "HEAD", prefix="", exact=True)
        try:
            now = await head(Path(made.record.path))
            identifier = made.record.worktree_id if worktree_id is None else WorktreeId(worktree_id)
            made = replace(made, record=msgspec.structs.replace(made.record, worktree_id=identifier, base_sha=now.sha))
            await self._store.write(lambda w: insert_worktree(w, made))
            self.journal.remove(made.record.path)
        except BaseException:
            await asyncio.shield(self.undo(made))
            raise
        return await self._store.read(lambda r: worktrees.get(r, identifier))

    async def undo(self, made: NewWorktree) -> None:
        """Take a worktree away again that was just made and holds nobody's work; one that was stored after all stays.

        Whoever was cancelled while a write waited does not know whether it was done.
        """
        if await self._store.read(lambda r: worktrees.by_path(r, made.record.path)) is not None:
            return
        main = Path(made.repo.local_path)
        await git_worktrees.remove(main, Path(made.record.path), branch=made.record.ref, discard=True)
        self.journal.remove(made.record.path)

    async def undo_half_made(self) -> None:
        """After a crash: take away the worktrees that were being made, in which nobody has ever worked."""
        for entry in self.journal.left_behind():
            if await self._store.read(lambda r, entry=entry: worktrees.by_path(r, entry.path)) is None:  # type: ignore[misc]
                repo, path = Path(entry.repo), Path(entry.path)
                try:
                    await git_worktrees.undo(repo, path, branch=entry.branch, start=entry.start)
                except AgorError as error:
                    _log.warning("the half-made worktree %s is still there: %s", path, error)
        self.journal.clear()

    def _scratch(self, session_id: str) -> Path:
        folder = self._paths.scratch / session_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    async def shared(self, repo: Repo, given: str, prefix: str) -> tuple[SessionRepo, SessionGitState] | None:
        """A session's place in a worktree that is there, by its name or id; in the same sub-directory if that is."""
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
        return place, SessionGitState(ref=now.branch, base_sha=now.sha, current_sha=now.sha)

    async def _left_behind(self, location: Location, label: str) -> str | None:
        if location.bare or not await _is_dirty(location.toplevel):
            return None
        return NOT_TAKEN_ALONG.format(label=label, checkout=location.toplevel)


def insert_worktree(w: Writer, made: NewWorktree) -> None:
    """Store a worktree that was made."""
    worktrees.insert(w, msgspec.structs.replace(made.record, created_at=w.at, updated_at=w.at))


def _known(r: Reader, repo_id: RepoId, name: str, worktree_id: str | None) -> Worktree | None:
    """What an earlier request with this id made. Raises Conflict where that was another request."""
    if worktree_id is None:
        return None
    try:
        known = worktrees.get(r, worktree_id)
    except NotFound:
        return None
    if known.repo_id != repo_id or known.name != git_worktrees.branch_name(name, ()):
        raise Conflict(f"There is another worktree with the id {worktree_id}.")
    return known


def _settled(w: Writer, session: Session, made: NewWorktree) -> Session:
    insert_worktree(w, made)
    current = sessions.get(w, session.session_id, lock=True)
    return sessions.update(w, msgspec.structs.replace(current, repo=made.place, git_state=made.git_state))


def _repo(r: Reader, given: str) -> Repo:
    return repos.get(r, repos.resolve(r, given))


def _names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


async def _is_dirty(worktree: Path) -> bool:
    settings = await conversion(worktree)
    status = await attempt("status", "--porcelain", "-z", cwd=worktree, config=settings.config, limit=1)
    return status.cut or bool(status.stdout)
