"""Linked working trees of a user's repository, each on a new branch: created atomically, removed without loss."""

import asyncio
import contextlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from agor_core.errors import Conflict, FilterFailed, GitFailed, InvalidInput, NoCommits
from agor_core.git.branch_names import branch_name
from agor_core.git.conversion import conversion
from agor_core.git.durability import SYNCED, sync_worktree
from agor_core.git.files import common_directory, git_directory, is_there
from agor_core.git.filters import Filters
from agor_core.git.location import head, listed
from agor_core.git.losses import losses
from agor_core.git.porcelain import ListedWorktree, printable
from agor_core.git.process import attempt, failure, git

__all__ = ["ListedWorktree", "add", "branch_name", "branches", "listed", "place", "remove", "undo"]

CHECKOUT_TIMEOUT = 900.0
_FILTER_FAILED = re.compile(r"smudge filter (?P<driver>.+) failed")
MARK = "agor"
"""A file in the worktree's folder under ``.git/worktrees`` that marks it as ours."""


async def add(repo: Path, path: Path, *, branch: str, start: str, filters: Filters | None = None) -> None:
    """Make a working tree at ``path`` on the new branch ``branch``, which begins at the commit ``start``.

    Folders above ``path`` are made, for this user only. No hook runs, and of filter programs only ``filters``. Git's
    own files are synced to the disk. When it fails or is cancelled, no folder, no branch and no trace in the repository
    stays.

    Raises:
        InvalidInput: not a name for a branch, or not a path for a worktree.
        Conflict: the branch, or something at ``path``, exists.
        FilterFailed: a filter program that has to run could not.
        GitFailed: the repository has no commits, or git could not do it.
    """
    await _check_branch(repo, branch)
    commit = await _commit(repo, start)
    if not path.is_absolute() or ".." in path.parts:
        raise InvalidInput(f"{path} is not a place for a worktree: it has to be absolute and without “..”.")
    if is_there(path):
        raise Conflict(f"There is already something at {path}.")
    undo = _Undo(repo, path, branch, commit)
    try:
        undo.make_parents()
        await undo.make_branch()
        await _check_out(repo, path, branch, filters)
        await own_top(repo, path)
        (git_directory(path) / MARK).touch()
        await asyncio.to_thread(sync_worktree, path)
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(undo.run()))
        raise


async def _check_out(repo: Path, path: Path, branch: str, filters: Filters | None) -> None:
    config = (await conversion(repo)).config if filters is None else filters.config
    made = await attempt(
        "worktree",
        "add",
        "--quiet",
        "--",
        os.fspath(path),
        branch,
        cwd=repo,
        config=(*config, *SYNCED),
        timeout=CHECKOUT_TIMEOUT,
    )
    if made.code == 0:
        return
    error = failure(made, "worktree")
    if (found := _FILTER_FAILED.search(error.stderr)) is not None:
        raise FilterFailed(printable(found["driver"]), stderr=error.stderr)
    raise error


async def own_top(repo: Path, path: Path) -> None:
    """See that git takes ``path`` for the top of this working tree, and make it so where a shared config says another.

    In a submodule the shared config names the submodule's own folder (``core.worktree``), which counts for every
    worktree if ``extensions.worktreeConfig`` is set. Raises GitFailed.
    """
    for tries_left in (1, 0):
        top = await attempt("rev-parse", "--show-toplevel", cwd=path)
        if top.code == 0 and _same(Path(os.fsdecode(top.stdout.removesuffix(b"\n"))), path):
            return
        if tries_left:
            admin = git_directory(path)
            await git(
                "config", "--file", os.fspath(admin / "config.worktree"), "core.worktree", os.fspath(path), cwd=repo
            )
    raise GitFailed(f"Git takes another folder for the worktree {path}: see core.worktree in the repository's config.")


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


async def remove(repo: Path, path: Path, *, branch: str | None = None, discard: bool = False) -> None:
    """Remove a worktree that :func:`add` made, and ``branch`` if it is named.

    Raises:
        Conflict: it holds work that would be lost (the message lists it) and ``discard`` is not set, or is locked.
        GitFailed: it is not a linked worktree of this repository that Agor made.
    """
    place = await _ours(repo, path)
    if place.locked:
        raise Conflict(f"The worktree {path} is locked; unlock it first: git worktree unlock {path}")
    tip = await _tip(repo, branch) if branch is not None else None
    if branch is not None and any(tree.branch == branch and tree.path != place.path for tree in await listed(repo)):
        raise Conflict(f"The branch {printable(branch)} is checked out in another worktree.")
    if not discard:
        lost = await losses(path, branch=branch)
        if lost:
            raise Conflict(f"The worktree {path} holds work that would be lost: {'; '.join(lost)}.")
    await git("worktree", "remove", "--force", "--", os.fspath(path), cwd=repo, timeout=CHECKOUT_TIMEOUT)
    if branch is not None and tip is not None:
        await git("update-ref", "-d", f"refs/heads/{branch}", tip, cwd=repo)


async def undo(repo: Path, path: Path, *, branch: str, start: str) -> None:
    """Remove what a killed :func:`add` left; only for a worktree in which no work was done.

    ``branch`` stays if it does not stand at the commit ``start`` any more. Raises GitFailed if there is no such commit.
    """
    await _Undo(repo, path, branch, await _commit(repo, start), branch_is_ours=True).run()


async def branches(repo: Path) -> set[str]:
    """The names of all local branches."""
    output = await git("for-each-ref", "--format=%(refname)", "refs/heads", cwd=repo)
    return {os.fsdecode(line.removeprefix(b"refs/heads/")) for line in output.splitlines()}


def place(root: Path, *names: str) -> Path:
    """The folder ``root/names…`` for a worktree, never outside of ``root``. Raises InvalidInput."""
    path = root
    for name in names:
        if not name or name in {".", ".."} or name[0] == "-" or "/" in name or "\0" in name or name.lower() == ".git":
            raise InvalidInput(f"{printable(name)!r} cannot name a folder.")
        path = path / name
        if path.is_symlink():
            raise InvalidInput(f"{path} is a symbolic link.")
    return path


@dataclass(slots=True)
class _Undo:
    repo: Path
    path: Path
    branch: str
    commit: str
    branch_is_ours: bool = False
    made: list[Path] = field(default_factory=list)

    def make_parents(self) -> None:
        missing = []
        folder = self.path.parent
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            except OSError as error:
                raise GitFailed(f"The folder {folder} cannot be made: {error.strerror}.") from error
            self.made.append(folder)

    async def make_branch(self) -> None:
        """Create the branch unless it exists; finishes even if cancelled, to know whether it is ours."""
        ref = f"refs/heads/{self.branch}"
        making = asyncio.ensure_future(attempt("update-ref", ref, self.commit, "", cwd=self.repo, config=SYNCED))
        try:
            await asyncio.shield(making)
        finally:
            outcome = await making
            self.branch_is_ours = outcome.code == 0
        if not self.branch_is_ours:
            await _check_branch(self.repo, self.branch)
            raise failure(outcome, "update-ref")

    async def run(self) -> None:
        await attempt("worktree", "remove", "--force", "--force", "--", os.fspath(self.path), cwd=self.repo)
        if self.branch_is_ours:
            await forget_entry(self.repo, self.path)
            shutil.rmtree(self.path, ignore_errors=True)
            if all(tree.branch != self.branch for tree in await listed(self.repo)):
                await attempt("update-ref", "-d", f"refs/heads/{self.branch}", self.commit, cwd=self.repo)
        for folder in reversed(self.made):
            with contextlib.suppress(OSError):
                folder.rmdir()


async def forget_entry(repo: Path, path: Path) -> None:
    """Remove the entry that a killed git leaves under ``.git/worktrees``; never another worktree's."""
    try:
        entries = common_directory(repo) / "worktrees"
    except GitFailed:  # a bare repository, or a folder inside of a working tree
        common = await attempt("rev-parse", "--path-format=absolute", "--git-common-dir", cwd=repo)
        if common.code != 0:
            return
        entries = Path(os.fsdecode(common.stdout.removesuffix(b"\n"))) / "worktrees"
    for pointer in entries.glob("*/gitdir"):
        if os.fsdecode(pointer.read_bytes().strip()) == os.fspath(path / ".git"):
            shutil.rmtree(pointer.parent, ignore_errors=True)
    with contextlib.suppress(OSError):
        entries.rmdir()


async def _check_branch(repo: Path, branch: str) -> None:
    ref = f"refs/heads/{branch}"
    if branch.startswith("-") or branch == "HEAD" or "\0" in branch:
        raise InvalidInput(f"{printable(branch)!r} is not a name for a branch.", place="branch")
    valid, existing = await asyncio.gather(
        attempt("check-ref-format", ref, cwd=repo), attempt("show-ref", "--verify", "--quiet", "--", ref, cwd=repo)
    )
    if valid.code != 0:
        raise InvalidInput(f"{printable(branch)!r} is not a name for a branch.", place="branch")
    if existing.code == 0:
        raise Conflict(f"There is already a branch {printable(branch)}.")


async def _commit(repo: Path, start: str) -> str:
    found = await attempt("rev-parse", "-q", "--verify", "--end-of-options", f"{start}^{{commit}}", cwd=repo)
    if found.code == 0:
        return found.stdout.decode().split()[-1]
    if (await head(repo)).sha is None and not await branches(repo):
        raise NoCommits(repo)
    raise GitFailed(f"There is no commit {printable(start)} in {repo}.")


async def _tip(repo: Path, branch: str) -> str | None:
    found = await attempt("show-ref", "--verify", "--hash", "--", f"refs/heads/{branch}", cwd=repo)
    return found.stdout.decode().strip() if found.code == 0 else None


async def _ours(repo: Path, path: Path) -> ListedWorktree:
    not_ours = GitFailed(f"{path} is not a worktree that Agor made; it was left as it is.")
    found = _at(path, (await listed(repo))[1:])
    if found is None or not (git_directory(path) / MARK).exists():
        raise not_ours
    return found


def _at(path: Path, trees: list[ListedWorktree]) -> ListedWorktree | None:
    if path.is_symlink() or not (path / ".git").is_file():
        return None
    real = path.resolve()
    return next((tree for tree in trees if tree.path.resolve() == real), None)
