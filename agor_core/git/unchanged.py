"""Files under filter programs that seem changed, as the programs do not run for us, and are as the index says."""

import asyncio
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from agor_core.git import lfs
from agor_core.git.conversion import Conversion
from agor_core.git.files import Survey, at
from agor_core.git.filters import allowed_filters
from agor_core.git.porcelain import REGULAR, IndexEntry, fields, index_entries, quoted
from agor_core.git.process import attempt, git

FILTER_TIMEOUT = 900.0
_UNDER_NONE = frozenset({b"unspecified", b"unset", b"set", b""})
_FEW = 50
"""Paths that git is asked for by name; of more it lists the whole index."""


async def under_filters(worktree: Path, conversion: Conversion, paths: Collection[bytes]) -> dict[bytes, str]:
    """By path, the filters that the attributes name for those of the paths that are under one."""
    if not conversion.config or not paths:
        return {}
    env = {"GIT_WORK_TREE": os.fspath(worktree)}
    said = await git("check-attr", "-z", "--stdin", "filter", cwd=worktree, stdin=_terminated(paths), env=env)
    pieces = fields(said)
    named = zip(pieces[::3], pieces[2::3], strict=True)
    return {path: os.fsdecode(driver) for path, driver in named if driver not in _UNDER_NONE}


async def unchanged(
    worktree: Path, index: Path, conversion: Conversion, env: Mapping[str, str], paths: Collection[bytes]
) -> set[bytes]:
    """Those of the paths whose files are as the ``index`` says, for what a filter makes of them.

    ``env`` is that of git with this index. A file that is as it was when the index was written is not read. Of the
    others a content of Git LFS is compared with its pointer, and the filters of the user's own config are asked.
    """
    drivers = await under_filters(worktree, conversion, paths)
    if not drivers:
        return set()
    entries = [one for one in await _entries(worktree, env, drivers) if one.path in drivers and one.mode in REGULAR]
    survey = Survey(worktree)
    same = await asyncio.to_thread(lambda: survey.untouched(entries, index.stat().st_mtime_ns))
    rest = [entry for entry in entries if entry.path not in same]
    of_lfs = [entry for entry in rest if drivers[entry.path] == lfs.DRIVER]
    others = [entry for entry in rest if drivers[entry.path] != lfs.DRIVER and at(worktree, entry.path).is_file()]
    return same | await _as_pointed(worktree, env, of_lfs) | await _as_filtered(worktree, env, others)


async def pointers(worktree: Path, env: Mapping[str, str], blobs: Iterable[str]) -> dict[str, lfs.Pointer]:
    """Those of the blobs that are pointers."""
    asked = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode()
    if not asked:
        return {}
    arguments = ("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer")
    sizes = (await git(*arguments, cwd=worktree, stdin=asked, env=env)).decode().splitlines()
    pairs = (line.partition(" ")[::2] for line in sizes)
    small = [name for name, size in pairs if size.isdecimal() and int(size) <= lfs.LARGEST_POINTER]
    output = await git(
        "cat-file", "--batch", "--buffer", cwd=worktree, stdin="".join(f"{name}\n" for name in small).encode(), env=env
    )
    found: dict[str, lfs.Pointer] = {}
    position = 0
    for name in small:
        begin = output.index(b"\n", position) + 1
        size = int(output[position : begin - 1].rsplit(b" ", 1)[-1])
        if (one := lfs.pointer(output[begin : begin + size])) is not None:
            found[name] = one
        position = begin + size + 1
    return found


async def _entries(worktree: Path, env: Mapping[str, str], paths: Collection[bytes]) -> list[IndexEntry]:
    named = [os.fsdecode(path) for path in paths] if len(paths) <= _FEW else []
    listing = ("--literal-pathspecs", "ls-files", "-z", "-t", "-s", "--debug", "--", *named)
    return index_entries(await git(*listing, cwd=worktree, env=env))


async def _as_pointed(worktree: Path, env: Mapping[str, str], entries: Sequence[IndexEntry]) -> set[bytes]:
    """Those whose content is what the pointer in the index names."""
    found = await pointers(worktree, env, (entry.blob for entry in entries))
    pairs = [(entry.path, found[entry.blob]) for entry in entries if entry.blob in found]
    return await asyncio.to_thread(lambda: {path for path, one in pairs if lfs.holds(at(worktree, path), one)})


async def _as_filtered(worktree: Path, env: Mapping[str, str], entries: Sequence[IndexEntry]) -> set[bytes]:
    """Those of which the user's own filters make what the index has; none where a filter cannot run."""
    if not entries:
        return set()
    config = (await allowed_filters(worktree, None)).config
    stdin = b"".join(quoted(entry.path) + b"\n" for entry in entries)
    arguments = ("hash-object", "--stdin-paths")
    said = await attempt(*arguments, cwd=worktree, stdin=stdin, env=env, config=config, timeout=FILTER_TIMEOUT)
    blobs = said.stdout.decode().split()
    if said.code != 0 or len(blobs) != len(entries):
        return set()
    return {entry.path for entry, blob in zip(entries, blobs, strict=True) if entry.blob == blob}


def _terminated(paths: Iterable[bytes]) -> bytes:
    return b"".join(path + b"\0" for path in paths)
