"""Grafting: what one session changed in files becomes an uncommitted change of another, whole or not at all.

What is there is kept first, by which the graft is undone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from agor_core.config.paths import Paths
from agor_core.db.connections import Reader, Writer
from agor_core.db.store import Store
from agor_core.domain.figures import Diffstat
from agor_core.domain.graft import Graft, GraftConflict, OnConflict
from agor_core.domain.session import Session
from agor_core.domain.texts import cut
from agor_core.errors import Conflict, Conflicting, GitFailed, InvalidInput, NotFound, Unprocessable
from agor_core.git import checkpoints as git_checkpoints
from agor_core.git import grafting
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.filters import Filters, allowed_filters
from agor_core.git.grafting import GraftPlan
from agor_core.git.location import inside, locate
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import lossy, printable
from agor_core.git.refs import LOOK, checkpoint_ref
from agor_core.git.scions import Scion
from agor_core.git.three_way import Labels
from agor_core.ids import SessionId, new_id
from agor_core.repositories import repos, sessions
from agor_daemon.supervisor.grafting import kept_grafts
from agor_daemon.supervisor.grafting.journal import GraftJournal
from agor_daemon.supervisor.workspaces import checkpoints, lineage, points
from agor_daemon.supervisor.workspaces.checkpoints import MOST_FILES
from agor_daemon.supervisor.workspaces.points import Point, PointName
from agor_daemon.supervisor.workspaces.quiet import check_quiet
from agor_daemon.supervisor.workspaces.workspaces import Workspaces

_NAMED = 3
"""Conflicts that a refusal names; all are in its details."""


Hold = Callable[[Session, Callable[[], Awaitable[Graft]]], Awaitable[Graft]]
"""Does work that must not meet a turn of the session. Raises Conflict while one runs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be grafted: changes of ``source``, up to a point of it, at paths or in lines of files."""

    source: SessionId
    at: PointName
    paths: tuple[str, ...] = ()
    lines: Mapping[str, Sequence[tuple[int, int]]] | None = None
    checkpoint: str | None = None
    on_conflict: OnConflict = "refuse"
    dry_run: bool = False


class Grafting:
    """Grafts; ``hold`` keeps the session that is changed from beginning a turn meanwhile."""

    def __init__(self, store: Store, workspaces: Workspaces, paths: Paths, hold: Hold) -> None:
        self._store = store
        self._workspaces = workspaces
        self._stores = workspaces.stores
        self._journal = GraftJournal(paths.home / "grafts.json", store, workspaces.stores)
        self._hold = hold

    async def recover(self) -> None:
        """After a crash: take back what was half grafted."""
        await self._journal.undo_half_made()

    async def run(self, target_id: SessionId, asked: Asked) -> Graft:
        """Bring changes of another session into this one's worktree, or with ``dry_run`` say what would change.

        Raises NotFound (nothing changed there), InvalidInput, Unprocessable, Conflict while a session runs in the
        folder, Conflicting, GitFailed.
        """
        target = await self._store.read(lambda r: sessions.get(r, target_id))
        return await self._hold(target, partial(self._run, target, asked))

    async def undo(self, target_id: SessionId, *, dry_run: bool, on_conflict: OnConflict = "refuse") -> Graft:
        """Take the last graft into the session back, beside what was changed since. Raises as :meth:`run`."""
        target = await self._store.read(lambda r: sessions.get(r, target_id))
        return await self._hold(target, partial(self._undo, target, dry_run=dry_run, on_conflict=on_conflict))

    async def _run(self, target: Session, asked: Asked) -> Graft:
        begin, end = await self._store.read(lambda r: _ends(r, target, asked))
        source = end.of.session
        top = await self._top(target)
        names = [inside(path, _top_of(source, path, top), "paths") for path in asked.paths]
        lines = {inside(path, top, "lines"): ranges for path, ranges in (asked.lines or {}).items()}
        async with self._workspaces.differences.keeping([begin, end]) as kept:
            theirs = kept.end.checkpoint or await _loaded(kept.store, kept.end.commit, source)
            if asked.checkpoint is not None and asked.checkpoint != theirs.commit:
                raise Conflict(f"The files of session {source.short_id} have changed since; look at them again.")
            scion = Scion(kept.start.commit, theirs, names, lines)
            labels = Labels(_label(target), _label(source))
            return (await self._graft(kept.store, top, target, scion, labels, asked))[0]

    async def _undo(self, target: Session, *, dry_run: bool, on_conflict: OnConflict) -> Graft:
        if target.repo.repo_id is None:
            raise kept_grafts.nothing_to_undo(target)
        top = await self._top(target)
        async with self._stores.taking(target.repo.repo_id, top) as kept:
            last = await kept_grafts.latest(kept, target.session_id)
            if last is None:
                raise kept_grafts.nothing_to_undo(target)
            asked = Asked(last.source, PointName("now"), on_conflict=on_conflict, dry_run=dry_run)
            before = await git_checkpoints.load(kept, last.before)
            labels = Labels("now", "before the graft")
            done, undoing = await self._graft(
                kept, top, target, Scion(last.after, before), labels, asked, remember=False
            )
            if not dry_run:
                await kept_grafts.forget_graft(kept, target.session_id, last.graft_id)
                await kept_grafts.forget_graft(kept, target.session_id, undoing)
            return msgspec.structs.replace(done, undo=True, graft_id=last.graft_id)

    async def _graft(
        self,
        kept: ObjectStore,
        top: Path,
        target: Session,
        scion: Scion,
        labels: Labels,
        asked: Asked,
        *,
        remember: bool = True,
    ) -> tuple[Graft, str]:
        """Plan and carry out; the result, and the id under which what was there is kept.

        With ``remember`` it can be undone.
        """
        graft_id = new_id()
        ref = (
            checkpoint_ref(target.session_id, LOOK, "now")
            if asked.dry_run
            else kept_grafts.graft_ref(target.session_id, graft_id, "before")
        )
        now = await git_checkpoints.take(kept, top, ref, limits=self._stores.limits)
        try:
            planned = await grafting.plan(kept, top, now, scion, labels, on_conflict=asked.on_conflict)
            _refuse(planned, asked)
            if asked.dry_run or not planned.changes:
                await kept_grafts.forget_graft(kept, target.session_id, graft_id)
                return _said(planned, target, asked), graft_id
            after = await self._carry_out(kept, top, target, planned, scion.theirs, now, graft_id)
            if remember:
                await kept_grafts.keep(
                    kept, target.session_id, graft_id, asked.source, scion.theirs.commit, after.commit
                )
            self._journal.done(graft_id)
        except BaseException:
            if await asyncio.shield(self._journal.give_back(graft_id)):
                await asyncio.shield(kept_grafts.forget_graft(kept, target.session_id, graft_id))
            raise
        done = _said(planned, target, asked)
        return msgspec.structs.replace(done, graft_id=graft_id, before=now.commit, after=after.commit), graft_id

    async def _carry_out(
        self,
        kept: ObjectStore,
        top: Path,
        target: Session,
        planned: GraftPlan,
        theirs: Checkpoint,
        now: Checkpoint,
        graft_id: str,
    ) -> Checkpoint:
        """Change the files, which is noted first so that it can be given back; the checkpoint afterwards."""
        filters = await self._filters(target, top)
        self._journal.add(graft_id, target, top, now, planned)
        done = await grafting.carry_out(kept, top, planned, theirs, filters)
        if done.kept:
            raise Conflict(f"{lossy(done.kept[0])} was changed meanwhile, so nothing is grafted; try again.")
        ref = checkpoint_ref(target.session_id, "last", "now")
        after = await git_checkpoints.take(kept, top, ref, limits=self._stores.limits)
        base = target.git_state.since
        since = None if base is None else await checkpoints.since(kept, top, base, after)
        await self._store.write(lambda w: _note(w, target, after, since))
        return after

    async def _filters(self, target: Session, top: Path) -> Filters:
        repo_id = target.repo.repo_id
        trust = (await self._store.read(lambda r: repos.get(r, str(repo_id)))).trust
        return await allowed_filters(top, trust.filters)

    async def _top(self, target: Session) -> Path:
        """The top of the target's working tree, which is made again if it is gone."""
        if target.repo.repo_id is None:
            raise Unprocessable(f"Session {target.short_id} works outside of git, so nothing can be grafted into it.")
        if target.repo.managed_worktree and target.repo.worktree_id is None:
            raise Unprocessable(f"Session {target.short_id} has no worktree yet; it gets one at its first prompt.")
        await check_quiet(self._store, target)
        await self._workspaces.again.bring_back(target)
        location = await locate(Path(target.repo.cwd))
        if location is None or location.bare:
            raise Unprocessable(f"{target.repo.cwd} is not in a git repository any more.")
        return location.toplevel


def _ends(r: Reader, target: Session, asked: Asked) -> tuple[Point, Point]:
    """Where the changes begin and end: they begin where both sessions have the same past, else at the source's base."""
    source = sessions.get(r, asked.source)
    if source.session_id == target.session_id:
        raise InvalidInput("from: a session cannot be grafted into itself; restore an earlier task.", place="from")
    if source.repo.repo_id is None:
        raise Unprocessable(f"Session {source.short_id} works outside of git, so nothing can be grafted from it.")
    if target.repo.repo_id is not None and source.repo.repo_id != target.repo.repo_id:
        raise Unprocessable(
            f"Session {source.short_id} works in {source.repo.repo_slug}, session {target.short_id} in "
            f"{target.repo.repo_slug}; only changes within one repository can be grafted."
        )
    if _place(source) == _place(target):
        raise Unprocessable(f"Both sessions work in {source.repo.cwd}, so there is nothing to graft.")
    of = points.known(r, source.session_id)
    base, common = points.find(of, PointName("base")), lineage.common(r, source, target)
    if common is not None:
        base = replace(common, commits=(*common.commits, *base.commits))
    return base, points.find(of, asked.at)


def _place(session: Session) -> str:
    return session.repo.worktree_id or session.repo.cwd


def _top_of(source: Session, path: str, top: Path) -> Path:
    """What an absolute path is below of: the source's working tree, or the target's."""
    place = Path(source.repo.cwd)
    if Path(path).is_absolute():
        for folder in (place, *place.parents):
            if (folder / ".git").exists():
                return folder if Path(path).is_relative_to(folder) else top
    return top


async def _loaded(kept: ObjectStore, commit: str, source: Session) -> Checkpoint:
    try:
        return await git_checkpoints.load(kept, commit)
    except GitFailed as error:
        raise NotFound("change", source.short_id, f"Session {source.short_id} has not changed anything.") from error


def _refuse(planned: GraftPlan, asked: Asked) -> None:
    """Raises Conflicting for what conflicts."""
    if asked.dry_run or not planned.conflicts:
        return
    found = [(printable(lossy(path)), kind.phrase) for path, kind in sorted(planned.conflicts.items())]
    said = "; ".join(f"{path}: {why}" for path, why in found[:_NAMED])
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    count = "1 file conflicts" if len(found) == 1 else f"{len(found)} files conflict"
    raise Conflicting(f"{count}, so nothing is grafted: {said}{more}.", [path for path, _ in found])


def _said(planned: GraftPlan, target: Session, asked: Asked) -> Graft:
    conflicts = {**planned.settled, **planned.conflicts}
    return Graft(
        session_id=target.session_id,
        from_session_id=asked.source,
        written=_names(planned.files.written),
        removed=_names(planned.files.removed),
        merged=_names(planned.merged),
        same=_names(planned.same),
        conflicts=tuple(
            GraftConflict(path=lossy(path), kind=kind, reason=kind.phrase) for path, kind in sorted(conflicts.items())
        )[:MOST_FILES],
        dry_run=asked.dry_run,
    )


def _names(paths: Sequence[bytes] | Mapping[bytes, object]) -> tuple[str, ...]:
    return tuple(lossy(path) for path in sorted(paths)[:MOST_FILES])


def _label(session: Session) -> str:
    """The session's name in the markers of a conflict."""
    return cut(printable(f"{session.short_id} {session.title or ''}".strip()), 60)


def _note(w: Writer, session: Session, after: Checkpoint, since: Diffstat | None) -> None:
    """Store what the session's files are now."""
    current = sessions.get(w, session.session_id, lock=True)
    state = checkpoints.session_state(current.git_state, after, since)
    sessions.update(w, msgspec.structs.replace(current, git_state=state))
