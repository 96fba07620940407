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
from agor_core.git.durability import sync_files
from agor_core.git.files import at
from agor_core.git.filtered import stored_contents
from agor_core.git.filters import Filters
from agor_core.git.lfs import Pointer, pointer
from agor_core.git.made_blobs import in_folder, stored
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import GITLINK, REGULAR, Move, lossy, moves, printable, tree_entries
from agor_core.git.restoring import Contents, RestorePlan
from agor_core.git.scions import Change, Entry, Scion, chosen, ranges_of
from agor_core.git.three_way import Labels, Texts, differ_by_line_ends, is_binary, merge_all

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
    changes, large = chosen(scion, moves(listing))
    found.planned.conflicts |= dict.fromkeys(large, ConflictKind.TOO_LARGE)
    for move in changes:
        found.bring(move, ranges_of(scion, move))
    await found.take_hunks()
    await found.merge()
    standing = {path: found.here[path][1] for path in found.wanted if path in found.here}
    await asyncio.to_thread(found.fit, await stored_contents(store, worktree, standing))
    return found.planned


async def carry_out(
    store: ObjectStore, worktree: Path, planned: GraftPlan, theirs: Checkpoint, filters: Filters | None = None
) -> RestorePlan:
    """Write and delete the files, and sync them; ``kept`` is what could not be, since it changed meanwhile.

    Files that are taken whole from ``theirs`` are as the ``filters`` that are on make them. Raises GitFailed, OSError.
    """
    done = await restoring.carry_out(store, worktree, planned.files, wanted=theirs, filters=filters)
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
    in_part: list[tuple[Change, Sequence[tuple[int, int]]]] = field(default_factory=list)
    to_merge: list[Change] = field(default_factory=list)
    planned: GraftPlan = field(default_factory=GraftPlan)

    async def follow_renames(self, base: str, now: Checkpoint) -> None:
        """Learn the new names that the files of the base have here."""
        if self.base.keys() - self.ours.keys():
            listing = await self.store.git(*_DIFF, base, now.tree, borrow=True)
            self.renamed = {move.old: move.new for move in moves(listing) if move.renames and move.old and move.new}

    def bring(self, move: Move, ranges: Sequence[tuple[int, int]] | None) -> None:
        """Plan one change: of a file that was changed, added, deleted or renamed."""
        old, new = move.old, move.new
        here = self._place(move)
        before = None if old is None else self.base.get(old)
        theirs = None if new is None else self.theirs.get(new)
        mine = None if here is None else self.ours.get(here)
        path = new if new is not None and (old is None or new != old) else here or new or old or b""
        if any(entry is not None and entry[0] == GITLINK for entry in (before, theirs, mine)):
            self._conflict(path, ConflictKind.SUBMODULE)
        elif old in self.renamed and new not in (old, None) and self.renamed[old] != new:
            self._conflict(path, ConflictKind.RENAMED)
        else:
            one = Change(path, here, before, mine, theirs, None if new is None else self.there.get(new))
            if path != here and path in self.ours and old is not None:
                one = replace(one, mine=self.ours[path], here=path, before=None)
            if ranges is not None and before is not None and theirs is not None:
                self.in_part.append((one, ranges))
            else:
                self.decide(one)

    def _place(self, move: Move) -> bytes | None:
        """The path that the file has here; None if it is not here."""
        if move.old is None:
            return move.new if move.new in self.ours else None
        place = move.old if move.old in self.ours else self.renamed.get(move.old)
        if place is None and move.new is not None and move.new in self.ours:
            return move.new
        return place

    def decide(self, one: Change) -> None:
        """Decide what becomes of a path, by what it was, is here and became there."""
        mine, before, theirs = one.mine, one.before, one.theirs
        if mine == theirs and one.here in (None, one.path):
            self.planned.same.append(one.path)
        elif mine == before:
            self._want(one, one.raw)
        elif mine is None or theirs is None or before is None:
            kind = ConflictKind.ADDED if before is None else ConflictKind.DELETED_HERE
            if mine is None and any(other.startswith(one.path + b"/") for other in self.ours):
                kind = ConflictKind.IN_THE_WAY
            self._settle(one, ConflictKind.DELETED_THERE if theirs is None else kind)
        elif {mine[0], theirs[0]} <= REGULAR and theirs[1] == before[1]:
            self._want(one, (one.mode, self.here[one.here or one.path][1]))
        elif {mine[0], theirs[0]} <= REGULAR and mine[1] in (before[1], theirs[1]):
            self._want(one, (one.mode, (one.raw or theirs)[1]))
        elif not {before[0], mine[0], theirs[0]} <= REGULAR:
            self._settle(one, ConflictKind.TYPE)
        else:
            self.to_merge.append(one)

    async def take_hunks(self) -> None:
        """Make the files of which some hunks are wanted. Raises NotFound for lines that no hunk shows."""
        texts: list[bytes] = []
        for one, ranges in self.in_part:
            old, new = [entry[1] for entry in (one.before, one.theirs) if entry is not None] if one.before else ("", "")
            known = hunks.hunks(await self.store.git(*_HUNKS, old, new, borrow=True))
            wanted = hunks.chosen(known, ranges)
            if not wanted:
                name = printable(lossy(one.path))
                raise NotFound("hunk", name, f"{name}: no change shows one of these lines.")
            texts.append(hunks.applied((await restoring.read(self.store, [old])).get(old, b""), wanted))
        blobs = await stored(self.store, texts)
        paths = [one.path for one, _ in self.in_part]
        raw = await in_folder(self.store, self.worktree, dict(zip(paths, blobs, strict=True)))
        for (one, _), blob in zip(self.in_part, blobs, strict=True):
            mode = one.theirs[0] if one.theirs is not None else b"100644"
            self.decide(replace(one, theirs=(mode, blob), raw=(mode, raw[one.path])))

    async def merge(self) -> None:
        """Merge the files that both sides changed."""
        entries = [entry for one in self.to_merge for entry in (one.before, one.mine, one.theirs) if entry is not None]
        contents = await restoring.read(self.store, [blob for _, blob in entries])
        texts: dict[bytes, Texts] = {}
        for one in self.to_merge:
            found = [contents.get(entry[1]) for entry in (one.before, one.mine, one.theirs) if entry is not None]
            if any(text is None or is_binary(text) or pointer(text) for text in found):
                self._settle(one, ConflictKind.BINARY)
            else:
                texts[one.path] = Texts(*(text for text in found if text is not None))
        ran = dict(zip(texts, await merge_all(list(texts.values()), self.labels), strict=True))
        made: dict[bytes, bytes] = {}
        for one in self.to_merge:
            if one.path in ran:
                merged, count = ran[one.path]
                if not count or await self._marks(one, texts[one.path]):
                    made[one.path] = merged
        blobs = dict(zip(made, await stored(self.store, list(made.values())), strict=True))
        raw = await in_folder(self.store, self.worktree, blobs)
        for one in self.to_merge:
            if one.path in made:
                self.planned.merged.append(one.path)
                self._want(one, (one.mode, raw[one.path]))

    async def _marks(self, one: Change, texts: Texts) -> bool:
        """Whether the conflicts in a text are to stay in it, marked."""
        differ = await differ_by_line_ends(texts, self.labels)
        kind = ConflictKind.LINE_ENDS if differ else ConflictKind.LINES
        if self.on_conflict == "mark":
            self.planned.settled[one.path] = kind
            return True
        self._settle(one, kind)
        return False

    def _want(self, one: Change, entry: Entry | None) -> None:
        if one.here is not None and one.here != one.path:
            self.wanted[one.here] = None
        self.wanted[one.path] = entry

    def _settle(self, one: Change, kind: ConflictKind) -> None:
        """A conflict: take the file as it is there if that was asked for, else name it."""
        if self.on_conflict == "take" and kind.can_be_taken:
            self.planned.settled[one.path] = kind
            self._want(one, one.raw)
        else:
            self._conflict(one.path, kind)

    def _conflict(self, path: bytes, kind: ConflictKind) -> None:
        self.planned.conflicts[path] = kind

    def fit(self, contents: Mapping[bytes, Pointer]) -> None:
        """Hold what is wanted against the working tree: what differs, and what stands in the way."""
        differing = {path: entry for path, entry in self.wanted.items() if self.here.get(path) != entry}
        self.planned.same += [path for path in self.wanted.keys() - differing.keys() if path in self.theirs]
        written = {path: entry for path, entry in differing.items() if entry is not None}
        removed = tuple(path for path, entry in differing.items() if entry is None)
        for path in written:
            if self._blocked(path, removed):
                self._conflict(path, ConflictKind.IN_THE_WAY)
        for path in differing.keys() - self.planned.conflicts.keys():
            if not restoring.may_go(self.worktree, path, self.here, contents):
                self._conflict(path, ConflictKind.NOT_KEPT)
        fitting = {path: entry for path, entry in written.items() if path not in self.planned.conflicts}
        gone = tuple(path for path in removed if path not in self.planned.conflicts)
        self.planned.files = RestorePlan(fitting, gone, ())

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
