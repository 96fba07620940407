"""A working tree as a git tree, by way of an index of our own; the user's index is only read.

Our index begins as a copy of theirs, modification time included, because what git knows about unchanged files (and
how far it trusts that) is in there. Not ``git add -A``: it would look into submodules by running git there, and would
record an untracked repository as a link to a commit that exists nowhere else.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from stat import S_ISDIR

from agor_core.errors import GitFailed
from agor_core.git.conversion import Conversion
from agor_core.git.durability import SYNCED, sync_loose
from agor_core.git.files import SizeLimits, Survey, at, git_directory
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import IndexEntry, Pending, fields, index_entries, pending, quoted, tree_entries
from agor_core.git.process import git
from agor_core.git.unchanged import unchanged

HASHING_TIMEOUT = 900.0
LARGEST_NESTED = 10_000
DEEPEST_NESTED = 3
SCRATCH = "agor-index-"
DEAD_AFTER = 4 * HASHING_TIMEOUT
"""Seconds; an older copy of an index is not in use."""
_BATCH = 500
_TRIES = 5
_FEW = 50
"""Paths that git is asked for by name; of more it lists all."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index over a working tree, with git's options to use it; ``head`` is the commit that it is held against."""

    worktree: Path
    file: Path
    conversion: Conversion
    store: ObjectStore | None = None
    head: str = "HEAD"

    @property
    def reading(self) -> dict[str, str]:
        """The environment of git on this index, with the objects of the ``store`` too."""
        return self._here | ({} if self.store is None else self.store.borrowing)

    @property
    def _here(self) -> dict[str, str]:
        return {"GIT_INDEX_FILE": os.fspath(self.file), "GIT_WORK_TREE": os.fspath(self.worktree)}

    async def git(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Run git on this index and this working tree, whatever ``core.worktree`` says, without filter programs.

        With a ``store``, objects are read from it too.
        """
        return await self._git(arguments, stdin, {} if self.store is None else self.store.borrowing, ())

    async def write(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Run git so that every object that it needs is in the ``store`` afterwards, synced.

        Raises GitFailed where it needs one that the store does not have.
        """
        return await self._git(arguments, stdin, {} if self.store is None else self.store.alone, SYNCED)

    async def write_unsynced(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Like :meth:`write`, for a caller that syncs what was written."""
        return await self._git(arguments, stdin, {} if self.store is None else self.store.alone, ())

    async def _git(
        self,
        arguments: tuple[str, ...],
        stdin: bytes | None,
        env: Mapping[str, str],
        config: tuple[tuple[str, str], ...],
    ) -> bytes:
        return await git(
            *arguments,
            cwd=self.worktree,
            stdin=stdin,
            env={**self._here, **env},
            config=(*self.conversion.config, *config),
            timeout=HASHING_TIMEOUT,
        )


def real_index(worktree: Path, conversion: Conversion) -> Index:
    """The working tree's own index: only to be read, but in a worktree that we made."""
    return Index(worktree, git_directory(worktree) / "index", conversion)


@contextmanager
def scratch_index(
    worktree: Path, conversion: Conversion, store: ObjectStore | None = None, *, head: str = "HEAD"
) -> Iterator[Index]:
    """A copy of the working tree's index (none if there is none), for as long as the block runs."""
    theirs = git_directory(worktree) / "index"
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as folder:
        ours = Path(folder) / "index"
        if theirs.exists():
            shutil.copy2(theirs, ours)
        yield Index(worktree, ours, conversion, store, head)


def sweep() -> None:
    """Delete the copies of an index that a process of this user had made when it was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid == os.getuid() and S_ISDIR(found.st_mode) and time.time() - found.st_mtime > DEAD_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


async def list_pending(index: Index) -> Pending:
    """The differences between files and index: changed, in conflict, gone, untracked and not ignored.

    ``diff-files`` looks at the files of a large tree on several processors, and ``ls-files`` does not; what the first
    takes for changed by its times, the second compares.
    """
    untracked, listed = await asyncio.gather(
        index.git("ls-files", "-z", "-t", "-o", "--exclude-standard"),
        index.git("diff-files", "-z", "--name-only", "--no-ext-diff", "--ignore-submodules=dirty"),
    )
    seeming = dict.fromkeys(fields(listed))
    if not seeming:
        return pending(untracked)
    named = [os.fsdecode(path) for path in seeming] if len(seeming) <= _FEW else []
    tracked = await index.git("--literal-pathspecs", "ls-files", "-z", "-t", "-u", "-m", "-d", "--", *named)
    return pending(untracked + tracked)


async def list_entries(index: Index) -> list[IndexEntry]:
    """The entries of the index, with the remembered state of their files; without conflicts."""
    return index_entries(await index.git("ls-files", "-z", "-t", "-s", "--debug"))


async def untouched(index: Index, found: Pending) -> set[bytes]:
    """Files that seem changed only because their filter program does not run for us."""
    return await unchanged(index.worktree, index.file, index.conversion, index.reading, found.tracked.keys())


async def capture(index: Index, found: Pending, limits: SizeLimits, *, ignored: Sequence[bytes] = ()) -> list[bytes]:
    """Make the index say what the files say, of which ``found`` differ; the paths that were left out for their size.

    ``ignored`` files are taken in as well.

    When git cannot (a file that its attributes call UTF-16 and that is not), contents are taken as they are; when
    files come and go meanwhile, it is tried again.
    """
    for attempts_left in reversed(range(_TRIES)):
        found = replace(found, untracked=(*found.untracked, *ignored))
        try:
            return await _take_in(index, found, limits, as_is=attempts_left < _TRIES - 1)
        except GitFailed:
            if not attempts_left:
                raise
        found = await list_pending(index)
    return []


async def revert(index: Index, paths: Sequence[bytes]) -> None:
    """Reset these paths of the index to HEAD."""
    await index.git("update-index", "--force-remove", "-z", "--stdin", stdin=_terminated(paths))
    lines: list[bytes] = []
    for start in range(0, len(paths), _BATCH):
        chosen = [os.fsdecode(path) for path in paths[start : start + _BATCH]]
        listing = await index.git(
            "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", index.head, "--", *chosen
        )
        lines += [mode + b" " + blob.encode() + b"\t" + path + b"\0" for mode, blob, path in tree_entries(listing)]
    if lines:
        await index.git("update-index", "-z", "--index-info", stdin=b"".join(lines))


async def hash_as_is(index: Index, paths: Iterable[bytes]) -> list[str]:
    """Store regular files with the bytes that they have, past all conversions; the blobs.

    ``git hash-object`` would flush the disk once for each file, whatever ``core.fsyncMethod`` says.
    """
    stdin = b"".join(quoted(path) + b"\n" for path in paths)
    written = await index.write_unsynced("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=stdin)
    blobs = written.decode().split()
    if index.store is not None:
        await asyncio.to_thread(sync_loose, index.store.objects, blobs)
    return blobs


async def _take_in(index: Index, found: Pending, limits: SizeLimits, *, as_is: bool) -> list[bytes]:
    survey = Survey(index.worktree)
    added, removed = await asyncio.to_thread(survey.sort, found)
    same = await untouched(index, found)
    added = [path for path in added if path not in same]
    for folder in (path for path in found.untracked if path.endswith(b"/")):
        added += await _inside_nested(survey, folder, DEEPEST_NESTED)
    added, left_out = await asyncio.to_thread(survey.within, added, limits)
    if left_out:
        await revert(index, left_out)
    if added and as_is:
        regular = survey.regular(added)
        added = [path for path in added if path not in regular]
        blobs = await hash_as_is(index, regular)
        entries = (
            f"{mode} {blob}\t".encode() + path for (path, mode), blob in zip(regular.items(), blobs, strict=True)
        )
        await index.git("update-index", "-z", "--index-info", stdin=_terminated(entries))
    if added:
        await index.write("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=_terminated(added))
    if removed:
        await index.git("update-index", "--force-remove", "-z", "--stdin", stdin=_terminated(removed))
    return left_out


async def _inside_nested(survey: Survey, folder: bytes, depth: int) -> list[bytes]:
    """The files of an untracked repository inside the working tree, as plain files and without its own ignored ones.

    Left out where git does not trust it, or when it is huge.
    """
    inner = at(survey.worktree, folder)
    try:
        output = await git(
            "ls-files", "-z", "-c", "-o", "--exclude-standard", cwd=inner, env={"GIT_WORK_TREE": os.fspath(inner)}
        )
    except GitFailed:
        return []
    names = sorted(set(fields(output)))
    if len(names) > LARGEST_NESTED:
        return []
    files, _ = survey.sort(Pending(untracked=tuple(folder + name for name in names)))
    if depth > 1:
        for name in names:
            if name.endswith(b"/"):
                files += await _inside_nested(survey, folder + name, depth - 1)
    return files


def _terminated(entries: Iterable[bytes]) -> bytes:
    return b"".join(entry + b"\0" for entry in entries)
