"""What changed between two points of sessions, or in a task: for people, or as a patch that git applies."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from agor_core.bounded_map import BoundedMap
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.errors import AgorError, GitFailed, Unprocessable
from agor_core.git import diff
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.diff import PatchPage, PatchText
from agor_core.git.files import common_directory, is_there
from agor_core.git.location import Location, inside, locate
from agor_core.git.looks import Looks
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import FileChange
from agor_core.git.refs import LOOK, checkpoint_ref
from agor_core.git.retention import missing
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import sessions, tasks
from agor_daemon.supervisor.workspaces import points
from agor_daemon.supervisor.workspaces.checkpoint_stores import CheckpointStores
from agor_daemon.supervisor.workspaces.points import KnownSession, Point, PointName, Side

MOST_PLACES = 1_000
NOT_THERE = "The folder {cwd} is not there; these are the files of its last checkpoint."


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes between two checkpoints: the text, which may be only its beginning, and the figures of all."""

    patch: PatchText
    changes: tuple[FileChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """Two points by name, each of ``session_id`` unless it names another session, and the ``paths`` to compare."""

    session_id: SessionId
    start: PointName = field(default_factory=lambda: PointName("base"))
    end: PointName = field(default_factory=lambda: PointName("now"))
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPoint:
    """A point whose ``commit`` is in the store: with ``commit^{tree}`` its files, and HEAD as its first parent.

    ``checkpoint`` is there for one that was taken now; ``submodules`` have changes inside that it does not hold, and
    ``note`` says what else is to be known of it.
    """

    session_id: SessionId
    name: str
    commit: str
    checkpoint: Checkpoint | None = None
    submodules: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Points of one repo, the store that they are in, and a folder of the repository (None: it is gone)."""

    where: Path | None
    store: ObjectStore
    points: tuple[KeptPoint, ...]

    @property
    def start(self) -> KeptPoint:
        return self.points[0]

    @property
    def end(self) -> KeptPoint:
        return self.points[-1]


class Differences:
    """Finds points of sessions and compares them; ``stores`` has the checkpoints."""

    def __init__(self, store: Store, stores: CheckpointStores) -> None:
        self._store = store
        self._stores = stores
        self._looks = Looks()
        self._places: BoundedMap[tuple[str, str], tuple[Location, object]] = BoundedMap(MOST_PLACES)

    def close(self) -> None:
        """Forget what was looked at."""
        self._looks.close()

    async def of_task(self, task_id: TaskId) -> Difference:
        """The unified difference of a task; of a running task, up to now. Empty without checkpoints.

        For a session whose worktree is gone, the repository's own folder or the store alone will do.
        Raises NotFound, and GitFailed where the checkpoints are not kept.
        """
        async with self._of_task(task_id) as ends:
            if ends is None:
                return Difference(PatchText(""))
            old, new = ends.start.commit, ends.end.commit
            patch, changes = await asyncio.gather(
                diff.patch(ends.where, old, new, store=ends.store),
                diff.changes(ends.where, old, new, store=ends.store),
            )
            return Difference(patch, tuple(changes))

    async def task_patch(self, task_id: TaskId) -> AsyncGenerator[bytes, None]:
        """The same whole, as ``git apply`` takes it, in pieces. Raises NotFound, and GitFailed, also on the way."""
        async with self._of_task(task_id) as ends:
            if ends is not None:
                pieces = diff.patch_bytes(ends.where, ends.start.commit, ends.end.commit, store=ends.store)
                async with contextlib.aclosing(pieces):
                    async for piece in pieces:
                        yield piece

    async def changes(self, asked: Range) -> tuple[Kept, list[FileChange]]:
        """The figures of every file that differs between two points. Raises as :meth:`between`."""
        async with self.between(asked) as ends:
            return ends, await _changes(ends, _inside(asked, ends))

    async def page(self, asked: Range, skip: int) -> tuple[Kept, list[FileChange], PatchPage]:
        """The figures of all files, and the text of those from the index ``skip`` on, as many as fit a page."""
        async with self.between(asked) as ends:
            old, new, paths = ends.start.commit, ends.end.commit, _inside(asked, ends)
            found, page = await asyncio.gather(
                _changes(ends, paths),
                diff.patch_page(ends.where, old, new, skip=skip, store=ends.store, paths=paths),
            )
            return ends, found, page

    async def patch(self, asked: Range) -> AsyncGenerator[bytes, None]:
        """The whole difference as ``git apply`` takes it, in pieces. Raises as :meth:`between`, also on the way."""
        async with self.between(asked) as ends:
            old, new = ends.start.commit, ends.end.commit
            pieces = diff.patch_bytes(ends.where, old, new, store=ends.store, paths=_inside(asked, ends))
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    yield piece

    @asynccontextmanager
    async def between(self, asked: Range) -> AsyncIterator[Kept]:
        """Two points, whose commits are kept meanwhile; that of ``now`` is made from the files as they are.

        Raises NotFound, Ambiguous, Conflict (a task without that point), Unprocessable (outside of git, other repos),
        and GitFailed where a checkpoint is not kept any more.
        """
        start, end = await self._points(asked)
        if start.of.repo.repo_id != end.of.repo.repo_id:
            raise Unprocessable(
                f"Sessions {start.of.session.short_id} and {end.of.session.short_id} work in different repositories."
            )
        async with self.keeping([start, end]) as kept:
            yield kept

    @asynccontextmanager
    async def keeping(self, wanted: Sequence[Point]) -> AsyncIterator[Kept]:
        """Points of sessions of one repo, kept for the time of the block. Raises GitFailed for one that is lost."""
        repo = wanted[0].of.repo
        async with self._stores.holding(repo.repo_id):
            places = {point.of.session.repo.cwd: point.of for point in wanted}
            found = dict(zip(places, await asyncio.gather(*(self._located(of) for of in places.values())), strict=True))
            where = next((location.toplevel for location in found.values() if location is not None), None)
            where = where or await _main(wanted[0].of)
            store = self._stores.existing(repo.repo_id) if where is None else await self._stores.of(repo.repo_id, where)
            if store is None:
                gone = f"The repository {repo.local_path} is not there any more, and no checkpoints of it are kept."
                raise GitFailed(gone)
            here = [found[point.of.session.repo.cwd] if point.now else None for point in wanted]
            named = [c for point, place in zip(wanted, here, strict=True) if place is None for c in point.commits]
            lost, taken = await asyncio.gather(
                missing(store, named, borrow=where is not None),
                asyncio.gather(*(self._take(store, *one) for one in zip(wanted, here, strict=True))),
            )
            yield Kept(where, store, tuple(_kept(*one, lost) for one in zip(wanted, taken, strict=True)))

    async def _located(self, of: KnownSession) -> Location | None:
        """As `_location`, which is asked again only where the links between folder and repository are other ones."""
        key = (of.session.repo.cwd, of.repo.local_path)
        known = self._places.get(key)
        if known is not None and known[1] == await asyncio.to_thread(_links, known[0], *key):
            return known[0]
        self._places.pop(key)
        location = await _location(of)
        links = None if location is None else await asyncio.to_thread(_links, location, *key)
        if location is not None and links is not None:
            self._places.put(key, (location, links))
        return location

    async def _take(self, store: ObjectStore, point: Point, location: Location | None) -> Checkpoint | None:
        """The files of a working tree as they are now; None without one."""
        if location is None:
            return None
        ref = checkpoint_ref(point.of.session.session_id, LOOK, "now")
        return await self._looks.checkpoint(store, location.toplevel, ref, self._stores.limits)

    async def _points(self, asked: Range) -> tuple[Point, Point]:
        def read(r: Reader) -> tuple[Point, Point]:
            found: dict[SessionId, KnownSession] = {}
            made = []
            for name in (asked.start, asked.end):
                session_id = asked.session_id if name.session is None else sessions.resolve(r, name.session)
                if session_id not in found:
                    found[session_id] = points.known(r, session_id)
                made.append(points.find(found[session_id], name))
            return made[0], made[1]

        return await self._store.read(read)

    @asynccontextmanager
    async def _of_task(self, task_id: TaskId) -> AsyncIterator[Kept | None]:
        ends = await self._store.read(lambda r: _ends_of_task(r, task_id))
        if ends is None:
            yield None
            return
        async with self.keeping(ends) as kept:
            yield kept


def _ends_of_task(r: Reader, task_id: TaskId) -> list[Point] | None:
    """A task's start and its end, or now while it runs; None where no checkpoints of it were taken."""
    task = tasks.get(r, task_id)
    state = task.git_state
    if state.checkpoint_start is None or sessions.get(r, task.session_id).repo.repo_id is None:
        return None
    if task.ended and state.checkpoint_end is None:
        return None
    of = points.known(r, task.session_id)
    sides: tuple[Side, ...] = ("start", "end")
    lost = f"The checkpoints of task {task.position} are not kept any more, so nothing can be compared."
    return [replace(points.find(of, PointName("task", task_id, side)), lost=lost) for side in sides]


def _links(location: Location, cwd: str, main: str) -> object:
    """What says where a folder belongs; None if it is not there."""
    repository = Path(main)
    repository = repository / ".git" if (repository / ".git").exists() else repository
    try:
        pointers = [path.stat() for path in (Path(cwd), location.toplevel / ".git", repository)]
    except OSError:
        return None
    return [(found.st_dev, found.st_ino) for found in pointers]


async def _location(of: KnownSession) -> Location | None:
    """Where a session's folder is in the repo's working tree; None if it is not there, or is another repository's."""
    cwd = Path(of.session.repo.cwd)
    if not await asyncio.to_thread(cwd.is_dir):
        return None
    with contextlib.suppress(GitFailed):  # a worktree whose repository was moved
        location = await locate(cwd)
        if location is not None and not location.bare:
            return location if await asyncio.to_thread(_is_of, location.toplevel, of) else None
    return None


def _is_of(top: Path, of: KnownSession) -> bool:
    """Whether a working tree is one of the repo's."""
    local = Path(of.repo.local_path)
    try:
        shared = common_directory(local) if is_there(local / ".git") else local
        return common_directory(top).samefile(shared)
    except (AgorError, OSError):
        return False


async def _main(of: KnownSession) -> Path | None:
    """The repository's own folder; None if it is not there."""
    folder = Path(of.repo.local_path)
    with contextlib.suppress(GitFailed):
        if await locate(folder) is not None:
            return folder
    return None


def _kept(point: Point, now: Checkpoint | None, lost: Collection[str]) -> KeptPoint:
    session = point.of.session
    if now is not None:
        return KeptPoint(session.session_id, point.name, now.commit, now, point.submodules)
    commit = next((commit for commit in point.commits if commit not in lost), None)
    if commit is None:
        raise GitFailed(point.lost)
    note = NOT_THERE.format(cwd=session.repo.cwd) if point.now else None
    return KeptPoint(session.session_id, point.name, commit, submodules=point.submodules, note=note)


def _inside(asked: Range, ends: Kept) -> list[str]:
    """The paths that are asked for, from the top. Raises InvalidInput."""
    return [inside(path, ends.where or Path("/"), "path") for path in asked.paths]


async def _changes(ends: Kept, paths: Sequence[str]) -> list[FileChange]:
    return await diff.changes(ends.where, ends.start.commit, ends.end.commit, store=ends.store, paths=paths)
