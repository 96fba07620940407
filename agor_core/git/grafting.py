"""Bring what changed from one tree to another into a third, which stands in a working tree, in the midst of work.

Each path is merged by itself, three ways: what changed from ``base`` to ``theirs`` is brought to what is there now.
HEAD, branch and index stay as they are, so that it is an uncommitted change. Either everything can be brought in or
nothing is: what conflicts is known beforehand, and so is a file in the way that no checkpoint holds.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agor_core.domain.graft import ConflictKind, OnConflict
from agor_core.errors import NotFound
from agor_core.git import hunks, restoring
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.conversion import conversion
from agor_core.git.durability import sync_files
from agor_core.git.files import at
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import GITLINK, REGULAR, Move, lossy, moves, printable, tree_entries
from agor_core.git.restoring import Contents, RestorePlan
from agor_core.git.snapshot import real_index
from agor_core.git.three_way import Labels, differ_by_line_ends, is_binary, merge

_DIFF = ("diff-tree", "-r", "-M", "-l1000", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv")
_HUNKS = (
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "-U3",
    "--inter-hunk-context=0",
    "--no-indent-heuristic",
)
Entry = tuple[bytes, str]
"""Mode and blob."""


@dataclass(frozen=True, slots=True)
class Scion:
    """What is to be brought in: the changes from ``base`` (a commit or tree) to ``theirs``.

    ``paths`` are files and folders of either; none stand for all. ``lines`` are ranges of lines of files as theirs has
    them: of those files only the hunks that show such a line.
    """

    base: str
    theirs: Checkpoint
    paths: Sequence[str] = ()
    lines: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class GraftPlan:
    """What has to be written and removed, and the ``conflicts``, of which some may have been ``settled`` as asked.

    ``merged`` are paths that both sides had changed, ``same`` those that are there already as they would become.
    """

    files: RestorePlan = field(default_factory=lambda: RestorePlan({}, (), ()))
    merged: list[bytes] = field(default_factory=list)
    same: list[bytes] = field(default_factory=list)
    conflicts: dict[bytes, ConflictKind] = field(default_factory=dict)
    settled: dict[bytes, ConflictKind] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.files.written or self.files.removed)


async def plan(
    store: ObjectStore,
    worktree: Path,
    now: Checkpoint,
    scion: Scion,
    labels: Labels,
    *,
    on_conflict: OnConflict = "refuse",
) -> GraftPlan:
    """What has to change in the working tree, of which ``now`` is a checkpoint.

    Raises NotFound for a path at which nothing changed, and GitFailed.
    """
    trees = (scion.base, now.tree, scion.theirs.tree)
    base, ours, theirs = [dict(found) for found in await asyncio.gather(*(_entries(store, tree) for tree in trees))]
    listing = await store.git(*_DIFF, scion.base, scion.theirs.tree, borrow=True)
    found = _Grafting(store, worktree, labels, on_conflict, base, ours, theirs)
    found.here, found.there = await asyncio.gather(
        restoring.contents_of(store, now), restoring.contents_of(store, scion.theirs)
    )
    await found.follow_renames(scion.base, now)
    left_out = frozenset(scion.theirs.left_out)
    for move in _chosen(moves(listing), [*scion.paths, *scion.lines], left_out, found.planned):
        await found.bring(move, next((scion.lines[name] for name in scion.lines if _names(move, name)), None))
    await asyncio.to_thread(found.fit)
    return found.planned


async def carry_out(store: ObjectStore, worktree: Path, planned: GraftPlan) -> RestorePlan:
    """Write and delete the files, and sync them; ``kept`` is what could not be, since it changed meanwhile.

    Raises GitFailed and OSError.
    """
    done = await restoring.carry_out(store, worktree, planned.files)
    files = [at(worktree, path) for path, (mode, _) in done.written.items() if mode in REGULAR]
    removed = [at(worktree, path) for path in done.removed]
    await asyncio.to_thread(sync_files, [worktree / ".git", *files, *removed])  # the first one is there for sure
    return done


@dataclass(slots=True)
class _Grafting:
    """One plan in the making: ``base``, ``ours`` and ``theirs`` as git stores files, ``here`` and ``there`` exact."""

    store: ObjectStore
    worktree: Path
    labels: Labels
    on_conflict: OnConflict
    base: Contents
    ours: Contents
    theirs: Contents
    here: Contents = field(default_factory=dict)
    there: Contents = field(default_factory=dict)
    renamed: dict[bytes, bytes] = field(default_factory=dict)
    wanted: dict[bytes, Entry | None] = field(default_factory=dict)
    planned: GraftPlan = field(default_factory=GraftPlan)

    async def follow_renames(self, base: str, now: Checkpoint) -> None:
        """Learn the new names that the files of the base have here."""
        if self.base.keys() - self.ours.keys():
            listing = await self.store.git(*_DIFF, base, now.tree, borrow=True)
            self.renamed = {move.old: move.new for move in moves(listing) if move.renames and move.old and move.new}

    async def bring(self, move: Move, ranges: Sequence[tuple[int, int]] | None) -> None:
        """Plan one change: of a file that was changed, added, deleted or renamed."""
        old, new = move.old, move.new
        here = self._place(move)
        before = None if old is None else self.base.get(old)
        theirs = None if new is None else self.theirs.get(new)
        mine = None if here is None else self.ours.get(here)
        path = new if new is not None and (old is None or new != old) else here or new or old or b""
        if any(entry is not None and entry[0] == GITLINK for entry in (before, theirs, mine)):
            self._conflict(path, ConflictKind.SUBMODULE)
            return
        if old in self.renamed and new not in (old, None) and self.renamed[old] != new:
            self._conflict(path, ConflictKind.RENAMED)
            return
        raw = None if new is None else self.there.get(new)
        if ranges is not None and before is not None and theirs is not None:
            theirs = (theirs[0], await self._with_hunks(before[1], theirs[1], ranges))
            raw = (theirs[0], await self._in_folder(path, theirs[1]))
            if theirs[1] == before[1]:
                raise NotFound("hunk", lossy(path), f"{printable(lossy(path))}: no change shows one of these lines.")
        if path != here and path in self.ours and old is not None:
            mine, here, before = self.ours[path], path, None
        await self._merge(path, here, before, mine, theirs, raw)

    def _place(self, move: Move) -> bytes | None:
        """The path that the file has here; None if it is not here."""
        if move.old is None:
            return move.new if move.new in self.ours else None
        place = move.old if move.old in self.ours else self.renamed.get(move.old)
        if place is None and move.new is not None and move.new in self.ours:
            return move.new
        return place

    async def _merge(
        self,
        path: bytes,
        here: bytes | None,
        before: Entry | None,
        mine: Entry | None,
        theirs: Entry | None,
        raw: Entry | None,
    ) -> None:
        """Decide what becomes of a path, by what it was, is here and became there."""
        if mine == theirs and (here in (None, path)):
            self.planned.same.append(path)
        elif mine == before:
            self._want(path, here, raw)
        elif mine is None or theirs is None or before is None:
            kind = ConflictKind.ADDED if before is None else ConflictKind.DELETED_HERE
            if mine is None and any(other.startswith(path + b"/") for other in self.ours):
                kind = ConflictKind.IN_THE_WAY
            self._settle(path, here, ConflictKind.DELETED_THERE if theirs is None else kind, raw)
        else:
            await self._merge_contents(path, here, before, mine, theirs, raw)

    async def _merge_contents(
        self, path: bytes, here: bytes | None, before: Entry, mine: Entry, theirs: Entry, raw: Entry | None
    ) -> None:
        """Both sides changed a file. ``here`` is where it stands now."""
        standing = self.here[here or path]
        mode = theirs[0] if mine[0] == before[0] else mine[0]
        if theirs[1] == before[1] and {mine[0], theirs[0]} <= REGULAR:
            self._want(path, here, (mode, standing[1]))
        elif mine[1] in (before[1], theirs[1]) and {mine[0], theirs[0]} <= REGULAR:
            self._want(path, here, (mode, (raw or theirs)[1]))
        elif not {before[0], mine[0], theirs[0]} <= REGULAR:
            self._settle(path, here, ConflictKind.TYPE, raw)
        else:
            contents = await restoring.read(self.store, [before[1], mine[1], theirs[1]])
            texts = [contents[entry[1]] for entry in (before, mine, theirs) if entry[1] in contents]
            if len(texts) < 3 or any(is_binary(text) for text in texts):
                self._settle(path, here, ConflictKind.BINARY, raw)
                return
            merged, count = await merge(texts[0], texts[1], texts[2], self.labels)
            if count:
                differ = await differ_by_line_ends(texts[0], texts[1], texts[2], self.labels)
                kind = ConflictKind.LINE_ENDS if differ else ConflictKind.LINES
                if self.on_conflict != "mark":
                    self._settle(path, here, kind, raw)
                    return
                self.planned.settled[path] = kind
            self.planned.merged.append(path)
            self._want(path, here, (mode, await self._in_folder(path, await self._stored(merged))))

    async def _with_hunks(self, old: str, new: str, ranges: Sequence[tuple[int, int]]) -> str:
        """The blob that has only some hunks of what changed."""
        known = hunks.hunks(await self.store.git(*_HUNKS, old, new, borrow=True))
        text = (await restoring.read(self.store, [old])).get(old, b"")
        return await self._stored(hunks.applied(text, hunks.chosen(known, ranges)))

    async def _stored(self, content: bytes) -> str:
        return (await self.store.git("hash-object", "-w", "--stdin", stdin=content)).decode().strip()

    async def _in_folder(self, path: bytes, blob: str) -> str:
        """The blob of the bytes that a checkout would write here for a blob, without filter programs."""
        index = replace(real_index(self.worktree, await conversion(self.worktree)), store=self.store)
        content = await index.git("cat-file", "--filters", f"--path={os.fsdecode(path)}", blob)
        return await self._stored(content)

    def _want(self, path: bytes, here: bytes | None, entry: Entry | None) -> None:
        if here is not None and here != path:
            self.wanted[here] = None
        self.wanted[path] = entry

    def _settle(self, path: bytes, here: bytes | None, kind: ConflictKind, raw: Entry | None) -> None:
        """A conflict: take the file as it is there if that was asked for, else name it."""
        if self.on_conflict == "take" and kind.can_be_taken:
            self.planned.settled[path] = kind
            self._want(path, here, raw)
        else:
            self._conflict(path, kind)

    def _conflict(self, path: bytes, kind: ConflictKind) -> None:
        self.planned.conflicts[path] = kind

    def fit(self) -> None:
        """Hold what is wanted against the working tree: what differs, and what stands in the way."""
        differing = {path: entry for path, entry in self.wanted.items() if self.here.get(path) != entry}
        self.planned.same += [path for path in self.wanted.keys() - differing.keys() if path in self.theirs]
        written = {path: entry for path, entry in differing.items() if entry is not None}
        removed = tuple(path for path, entry in differing.items() if entry is None)
        for path in written:
            if self._blocked(path, removed):
                self._conflict(path, ConflictKind.IN_THE_WAY)
        for path in differing.keys() - self.planned.conflicts.keys():
            if not restoring.may_go(self.worktree, path, self.here):
                self._conflict(path, ConflictKind.NOT_KEPT)
        self.planned.files = RestorePlan(written, removed, ())

    def _blocked(self, path: bytes, removed: Sequence[bytes]) -> bool:
        """Whether a file stands where a folder of the path has to be, or a folder that is not emptied in its place."""
        block = restoring.in_the_way(self.worktree, path)
        if block is not None:
            return block not in removed
        place = at(self.worktree, path)
        if not place.is_dir() or place.is_symlink():
            return False
        inside = [Path(folder) / name for folder, _, names in os.walk(place) for name in names]
        return any(os.fsencode(file.relative_to(self.worktree)) not in removed for file in inside)


async def _entries(store: ObjectStore, tree: str) -> dict[bytes, Entry]:
    """All files of a tree as git stores them, submodules included."""
    listing = await store.git("ls-tree", "-r", "-z", "--full-tree", tree, borrow=True)
    return {path: (mode, blob) for mode, blob, path in tree_entries(listing)}


def _chosen(known: list[Move], names: Sequence[str], left_out: frozenset[str], planned: GraftPlan) -> list[Move]:
    """The changes at the named files and below the named folders. Raises NotFound for a name without any."""
    if not names:
        return known
    found: list[Move] = []
    for name in names:
        inside = [move for move in known if _names(move, name, below=True)]
        large = [path for path in left_out if path == name or path.startswith(f"{name.rstrip('/')}/")]
        planned.conflicts |= {os.fsencode(path): ConflictKind.TOO_LARGE for path in large}
        if not inside and not large:
            raise NotFound("change", name, f"{printable(name)}: nothing is changed there that a checkpoint holds.")
        found += [move for move in inside if move not in found]
    return found


def _names(move: Move, name: str, *, below: bool = False) -> bool:
    """Whether a name is that of a changed file, before or after; or with ``below`` that of a folder of it."""
    wanted = os.fsencode(name).strip(b"/").removeprefix(b"./")
    paths = [path for path in (move.old, move.new) if path is not None]
    return any(
        path == wanted or (below and (wanted in (b"", b".") or path.startswith(wanted + b"/"))) for path in paths
    )
