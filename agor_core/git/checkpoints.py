"""Checkpoints: a working tree as a commit under a hidden ref, and back.

The commit's tree is what git would commit of all tracked and untracked files, without the ignored ones; its first
parent is HEAD. A second parent, if there is one, holds the bytes of files that git's conversions would not give back.
The user's index, HEAD, branches, files, stash and config are only ever read.

Not kept: empty folders, ignored files, what is uncommitted inside of a submodule, and the history of an untracked
repository inside of the working tree (its files are kept as plain files).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import Conflict, GitFailed
from agor_core.git.conversion import conversion
from agor_core.git.exact import exact_tree, may_convert, restore_exactly
from agor_core.git.files import git_directory
from agor_core.git.porcelain import fields, lossy, printable
from agor_core.git.process import attempt, failure, git
from agor_core.git.snapshot import Index, capture, list_entries, list_pending, real_index, scratch_index

_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Agor"), ("EMAIL", "agor@localhost"))
}
_BRANCH = b"Agor-Branch: "
"""Opens the message's last line, which every checkpoint has; nothing follows it when HEAD was detached."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A kept working tree: its ``commit`` and ``tree``, and the ``head`` and ``branch`` (None: detached) of the moment.

    ``dirty`` is whether the tree differs from head's; ``exact`` is the tree of bytes that git would convert.
    """

    commit: str
    tree: str
    head: str
    branch: str | None
    dirty: bool
    exact: str | None = None

    @property
    def sha_label(self) -> str:
        """The commit that was checked out, with ``-dirty`` if the tree differed from it."""
        return f"{self.head}-dirty" if self.dirty else self.head


async def take(worktree: Path, ref: str, *, message: str) -> Checkpoint:
    """Keep the working tree (its top folder) under ``ref``, which is made or moved.

    Works in the middle of a merge or rebase, and while another git holds the index's lock.

    Raises:
        GitFailed: not a working tree, no commits yet, or git could not read or write it.
    """
    git_directory(worktree)
    (head, head_tree, branch), settings = await asyncio.gather(_head(worktree), conversion(worktree))
    with scratch_index(worktree, settings) as index:
        found = await capture(index)
        tree = (await index.git("write-tree")).decode().strip()
        exact = await exact_tree(index) if may_convert(index, found, settings) else None
    parents = [head]
    if exact is not None:
        parents.append(await _commit(worktree, exact, [], "Bytes of files that git converts"))
    lines = [printable(line) for line in message.splitlines()]
    text = "\n".join([*lines, "", f"{_BRANCH.decode()}{branch or ''}"])
    commit = await _commit(worktree, tree, parents, text)
    await git("update-ref", "--", ref, commit, cwd=worktree, config=[("core.logAllRefUpdates", "false")])
    return Checkpoint(commit, tree, head, branch, tree != head_tree, exact)


async def load(repo: Path, ref_or_commit: str) -> Checkpoint:
    """Read a checkpoint back. Raises GitFailed if there is none, or it is no checkpoint."""
    asked = f"{ref_or_commit}^{{commit}}\n{ref_or_commit}^1^{{commit}}\n{ref_or_commit}^2^{{tree}}\n"
    unusable = GitFailed(f"There is no checkpoint {printable(ref_or_commit)} in {repo}.")
    if "\n" in ref_or_commit:
        raise unusable
    kept, headers = await asyncio.gather(
        git("cat-file", "--batch", cwd=repo, stdin=asked.encode("utf-8", "surrogateescape")),
        git("cat-file", "--batch-check", cwd=repo, stdin=asked.encode("utf-8", "surrogateescape")),
    )
    commit, head, exact = (_found(line) for line in headers.split(b"\n")[:3])
    if commit is None or head is None:
        raise unusable
    size = int(kept.split(b"\n", 1)[0].rsplit(b" ", 1)[-1])
    own = kept[kept.index(b"\n") + 1 :][:size]
    parent = kept[kept.index(b"\n") + 1 + size + 1 :].split(b"\n", 1)[1]
    tree, head_tree = (text.split(b"\n", 1)[0].removeprefix(b"tree ").decode() for text in (own, parent))
    last_line = own.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    if not last_line.startswith(_BRANCH.rstrip()):
        raise unusable
    branch = lossy(last_line[len(_BRANCH) :]) or None
    return Checkpoint(commit, tree, head, branch, tree != head_tree, exact)


async def restore(worktree: Path, checkpoint: Checkpoint) -> None:
    """Make a fresh working tree that stands at ``checkpoint.head`` the checkpoint's; nothing of it is staged.

    What was untracked is untracked again: the files are written by way of an index of ours, its own stays at HEAD.

    Raises:
        Conflict: the working tree stands elsewhere, or is not fresh; it was left as it is.
    """
    (head, _, _), settings = await asyncio.gather(_head(worktree), conversion(worktree))
    if head != checkpoint.head:
        raise Conflict(f"The working tree {worktree} stands at {head[:10]}, not at {checkpoint.head[:10]}.")
    with scratch_index(worktree, settings) as index:
        found = await list_pending(index)
        if found.tracked or found.untracked:
            raise Conflict(f"The working tree {worktree} is not fresh: it holds changes of its own.")
        converts = checkpoint.exact is not None or may_convert(index, found, settings)
        if checkpoint.dirty:
            await index.git("read-tree", "--reset", "-u", checkpoint.tree)
            if settings.sparse:
                await _show_changed(index, checkpoint)
        if converts or may_convert(index, found, settings):
            await _look_again(real_index(worktree, settings), await restore_exactly(index, checkpoint.exact))


async def _look_again(index: Index, paths: list[bytes]) -> None:
    """Make git compare contents: a file of another size than it remembers is changed to it, without a look inside."""
    rewritten = set(paths)
    lines = [
        entry.mode + b" " + entry.blob.encode() + b"\t" + entry.path + b"\0"
        for entry in (await list_entries(index) if rewritten else [])
        if entry.path in rewritten
    ]
    if lines:
        await index.git("update-index", "-z", "--index-info", stdin=b"".join(lines))


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


async def _head(worktree: Path) -> tuple[str, str, str | None]:
    found = await attempt("rev-parse", "HEAD^{commit}", "HEAD^{tree}", "--symbolic-full-name", "HEAD", cwd=worktree)
    if found.code != 0:
        symbolic = await attempt("symbolic-ref", "-q", "HEAD", cwd=worktree)
        if symbolic.code == 0:
            raise GitFailed(f"The repository {worktree} has no commits yet; make one first.")
        raise failure(found, "rev-parse")
    commit, tree, name = found.stdout.splitlines()
    branch = lossy(name.removeprefix(b"refs/heads/")) if name.startswith(b"refs/heads/") else None
    return commit.decode(), tree.decode(), branch


async def _commit(worktree: Path, tree: str, parents: list[str], message: str) -> str:
    named = [argument for parent in parents for argument in ("-p", parent)]
    text = message.encode("utf-8", "surrogateescape")
    return (await git("commit-tree", tree, *named, cwd=worktree, stdin=text, env=_IDENTITY)).decode().strip()


def _found(header: bytes) -> str | None:
    words = header.split(b" ")
    return words[0].decode() if len(words) == 3 and words[1] in {b"commit", b"tree"} else None
