"""Checkpoints: keep a working tree as a commit in a store of our own, and restore it.

The commit's tree is what git would commit of all tracked and untracked files, without the ignored ones; its first
parent is HEAD. Further parents hold the bytes of files that git's conversions would not give back, and the index's
tree where something is staged. The user's repository is only ever read: index, HEAD, branches, files, stash, config,
objects and refs.

Not kept: empty folders, ignored files, files over the limits, what is uncommitted inside of a submodule, which files
are in conflict, and the history of an untracked repository inside of the working tree (its files are plain files).
"""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import Conflict, GitFailed, NoCommits
from agor_core.git import checkpoint_message
from agor_core.git.checkpoint_message import IDENTITY, Facts
from agor_core.git.conversion import conversion
from agor_core.git.durability import SYNCED, sync, sync_head, sync_worktree
from agor_core.git.exact import exact_tree, may_convert, restore_exactly
from agor_core.git.files import SizeLimits, git_directory
from agor_core.git.hidden import show_hidden
from agor_core.git.ignored import few_ignored
from agor_core.git.location import check_unborn, damaged
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import GITLINK, fields, lossy, printable, tree_entries
from agor_core.git.process import attempt, failure, git
from agor_core.git.retention import keep_history, keep_objects, missing
from agor_core.git.snapshot import (
    Index,
    capture,
    list_entries,
    list_pending,
    real_index,
    revert,
    scratch_index,
    untouched,
)
from agor_core.git.staging import keep_staged, stage_again
from agor_core.git.unborn import beginning, is_beginning

_SHOWN = 5
_COARSEST_CLOCK = 2.0
"""Seconds; most builds of git compare the times of files by the second."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A kept working tree: its ``commit`` and ``tree``, and the ``head`` and ``branch`` (None: detached) at that time.

    ``dirty`` is whether the tree differs from head's; ``exact`` is the tree of bytes that git would convert; ``staged``
    is the tree of the index, if it is not head's; ``left_out`` are paths that are as in head for being too large.
    ``born`` is False where nothing was committed yet; then ``head`` is an empty commit of the store's own.
    """

    commit: str
    tree: str
    head: str
    branch: str | None
    dirty: bool
    exact: str | None = None
    staged: str | None = None
    left_out: tuple[str, ...] = ()
    born: bool = True

    @property
    def sha_label(self) -> str | None:
        """The commit that was checked out, with ``-dirty`` if the tree differed from it; None if there was none."""
        if not self.born:
            return None
        return f"{self.head}-dirty" if self.dirty else self.head


@dataclass(frozen=True, slots=True)
class _Trees:
    """The parts of a checkpoint."""

    files: str
    exact: str | None
    staged: str | None
    left_out: tuple[bytes, ...]
    nested: bool = False


async def take(
    store: ObjectStore,
    worktree: Path,
    ref: str,
    *,
    limits: SizeLimits | None = None,
    everything: bool = False,
    remember: Path | None = None,
) -> Checkpoint:
    """Keep the working tree (its top folder) under ``ref`` of the store, which is made or moved; synced to the disk.

    Works in the middle of a merge or rebase, and while another git holds the index's lock. A tree that was kept before
    adds no object. With ``everything`` it holds files that git was told not to look at, and ignored ones where they are
    few. The file ``remember`` becomes the index of what was kept, unless that holds an untracked repository's files.

    Raises:
        GitFailed: not a working tree, or git could not read it or write the store.
    """
    git_directory(worktree)
    born, settings = await asyncio.gather(_head_if_born(worktree), conversion(worktree))
    head, head_tree, branch = born or await beginning(store, worktree)
    await keep_history(store, head)
    await asyncio.to_thread(sync_head, worktree)
    with scratch_index(worktree, settings, store, head=head) as index:
        trees = await _kept(index, store, head_tree, limits or SizeLimits(), everything=everything)
        if remember is not None and not trees.nested and index.file.is_file():
            await asyncio.to_thread(shutil.copy2, index.file, remember)
    commit = await _commit(store, worktree, head, branch, trees)
    await store.git("update-ref", "--", ref, commit)
    await asyncio.to_thread(sync, (store.path / ref).parent)
    left_out = checkpoint_message.names(trees.left_out[: checkpoint_message.MOST_LEFT_OUT])
    name = lossy(branch) if branch is not None else None
    return Checkpoint(
        commit,
        trees.files,
        head,
        name,
        trees.files != head_tree,
        trees.exact,
        trees.staged,
        left_out,
        born=born is not None,
    )


async def load(store: ObjectStore, ref_or_commit: str) -> Checkpoint:
    """Read a checkpoint back. Raises GitFailed if there is none, or it is no checkpoint."""
    unusable = GitFailed(f"There is no checkpoint {printable(ref_or_commit)}.")
    if "\n" in ref_or_commit:
        raise unusable
    names = [f"{ref_or_commit}{suffix}" for suffix in ("^{commit}", "^1^{commit}", "^2^{tree}", "^3^{tree}")]
    asked = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    contents, headers = await asyncio.gather(
        store.git("cat-file", "--batch", stdin=asked, borrow=True),
        store.git("cat-file", "--batch-check", stdin=asked, borrow=True),
    )
    commit, head, *further = (_found(line) for line in headers.split(b"\n")[:4])
    if commit is None or head is None:
        raise unusable
    own, rest = _content(contents)
    parent, _ = _content(rest)
    tree, head_tree = (text.split(b"\n", 1)[0].removeprefix(b"tree ").decode() for text in (own, parent))
    facts = checkpoint_message.read(own.partition(b"\n\n")[2])
    if facts is None:
        raise unusable
    exact = next((found for found in further if found is not None and found != facts.staged), None)
    branch = lossy(facts.branch) if facts.branch is not None else None
    left_out = checkpoint_message.names(facts.left_out)
    born = not is_beginning(parent)
    return Checkpoint(commit, tree, head, branch, tree != head_tree, exact, facts.staged, left_out, born)


async def check_whole(store: ObjectStore, checkpoint: Checkpoint) -> None:
    """Raises GitFailed, naming the files, if objects of the checkpoint are lost."""
    trees = [tree for tree in (checkpoint.tree, checkpoint.exact, checkpoint.staged) if tree is not None]
    try:
        listings = [await store.git("ls-tree", "-r", "-z", "--full-tree", tree, borrow=True) for tree in trees]
    except GitFailed as error:
        raise GitFailed(
            f"The checkpoint {checkpoint.commit[:10]} cannot be restored: a list of its files is lost.",
            stderr=error.stderr,
        ) from error
    paths = {blob: path for listing in listings for mode, blob, path in tree_entries(listing) if mode != GITLINK}
    lost = sorted(printable(lossy(paths[blob])) for blob in await missing(store, paths, borrow=True))
    if lost:
        more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        raise GitFailed(
            f"The checkpoint {checkpoint.commit[:10]} cannot be restored, for these files are lost: "
            f"{', '.join(lost[:_SHOWN])}{more}."
        )


async def restore(store: ObjectStore, worktree: Path, checkpoint: Checkpoint) -> None:
    """Make a fresh working tree that stands at ``checkpoint.head`` the checkpoint's, with what was staged staged.

    What was untracked is untracked again: the files are written by way of an index of ours.

    Raises:
        Conflict: the working tree stands elsewhere, or is not fresh; it was left as it is.
        GitFailed: git could not read the checkpoint or write the files.
    """
    (head, _, _), settings = await asyncio.gather(_head(worktree), conversion(worktree))
    if head != checkpoint.head:
        raise Conflict(f"The working tree {worktree} stands at {head[:10]}, not at {checkpoint.head[:10]}.")
    with scratch_index(worktree, settings, store) as index:
        found = await list_pending(index)
        if found.tracked.keys() - await untouched(index, found) or found.untracked:
            raise Conflict(f"The working tree {worktree} is not fresh: it holds changes of its own.")
        converts = checkpoint.exact is not None or may_convert(index, found, settings)
        if found.tracked:
            await asyncio.to_thread(_trust_times, index)
        if checkpoint.dirty:
            await index.git("read-tree", "--reset", "-u", checkpoint.tree)
            if settings.sparse:
                await _show_changed(index, checkpoint)
        if converts or may_convert(index, found, settings):
            await _look_again(
                real_index(worktree, settings), await restore_exactly(index, checkpoint.exact, checkpoint.head)
            )
        if checkpoint.staged is not None:
            await stage_again(worktree, index, store, checkpoint.head, checkpoint.staged)
    await asyncio.to_thread(sync_worktree, worktree)


async def _kept(index: Index, store: ObjectStore, head_tree: str, limits: SizeLimits, *, everything: bool) -> _Trees:
    """Store the files, exact bytes and staged content."""
    settings = index.conversion
    if everything:
        await show_hidden(index)
    found, staged = await asyncio.gather(list_pending(index), keep_staged(index, store, limits))
    ignored, left = await few_ignored(index) if everything else ([], [])
    if staged.left_out:
        await revert(index, staged.left_out)
    left_out = {*staged.left_out, *left, *await capture(index, found, limits, ignored=ignored)}
    changed = staged.changed or found.tracked or found.untracked or ignored
    files = await _tree(index, store) if changed else head_tree
    exact = await exact_tree(index) if may_convert(index, found, settings) else None
    nested = any(path.endswith(b"/") for path in found.untracked)
    return _Trees(files, exact, staged.tree if staged.tree != head_tree else None, tuple(sorted(left_out)), nested)


async def _tree(index: Index, store: ObjectStore) -> str:
    """The index as a tree, whole in the store."""
    try:
        return (await index.write("write-tree")).decode().strip()
    except GitFailed:  # an index that is not HEAD with changes, as with replaced objects
        entries = await list_entries(index)
        await keep_objects(store, [entry.blob for entry in entries if entry.mode != GITLINK])
        return (await index.write("write-tree")).decode().strip()


def _trust_times(index: Index) -> None:
    """Make git believe an index of ours about files that are as young: it would write what is unchanged anew."""
    later = index.file.stat().st_mtime + _COARSEST_CLOCK
    os.utime(index.file, (later, later))


async def _look_again(index: Index, paths: list[bytes]) -> None:
    """Make git compare contents: it takes a file of another size than in the index for changed without reading it."""
    rewritten = set(paths)
    lines = [
        entry.mode + b" " + entry.blob.encode() + b"\t" + entry.path + b"\0"
        for entry in (await list_entries(index) if rewritten else [])
        if entry.path in rewritten
    ]
    if lines:
        await index.write("update-index", "-z", "--index-info", stdin=b"".join(lines))


async def _show_changed(index: Index, checkpoint: Checkpoint) -> None:
    """In a sparse checkout, files that the checkpoint changed are there even outside of its patterns."""
    listing = fields(await index.git("ls-files", "-z", "-t"))
    hidden = {entry[2:] for entry in listing if entry.startswith(b"S ")}
    changed = fields(
        await index.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", checkpoint.head, checkpoint.tree)
    )
    paths = b"".join(path + b"\0" for path in changed if path in hidden)
    if paths:
        await index.git("update-index", "--no-skip-worktree", "-z", "--stdin", stdin=paths)
        await index.git("checkout-index", "-f", "-z", "--stdin", stdin=paths)


async def _head_if_born(worktree: Path) -> tuple[str, str, bytes | None] | None:
    """HEAD, or None where nothing was committed yet."""
    try:
        return await _head(worktree)
    except NoCommits:
        return None


async def _head(worktree: Path) -> tuple[str, str, bytes | None]:
    found = await attempt("rev-parse", "HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD", cwd=worktree)
    if found.code != 0:
        symbolic = await attempt("symbolic-ref", "-q", "HEAD", cwd=worktree)
        if symbolic.code == 0:
            await check_unborn(worktree, lossy(symbolic.stdout.strip()).removeprefix("refs/heads/"))
            raise NoCommits(worktree)
        if b"No such ref: HEAD" in symbolic.stderr:
            raise damaged(worktree, None)
        raise failure(found, "rev-parse")
    commit, tree, name = found.stdout.splitlines()
    branch = name.removeprefix(b"refs/heads/") if name.startswith(b"refs/heads/") else None
    return commit.decode(), tree.decode(), branch


async def _commit(store: ObjectStore, worktree: Path, head: str, branch: bytes | None, trees: _Trees) -> str:
    parents = [head]
    for tree, holds in ((trees.exact, b"Bytes of files that git converts"), (trees.staged, b"What was staged")):
        if tree is not None:
            parents.append(await _commit_tree(store, worktree, tree, [], holds))
    message = checkpoint_message.write(Facts(branch, trees.staged, trees.left_out))
    return await _commit_tree(store, worktree, trees.files, parents, message)


async def _commit_tree(store: ObjectStore, worktree: Path, tree: str, parents: list[str], message: bytes) -> str:
    named = [argument for parent in parents for argument in ("-p", parent)]
    env = {**IDENTITY, **store.alone}
    written = await git("commit-tree", tree, *named, cwd=worktree, stdin=message, env=env, config=SYNCED)
    return written.decode().strip()


def _content(batch: bytes) -> tuple[bytes, bytes]:
    """The first object's content in the output of ``cat-file --batch``, and what comes after it."""
    header, _, rest = batch.partition(b"\n")
    size = int(header.rsplit(b" ", 1)[-1])
    return rest[:size], rest[size + 1 :]


def _found(header: bytes) -> str | None:
    words = header.split(b" ")
    return words[0].decode() if len(words) == 3 and words[1] in {b"commit", b"tree"} else None
