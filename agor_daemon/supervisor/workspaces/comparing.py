"""Comparing sessions of one repo: their figures, what each did to which file, and what would conflict."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from agor_core.bounded_map import BoundedMap
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.comparison import (
    LAST_WORDS,
    MOST_FILES,
    MOST_NAMED,
    ComparedFile,
    ComparedSession,
    Comparison,
    FileInSession,
)
from agor_core.domain.session import Session, SessionStatus
from agor_core.domain.task import Task
from agor_core.domain.texts import cut
from agor_core.errors import AgorError, GitFailed
from agor_core.git import diff
from agor_core.git.meeting import Difference, difference, meeting, meets
from agor_core.git.merge_trees import Merge, Merged, try_merges
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import fields, lossy
from agor_core.git.process import attempt
from agor_core.ids import SessionId
from agor_core.repositories import messages, sessions, tasks
from agor_daemon.supervisor.workspaces import lineage, points
from agor_daemon.supervisor.workspaces.differences import Differences, Kept, KeptPoint
from agor_daemon.supervisor.workspaces.points import KnownSession, Point, PointName
from agor_daemon.supervisor.workspaces.session_standing import target_of

SESSIONS, REMEMBERED = 64, 512
"""Differences, and trials of merges, that are remembered; all are of commits, which never change."""
STATUS = {"A": "added", "D": "deleted", "M": "modified", "R": "renamed", "C": "copied", "T": "type_changed"}


_Pair = tuple[int, int | None]
"""Two columns, or a column and its target."""


@dataclass(slots=True)
class _Column:
    """One session on its way: what the store knows, and what git said."""

    facts: ComparedSession
    of: KnownSession | None = None
    ends: tuple[Point, Point] | None = None
    target: str | None = None
    base: KeptPoint | None = None
    now: KeptPoint | None = None
    changed: Difference = field(default_factory=lambda: Difference(()))


class Comparing:
    """Compares; ``differences`` has the files of sessions at points."""

    def __init__(self, store: Store, differences: Differences) -> None:
        self._store = store
        self._differences = differences
        self._known: BoundedMap[tuple[str, str], Difference] = BoundedMap(SESSIONS)
        self._merges: BoundedMap[Merge, Merged] = BoundedMap(REMEMBERED)
        self._loose: BoundedMap[str, list[bytes]] = BoundedMap(REMEMBERED)

    async def run(self, wanted: Sequence[tuple[SessionId, PointName]]) -> Comparison:
        """Sessions, each at a point, as they were asked for.

        One outside of git, of another repo than the first or without checkpoints has a ``problem`` in place of figures.
        Raises NotFound.
        """
        columns = await self._store.read(lambda r: [_column(r, *one) for one in wanted])
        found = await self._looked_at(columns)
        return Comparison(
            sessions=tuple(column.facts for column in columns),
            files=tuple(itertools.islice(_files(found), MOST_FILES)),
            file_count=len({change.path for column in found for change in column.changed.changes}),
        )

    async def _looked_at(self, columns: list[_Column]) -> list[_Column]:
        """Those of the first session's repo, with what git says of them."""
        there = [column for column in columns if column.ends is not None and column.of is not None]
        if not there or there[0].of is None:
            return []
        repo = there[0].of.repo
        for column in there:
            if column.of is not None and column.of.repo.repo_id != repo.repo_id:
                other = f"It works in {column.of.repo.slug} and not in {repo.slug}, so its files are not compared."
                column.facts = msgspec.structs.replace(column.facts, problem=other)
        there = [column for column in there if column.facts.problem is None]
        try:
            await self._look(there)
        except (AgorError, OSError) as error:
            if len(there) == 1:
                there[0].facts = msgspec.structs.replace(there[0].facts, problem=str(error))
                return []
            return await self._without_lost(there)
        return there

    async def _without_lost(self, columns: list[_Column]) -> list[_Column]:
        """The same, when the files of one are not kept: each is tried alone first."""
        good = []
        for column in columns:
            try:
                async with self._differences.keeping(list(column.ends or ())):
                    good.append(column)
            except (AgorError, OSError) as error:
                column.facts = msgspec.structs.replace(column.facts, problem=str(error))
        if good:
            await self._look(good)
        return good

    async def _look(self, columns: list[_Column]) -> None:
        ends = [point for column in columns for point in column.ends or ()]
        shared = await self._store.read(lambda r: _shared(r, columns))
        async with self._differences.keeping([*ends, *shared.values()]) as kept:
            pairs = zip(kept.points[: len(ends) : 2], kept.points[1 : len(ends) : 2], strict=True)
            for column, (base, now) in zip(columns, pairs, strict=True):
                column.base, column.now = base, now
            await asyncio.gather(*(self._changed(kept, column) for column in columns))
            pasts = dict(zip(shared, (point.commit for point in kept.points[len(ends) :]), strict=True))
            await self._conflicts(kept, columns, pasts)

    async def _changed(self, kept: Kept, column: _Column) -> None:
        """What a session changed since its base, and what its branch does not have of that."""
        base, now = column.base, column.now
        if base is None or now is None:
            return
        known = self._known.get((base.commit, now.commit))
        if known is None:
            known = await difference(kept.where, base.commit, now.commit, store=kept.store)
            self._known.put((base.commit, now.commit), known)
        column.changed = known
        loose = await self._uncommitted(kept.store, base, now)
        column.facts = msgspec.structs.replace(
            column.facts,
            commit=now.commit,
            base=base.commit,
            ref=now.checkpoint.branch if now.checkpoint is not None else column.facts.ref,
            diffstat=diff.diffstat(known.changes),
            uncommitted=_named(loose),
            uncommitted_count=len(loose),
            note=now.note,
        )

    async def _uncommitted(self, store: ObjectStore, base: KeptPoint, now: KeptPoint) -> list[bytes]:
        """The paths at which the files differ from the commit that was checked out."""
        if now.commit == base.commit or (now.checkpoint is not None and not now.checkpoint.dirty):
            return []
        known = self._loose.get(now.commit)
        if known is None:
            asked = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", f"{now.commit}^1", now.commit, "--")
            known = fields(await store.git(*asked, borrow=True))
            self._loose.put(now.commit, known)
        return known

    async def _conflicts(self, kept: Kept, columns: list[_Column], pasts: Mapping[_Pair, str]) -> None:
        """What would conflict with the target of each session, and between each two of them."""
        targets = await _targets(kept, columns)
        merges: dict[_Pair, Merge] = {}
        met: dict[_Pair, tuple[bytes, ...]] = {}
        for number, column in enumerate(columns):
            target = targets.get(column.target or "")
            at_target = column.target == column.facts.ref or (column.base is not None and target == column.base.commit)
            if column.now is not None and target is not None and column.changed.changes and not at_target:
                merges[number, None] = Merge(target, column.now.commit)
        for (first, one), (second, other) in itertools.combinations(enumerate(columns), 2):
            past = pasts.get((first, second))
            if one.now is None or other.now is None or not meets(one.changed, other.changed):
                continue
            told = meeting(one.changed, other.changed) if past is None and one.facts.base == other.facts.base else None
            if told is not None:
                met[first, second] = told
            else:
                merges[first, second] = Merge(one.now.commit, other.now.commit, past)
        ran = await self._tried(kept.store, list(merges.values()))
        met |= {pair: ran[merge].conflicts for pair, merge in merges.items()}
        for (first, with_whom), paths in met.items():
            column = columns[first]
            if with_whom is None:
                column.facts = msgspec.structs.replace(column.facts, conflicts=_named(paths))
            elif paths:
                _note_meeting(column, columns[with_whom], _named(paths))
        for column in columns:
            target = column.target if column.target in targets and column.target != column.facts.ref else None
            column.facts = msgspec.structs.replace(column.facts, target=target)

    async def _tried(self, store: ObjectStore, merges: Sequence[Merge]) -> dict[Merge, Merged]:
        """What merges would give, as far as they can be tried: histories may have nothing in common."""
        found = {merge: known for merge in merges if (known := self._merges.get(merge)) is not None}
        lacking = [merge for merge in dict.fromkeys(merges) if merge not in found]
        try:
            tried = await try_merges(store, lacking)
        except GitFailed:
            tried = [await _alone(store, merge) for merge in lacking]
        for merge, merged in zip(lacking, tried, strict=True):
            self._merges.put(merge, merged)
            found[merge] = merged
        return found


def _note_meeting(one: _Column, other: _Column, paths: tuple[str, ...]) -> None:
    for mine, theirs in ((one, other), (other, one)):
        met = {**mine.facts.conflicts_with, theirs.facts.session_id: paths}
        mine.facts = msgspec.structs.replace(mine.facts, conflicts_with=met)


async def _alone(store: ObjectStore, merge: Merge) -> Merged:
    try:
        return (await try_merges(store, [merge]))[0]
    except GitFailed:
        return Merged(clean=False)


async def _targets(kept: Kept, columns: Sequence[_Column]) -> dict[str, str]:
    """The commits of the branches that the sessions' work is meant for, by name."""
    names = sorted({column.target for column in columns if column.target})
    if kept.where is None or not names:
        return {}
    asked = ("for-each-ref", "--format=%(objectname) %(refname:strip=2)", *(f"refs/heads/{name}" for name in names))
    lines = (await attempt(*asked, cwd=kept.where)).stdout.decode("utf-8", "replace").splitlines()
    return {name: commit for commit, _, name in (line.partition(" ") for line in lines)}


def _column(r: Reader, session_id: SessionId, point: PointName) -> _Column:
    session = sessions.get(r, session_id)
    of_session = tasks.of_session(r, session_id)
    facts = ComparedSession(
        session_id=session.session_id,
        short_id=session.short_id,
        title=session.title,
        agent=session.agent,
        model=session.model,
        status=session.status,
        ref=session.git_state.ref,
        task_count=session.task_count,
        seconds=round(sum(map(_seconds, of_session)), 3),
        usage=session.usage,
        check=session.check,
        last_words=_last_words(r, session),
    )
    try:
        of = points.known(r, session_id)
        ends = points.find(of, PointName("base")), points.find(of, point)
    except AgorError as error:
        return _Column(msgspec.structs.replace(facts, problem=str(error)))
    facts = msgspec.structs.replace(facts, point=ends[1].name)
    return _Column(facts, of, ends, target_of(session, of.repo))


def _seconds(task: Task) -> float:
    """The time that a task took; of one that runs, none yet."""
    if task.started_at is None or task.completed_at is None:
        return 0.0
    took = datetime.fromisoformat(task.completed_at) - datetime.fromisoformat(task.started_at)
    return max(0.0, took.total_seconds())


def _last_words(r: Reader, session: Session) -> str | None:
    """What the agent said last; of a session that failed, why."""
    if session.status is SessionStatus.FAILED and session.current is not None and session.current.error:
        return cut(session.current.error.strip(), LAST_WORDS)
    said = messages.last_said(r, session.session_id)
    return None if said is None else cut(said.text.strip(), LAST_WORDS)


def _shared(r: Reader, columns: Sequence[_Column]) -> dict[_Pair, Point]:
    """For each two sessions, of which one is a fork, the point up to which they have the same past."""
    found: dict[_Pair, Point] = {}
    for (first, one), (second, other) in itertools.combinations(enumerate(columns), 2):
        if one.of is not None and other.of is not None:
            point = lineage.common(r, one.of.session, other.of.session)
            if point is not None:
                found[first, second] = point
    return found


def _files(columns: Sequence[_Column]) -> Iterator[ComparedFile]:
    """Every file that one of the sessions changed, by path, with what each did."""
    by_path: defaultdict[bytes, dict[SessionId, FileInSession]] = defaultdict(dict)
    versions: defaultdict[bytes, dict[tuple[str | None, str | None], int]] = defaultdict(dict)
    for column in columns:
        for change in column.changed.changes:
            known = versions[change.path]
            version = known.setdefault((change.blob, change.new_mode), len(known))
            by_path[change.path][column.facts.session_id] = FileInSession(
                insertions=change.insertions,
                deletions=change.deletions,
                status=STATUS.get(change.status, "modified"),
                old_path=None if change.old_path is None else lossy(change.old_path),
                version=version,
            )
    for path in sorted(by_path):
        yield ComparedFile(path=lossy(path), within=by_path[path])


def _named(paths: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(lossy(path) for path in itertools.islice(paths, MOST_NAMED))
