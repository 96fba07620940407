"""Work made into commits on top of a branch, in a scratch working tree that stands at the branch, by the user's git."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agor_core.errors import AgorError, Conflict, Conflicting
from agor_core.git.checkpoint_message import IDENTITY
from agor_core.git.conversion import Conversion, conversion
from agor_core.git.files import git_directory
from agor_core.git.porcelain import fields, lossy, printable
from agor_core.git.process import Outcome, git
from agor_core.git.snapshot import list_pending, real_index
from agor_core.git.users_git import UsersGit, told

SHOWN = 5


async def whole_work(users: UsersGit, worktree: Path, head: str, left_out: Sequence[str]) -> str:
    """A commit on top of ``head``, its HEAD, of all that is in a working tree, uncommitted and untracked.

    The user's git adds the files, so that its filters run (Git LFS stores the content and commits the pointer). Index,
    HEAD and branch stay. The paths ``left_out`` stay out. Raises Conflict where git refuses.
    """
    with tempfile.TemporaryDirectory(prefix="agor-index-") as folder:
        index = Path(folder) / "index"
        if (theirs := git_directory(worktree) / "index").exists():
            shutil.copy2(theirs, index)
        env = {"GIT_INDEX_FILE": os.fspath(index)}
        nested = [f":(top,exclude,literal){path}" for path in left_out]
        for arguments in (("add", "-A", "--", ":/", *nested), ("write-tree",)):
            outcome = await users.attempt(*arguments, cwd=worktree, env=env)
            if outcome.code != 0:
                raise Conflict(f"git {arguments[0]} was refused: {told(outcome)}.")
    tree = outcome.stdout.decode().strip()
    made = await git("commit-tree", tree, "-p", head, cwd=worktree, stdin=b"What is uncommitted", env=IDENTITY)
    return made.decode().strip()


async def commit_all(users: UsersGit, worktree: Path, message: str) -> None:
    """Commit all that is uncommitted in a working tree, on its own branch, with the user's hooks.

    Raises Conflict, with nothing changed.
    """
    await check_resolved(worktree)
    nested = [f":(top,exclude,literal){path}" for path in await nested_repositories(worktree)]
    index = git_directory(worktree) / "index"
    before = await asyncio.to_thread(index.read_bytes)
    try:
        await users.git("add", "-A", "--", ":/", *nested, cwd=worktree)
        await users.git("commit", "-q", "-F", "-", cwd=worktree, stdin=message.encode())
    except AgorError:
        await asyncio.to_thread(index.write_bytes, before)
        raise


async def squash(users: UsersGit, scratch: Path, work: str, message: str) -> str:
    """All that ``work`` has more than HEAD as one commit.

    Raises Conflicting, and Conflict where git or a hook refuses, or there is nothing.
    """
    await _or_conflicts(users, scratch, "merge", "--squash", "-q", "--no-autostash", work)
    outcome = await users.attempt("commit", "-q", "-F", "-", cwd=scratch, stdin=message.encode())
    if outcome.code != 0:
        if (await users.attempt("diff", "--cached", "--quiet", "HEAD", "--", cwd=scratch)).code == 0:
            raise Conflict("There is nothing to land: the branch has all of it.")
        raise Conflict(f"git commit was refused: {told(outcome)}.")
    return await _head(scratch)


async def merge(users: UsersGit, scratch: Path, work: str, message: str) -> str:
    """A merge commit. Raises Conflicting, and Conflict where git or a hook refuses."""
    await _or_conflicts(users, scratch, "merge", "-q", "--no-ff", "--no-autostash", "--no-edit", "-m", message, work)
    return await _head(scratch)


async def rebase(users: UsersGit, scratch: Path, work: str) -> str:
    """The commits of ``work`` anew on top of HEAD. Raises Conflicting, and Conflict where git or a hook refuses."""
    onto = await _head(scratch)
    await users.git("checkout", "-q", "--detach", work, cwd=scratch)
    await _or_conflicts(users, scratch, "rebase", "-q", "--no-autostash", onto)
    if (made := await _head(scratch)) == onto:
        raise Conflict("There is nothing to land: the branch has all of it.")
    return made


async def revert(users: UsersGit, scratch: Path, before: str, after: str, message: str) -> str:
    """A commit that takes back all between two commits.

    Raises Conflicting, and Conflict where git or a hook refuses, or there is nothing.
    """
    parents = (await git("rev-list", "--parents", "-n", "1", after, cwd=scratch)).decode().split()[1:]
    chosen = ("-m", "1", after) if len(parents) > 1 else (f"{before}..{after}",)
    await _or_conflicts(users, scratch, "revert", "--no-commit", *chosen)
    if (await users.attempt("diff", "--cached", "--quiet", "HEAD", "--", cwd=scratch)).code == 0:
        raise Conflict("There is nothing to take back: the branch has none of it any more.")
    await users.git("commit", "-q", "-F", "-", cwd=scratch, stdin=message.encode())
    return await _head(scratch)


async def nested_repositories(worktree: Path, settings: Conversion | None = None) -> list[str]:
    """The untracked repositories inside of a working tree: git would record a link to a commit that exists nowhere."""
    found = await list_pending(real_index(worktree, settings or await conversion(worktree)))
    return [os.fsdecode(path) for path in found.untracked if path.endswith(b"/")]


async def check_resolved(worktree: Path) -> None:
    """Raises Conflicting for a working tree with files in conflict."""
    if paths := await unmerged(worktree):
        raise Conflicting(f"Files of the session's worktree are in conflict: {some(paths)}; resolve them first.", paths)


async def unmerged(worktree: Path) -> list[str]:
    """The paths of a working tree that are in conflict."""
    entries = fields(await git("ls-files", "-u", "-z", cwd=worktree))
    return sorted({printable(lossy(entry.partition(b"\t")[2])) for entry in entries})


def some(items: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


async def _or_conflicts(users: UsersGit, scratch: Path, *arguments: str) -> Outcome:
    outcome = await users.attempt(*arguments, cwd=scratch)
    if outcome.code == 0:
        return outcome
    if paths := await unmerged(scratch):
        raise Conflicting(f"It conflicts in {some(paths)}.", paths)
    raise Conflict(f"git {arguments[0]} was refused: {told(outcome)}.")


async def _head(worktree: Path) -> str:
    """HEAD of a scratch tree, which is detached."""
    written = await asyncio.to_thread((git_directory(worktree) / "HEAD").read_text)
    if not written.startswith("ref:"):
        return written.strip()
    return (await git("rev-parse", "HEAD", cwd=worktree)).decode().strip()
