"""The exact bytes of files that git converts, which differ from their blobs.

A checkpoint's tree holds what git would commit. A file with CRLF line ends, in an encoding, or under a filter has
other bytes than its blob; for those the checkpoint keeps a second tree with the bytes themselves. All of git's own
conversions change the size (CRLF and ``$Id$``) or show as an attribute (encoding, filter): so only few files are read.
"""

import os
from dataclasses import replace
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.conversion import Conversion
from agor_core.git.files import at, common_directory
from agor_core.git.porcelain import REGULAR, IndexEntry, Pending, fields, tree_entries
from agor_core.git.snapshot import Index, hash_as_is, list_entries

LARGEST_FILTERED = 4 * 1024 * 1024
"""Bytes; an unchanged file above it whose blob is what a filter program made of it (a Git LFS pointer) is not kept."""

_BATCH = 500
_UNDER_FILTERS = ":(exclude,attr:!filter)"
_BY_ATTRIBUTE = ":(exclude,attr:!filter !working-tree-encoding)"


def may_convert(index: Index, found: Pending, conversion: Conversion) -> bool:
    """Whether a file of this working tree may have other bytes than its blob; quick, and True if in doubt."""
    if conversion.everywhere or any(
        path.endswith((b".gitattributes", b"/")) for path in (*found.untracked, *found.tracked)
    ):
        return True
    content = index.file.read_bytes() if index.file.exists() else b""
    compressed_paths = content[4:8] == b"\0\0\0\4"
    return compressed_paths or b".gitattributes" in content or _attributes_elsewhere(index.worktree)


def _attributes_elsewhere(worktree: Path) -> bool:
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    own = common_directory(worktree) / "info/attributes"
    return any(file.exists() for file in (own, settings / "git/attributes", Path("/etc/gitattributes")))


async def exact_tree(index: Index) -> str | None:
    """A tree of just those files whose bytes differ from their blobs; None if there are none."""
    differing = await _differing(index)
    entries = [entry for entry in differing if _can_be_read(index.worktree, entry)]
    blobs = await hash_as_is(index, [entry.path for entry in entries]) if entries else []
    lines = [
        entry.mode + b" " + blob.encode() + b"\t" + entry.path + b"\0"
        for entry, blob in zip(entries, blobs, strict=True)
        if blob != entry.blob
    ]
    if not lines:
        return None
    own = replace(index, file=index.file.with_name("exact"))
    await own.git("update-index", "-z", "--index-info", stdin=b"".join(lines))
    return (await own.write("write-tree")).decode().strip()


async def restore_exactly(index: Index, exact: str | None, head: str) -> list[bytes]:
    """Restore the exact bytes of converted files after a checkout of a checkpoint's tree; returns their paths.

    A file under a filter program that is as in the commit ``head`` stays as the program made it.
    """
    made = await _made_by_filters(index, head)
    wanted = {entry.path: entry.blob for entry in await _differing(index) if entry.path not in made}
    if exact is not None:
        listing = tree_entries(await index.git("ls-tree", "-r", "-z", "--full-tree", exact))
        wanted |= {path: blob for _, blob, path in listing}
    paths = list(wanted)
    for start in range(0, len(paths), _BATCH):
        chosen = paths[start : start + _BATCH]
        output = await index.git(
            "cat-file", "--batch", stdin=b"".join(wanted[path].encode() + b"\n" for path in chosen)
        )
        position = 0
        for path in chosen:
            header_end = output.index(b"\n", position)
            size = int(output[position:header_end].rsplit(b" ", 1)[-1])
            _overwrite(index.worktree, path, output[header_end + 1 : header_end + 1 + size])
            position = header_end + 1 + size + 1
    return paths


async def _made_by_filters(index: Index, head: str) -> set[bytes]:
    """The files under filter programs that are as in ``head``."""
    under = set(fields(await index.git("ls-files", "-z", "--", ".", _UNDER_FILTERS)))
    if not under:
        return under
    names = ("diff-index", "--cached", "-z", "--name-only", "--no-renames", "--no-ext-diff", head, "--")
    return under - set(fields(await index.git(*names)))


async def _differing(index: Index) -> list[IndexEntry]:
    entries = [entry for entry in await list_entries(index) if entry.mode in REGULAR and not entry.skipped]
    if not entries:
        return []
    by_attribute = set(fields(await index.git("ls-files", "-z", "--", ".", _BY_ATTRIBUTE)))
    asked = b"".join(entry.blob.encode() + b"\n" for entry in entries)
    sizes = (await index.git("cat-file", "--batch-check=%(objectsize)", "--buffer", stdin=asked)).split(b"\n")
    return [
        entry
        for entry, size in zip(entries, sizes, strict=False)
        if entry.path in by_attribute or size != str(entry.size).encode()
    ]


def _can_be_read(worktree: Path, entry: IndexEntry) -> bool:
    file = at(worktree, entry.path)
    try:
        return file.lstat().st_size <= LARGEST_FILTERED and os.access(file, os.R_OK)
    except OSError:
        return False


def _overwrite(worktree: Path, path: bytes, content: bytes) -> None:
    file = at(worktree.resolve(), path)
    if file.parent.resolve() != file.parent:
        raise GitFailed("A folder of the checkpoint is a symbolic link in the working tree.")
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC), "wb") as stream:
        stream.write(content)
