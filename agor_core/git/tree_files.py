"""A file as it is in a tree: its lines, if it is text."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.diff import decoded
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import lossy, tree_entries
from agor_core.git.process import attempt, git

LARGEST = 20 * 1024 * 1024
"""Bytes; a larger file has no lines here."""
MOST_TOGETHER = 500
"""Files that are read together."""
_PROBED = 8000
"""Bytes in which git looks for a NUL, which text does not have."""
_GITLINK = b"160000"
_FOLDER = b"040000"
_PLAIN = re.compile(r"[ !-;=-~]+")
"""Paths of which there is one way to write them."""


@dataclass(frozen=True, slots=True)
class TreeFile:
    """``lines`` are without their ends, and None if it is no text: then ``kind`` says what it is.

    ``path`` is where it was found, as records write it.
    """

    lines: list[str] | None
    kind: str = "text"
    path: str = ""


async def read(repo: Path | None, store: ObjectStore, tree: str, path: str) -> TreeFile | None:
    """The file at a path from the tree's top, as records and diffs write it; None if there is none.

    Without ``repo`` the objects are read from the store alone. Raises GitFailed.
    """
    cwd, env = (store.path, store.itself) if repo is None else (repo, store.borrowing)
    env = {**env, "GIT_LITERAL_PATHSPECS": "1"}
    listed = await attempt("ls-tree", "-z", "--full-tree", tree, "--", path, cwd=cwd, env=env)
    entries = [one for one in tree_entries(listed.stdout) if lossy(one[2]) == path] if listed.code == 0 else []
    if not entries and not _PLAIN.fullmatch(path):
        listed = await attempt("ls-tree", "-r", "-z", "--full-tree", tree, cwd=cwd, env=env)
        entries = [one for one in tree_entries(listed.stdout) if path in _written(one[2])]
    if not entries or entries[0][0] == _FOLDER:
        return None
    mode, blob, name = entries[0]
    found = TreeFile(None, "a submodule") if mode == _GITLINK else await of_blob(repo, store, blob)
    return None if found is None else replace(found, path=lossy(name))


async def read_many(
    repo: Path | None, store: ObjectStore, tree: str, paths: Collection[str]
) -> dict[str, TreeFile | None]:
    """Those of the files that are there under just these paths, and not too large, by three commands."""
    cwd, env = (store.path, store.itself) if repo is None else (repo, store.borrowing)
    env = {**env, "GIT_LITERAL_PATHSPECS": "1"}
    named = [path for path in paths if _PLAIN.fullmatch(path)][:MOST_TOGETHER]
    if not named:
        return {}
    listed = await git("ls-tree", "-z", "--full-tree", tree, "--", *named, cwd=cwd, env=env)
    blobs = {lossy(name): blob for mode, blob, name in tree_entries(listed) if mode not in (_GITLINK, _FOLDER)}
    wanted = {path: blobs[path] for path in named if path in blobs}
    asked = "".join(f"{blob}\n" for blob in wanted.values()).encode()
    sizes = await git("cat-file", "--batch-check=%(objectsize)", "--buffer", stdin=asked, cwd=cwd, env=env)
    if sum(int(size) for size in sizes.split() if size.isdigit()) > LARGEST:
        return {}
    batch = await git("cat-file", "--batch", "--buffer", stdin=asked, cwd=cwd, env=env)
    return {path: replace(_text(content), path=path) for path, content in zip(wanted, _contents(batch), strict=True)}


async def of_blob(repo: Path | None, store: ObjectStore, blob: str) -> TreeFile | None:
    """The content of a blob; None if there is none. Raises GitFailed."""
    if not blob.strip("0"):
        return None
    cwd, env = (store.path, store.itself) if repo is None else (repo, store.borrowing)
    found = await attempt("cat-file", "blob", blob, cwd=cwd, env=env, limit=LARGEST)
    if found.cut:
        return TreeFile(None, "too large for comments on lines")
    if found.code != 0:
        raise GitFailed(f"The object {blob} cannot be read.")
    return _text(found.stdout)


def _contents(batch: bytes) -> Iterator[bytes]:
    """The contents that ``cat-file --batch`` prints. Raises GitFailed for an object that is missing."""
    at = 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        fields = batch[at:end].split(b" ")
        if len(fields) != 3:
            raise GitFailed(f"An object cannot be read: {batch[at:end].decode('utf-8', 'replace')}.")
        size = int(fields[2])
        yield batch[end + 1 : end + 1 + size]
        at = end + size + 2


def _written(name: bytes) -> set[str]:
    """The ways in which a name is written that is no plain text."""
    return {written.replace("\t", tab) for written in (lossy(name), decoded(name)) for tab in ("\t", "\u2409")}


def _text(content: bytes) -> TreeFile:
    if b"\0" in content[:_PROBED]:
        return TreeFile(None, "binary")
    lines = decoded(content).replace("\0", "\u2400").split("\n")
    if lines[-1] == "":
        lines.pop()
    return TreeFile([line.removesuffix("\r") for line in lines])
