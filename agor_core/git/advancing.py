"""A branch moved from one commit to another and nowhere else: in the checkout where it is checked out, else by its ref.

In a checkout the user's git does it, which leaves uncommitted work that it does not meet alone and refuses where it
does. What a kill or a full disk leaves half done there is brought to one of both ends by :mod:`agor_core.git.mending`.
"""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from agor_core.errors import Conflict, Conflicting
from agor_core.git.files import git_directory
from agor_core.git.integrating import some
from agor_core.git.location import listed
from agor_core.git.mending import Move, mend, tip
from agor_core.git.porcelain import fields, lossy, printable
from agor_core.git.process import Outcome, attempt, git
from agor_core.git.users_git import UsersGit, told

_REBASES = ("rebase-merge/head-name", "rebase-apply/head-name")


async def checkout_of(repo: Path, branch: str) -> Path | None:
    """The working tree in which a branch is checked out; None if it is nowhere.

    Raises Conflict if it is in several, or is being rebased.
    """
    trees = [tree for tree in await listed(repo) if not tree.bare and await asyncio.to_thread(tree.path.is_dir)]
    for tree in trees:
        if tree.branch is None and await asyncio.to_thread(_rebased, tree.path) == branch:
            raise Conflict(f"The branch {printable(branch)} is being rebased in {tree.path}; finish that first.")
    found = [tree.path for tree in trees if tree.branch == branch]
    if len(found) > 1:
        places = " and ".join(map(str, found))
        raise Conflict(
            f"The branch {printable(branch)} is checked out in {places}; check out another one in one of them."
        )
    return found[0] if found else None


async def in_the_way(users: UsersGit, checkout: Path, old: str, new: str) -> list[str]:
    """The files of a checkout with uncommitted work that differ between two commits."""
    changed = fields(await git("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, cwd=checkout))
    found = await uncommitted(checkout, users.config)
    return [printable(lossy(path)) for path in changed if path in found]


async def uncommitted(checkout: Path, config: Iterable[tuple[str, str]]) -> set[bytes]:
    """The paths of a working tree with staged, unstaged or untracked work; ``config`` says which filters run.

    Without its filter a file that is as young as the index would seem changed.
    """
    said = await git("status", "--porcelain", "-z", "--no-renames", "-uall", cwd=checkout, config=config)
    return {entry[3:] for entry in fields(said)}


async def move(users: UsersGit, wanted: Move, reason: str) -> None:
    """Move the branch, with ``reason`` in its reflog. Raises Conflict, with the branch and the checkout as they were.

    Raises Conflicting, with the paths, where uncommitted work in the checkout is in the way.
    """
    if wanted.checkout is None:
        ref = f"refs/heads/{wanted.branch}"
        outcome = await users.attempt("update-ref", "-m", reason, ref, wanted.new, wanted.old, cwd=wanted.repo)
        if outcome.code != 0:
            raise await _refused(wanted, told(outcome))
        return
    await _check_checkout(wanted, wanted.checkout)
    outcome = await (_back if wanted.back else _forward)(users, wanted, wanted.checkout, reason)
    if outcome.code == 0 and await tip(wanted.repo, wanted.branch) == wanted.new:
        return
    if not await mend(users, wanted):
        if paths := await in_the_way(users, wanted.checkout, wanted.old, wanted.new):
            raise Conflicting(
                f"Uncommitted work in {wanted.checkout} is in the way: {some(paths)}; commit or stash it first.", paths
            )
        raise await _refused(wanted, told(outcome))


async def _forward(users: UsersGit, wanted: Move, checkout: Path, reason: str) -> Outcome:
    arguments = ("merge", "--ff-only", "-q", "--no-stat", "--no-autostash", wanted.new)
    return await users.attempt(*arguments, cwd=checkout, env={"GIT_REFLOG_ACTION": reason})


async def _back(users: UsersGit, wanted: Move, checkout: Path, reason: str) -> Outcome:
    """As ``git reset --keep``, which would take out of the index what is staged."""
    await users.attempt("update-index", "-q", "--refresh", cwd=checkout)
    outcome = await users.attempt("read-tree", "-m", "-u", wanted.old, wanted.new, cwd=checkout)
    if outcome.code != 0:
        return outcome
    ref = f"refs/heads/{wanted.branch}"
    return await users.attempt("update-ref", "-m", reason, ref, wanted.new, wanted.old, cwd=checkout)


async def _check_checkout(wanted: Move, checkout: Path) -> None:
    """Raises Conflict for a checkout that stands elsewhere by now, or that another git has locked."""
    symbolic, head = await asyncio.gather(
        attempt("symbolic-ref", "-q", "HEAD", cwd=checkout), attempt("rev-parse", "HEAD", cwd=checkout)
    )
    if symbolic.stdout.strip() != os.fsencode(f"refs/heads/{wanted.branch}"):
        raise Conflict(f"{checkout} has another branch checked out by now; try again.")
    if head.stdout.decode().strip() != wanted.old:
        raise await _refused(wanted, "")
    if (git_directory(checkout) / "index.lock").exists():
        raise Conflict(
            f"Another git works in {checkout}, or was killed there: its index is locked. Try again; if no git runs, "
            f"remove {git_directory(checkout) / 'index.lock'}."
        )


async def _refused(wanted: Move, said: str) -> Conflict:
    now = await tip(wanted.repo, wanted.branch)
    name = printable(wanted.branch)
    if now is None:
        return Conflict(f"The branch {name} is not there any more.")
    if now != wanted.old:
        return Conflict(f"The branch {name} has moved meanwhile, to {now[:10]}, so nothing was changed; try again.")
    return Conflict(f"Git did not move the branch {name}: {said}.")


def _rebased(worktree: Path) -> str | None:
    """The branch that is being rebased in a working tree; None if none is."""
    for name in _REBASES:
        try:
            return os.fsdecode((git_directory(worktree) / name).read_bytes().strip()).removeprefix("refs/heads/")
        except OSError:
            continue
    return None
