"""A checkout that a kill, a power cut or a full disk left between two commits, brought to one of them.

Git writes the files, then the index, then the branch. So with the index the files are the new ones, and only the branch
is left to do; before it the old files are brought back. A file that somebody changed by himself stays as it is.
"""

import asyncio
import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.durability import SYNCED
from agor_core.git.files import at, common_directory, git_directory
from agor_core.git.porcelain import GITLINK, fields, tree_entries
from agor_core.git.process import attempt, git
from agor_core.git.stale_locks import git_works_in
from agor_core.git.users_git import UsersGit

_LOOKS = 200
_PAUSE = 0.05
_COARSEST = 2.0
"""Seconds by which a file system rounds times."""
_AT_ONCE = 500
_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Move:
    """A branch (its short name) of a repository from ``old`` to ``new``; ``checkout`` is where it is checked out.

    ``back`` is True if ``new`` comes before ``old``.
    """

    repo: Path
    branch: str
    old: str
    new: str
    checkout: Path | None = None
    back: bool = False


async def tip(repo: Path, branch: str) -> str | None:
    """The commit of a branch; None if there is no such branch."""
    try:
        written = (common_directory(repo) / "refs/heads" / branch).read_bytes().strip()
    except (GitFailed, OSError, ValueError):  # packed, another format of refs, a bare repository
        written = b""
    if _COMMIT.fullmatch(written):
        return written.decode()
    found = await attempt("rev-parse", "-q", "--verify", f"refs/heads/{branch}^{{commit}}", cwd=repo)
    return found.stdout.decode().strip() if found.code == 0 else None


async def mend(users: UsersGit, move: Move) -> bool:
    """Bring branch and checkout to ``new`` if the index is there, else to ``old``; whether the branch has ``new``.

    A branch that stands elsewhere by now is left alone. Raises GitFailed and Conflict.
    """
    checkout, old, new = move.checkout, move.old, move.new
    ref = f"refs/heads/{move.branch}"
    now = await tip(move.repo, move.branch)
    if now != old or checkout is None:
        return now is not None and await has(move, now)
    if (await attempt("symbolic-ref", "-q", "HEAD", cwd=checkout)).stdout.strip() != os.fsencode(ref):
        return False
    changed = fields(await git("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new, cwd=checkout))
    if not await _staged_differs(checkout, new, changed):
        await git("update-ref", "-m", "agor: the rest of a move", ref, new, old, cwd=checkout, config=SYNCED)
        return True
    for start in range(0, len(changed), _AT_ONCE):
        await _bring_back(users, checkout, old, new, changed[start : start + _AT_ONCE])
    return False


async def _staged_differs(checkout: Path, new: str, changed: list[bytes]) -> bool:
    """Whether the index has another content than ``new`` for one of the files."""
    found = fields(await git("diff-index", "--cached", "-z", "--name-only", "--no-renames", new, "--", cwd=checkout))
    return not set(changed).isdisjoint(found)


async def _bring_back(users: UsersGit, checkout: Path, old: str, new: str, changed: list[bytes]) -> None:
    """Write the old content of files that hold the new one, or its beginning, or that are gone."""
    before, after = await _entries(checkout, old, changed), await _entries(checkout, new, changed)
    written = []
    for path in changed:
        if await _is_half_new(users, checkout, path, before, after):
            if path in before:
                written.append(path)
            else:
                await asyncio.to_thread(_unlink, checkout, path)
    if written:
        paths = b"".join(path + b"\0" for path in written)
        await users.git("checkout-index", "-f", "-q", "-u", "-z", "--stdin", cwd=checkout, stdin=paths)


async def _is_half_new(
    users: UsersGit,
    checkout: Path,
    path: bytes,
    before: dict[bytes, tuple[bytes, str]],
    after: dict[bytes, tuple[bytes, str]],
) -> bool:
    """Whether git's own writing explains what the file holds now, and it is not the old content."""
    if GITLINK in (before.get(path, (b"",))[0], after.get(path, (b"",))[0]):
        return False
    now = await asyncio.to_thread(_content, checkout, path)
    if now is None:
        return path in before
    if path in before and now == (_kind(before[path][0]), await _written(users, checkout, path, before)):
        return False
    if path not in after:
        return False
    kind, content = now
    whole = await _written(users, checkout, path, after)
    return whole.startswith(content) and (content == whole or kind != "link")


async def _written(users: UsersGit, checkout: Path, path: bytes, entries: dict[bytes, tuple[bytes, str]]) -> bytes:
    """What git writes into the file: the blob, after the user's filters and line ends."""
    mode, blob = entries[path]
    if _kind(mode) == "link":
        return await git("cat-file", "blob", blob, cwd=checkout)
    outcome = await users.attempt("cat-file", "--filters", f"--path={os.fsdecode(path)}", blob, cwd=checkout)
    return outcome.stdout if outcome.code == 0 else await git("cat-file", "blob", blob, cwd=checkout)


async def _entries(checkout: Path, commit: str, paths: list[bytes]) -> dict[bytes, tuple[bytes, str]]:
    chosen = [os.fsdecode(path) for path in paths]
    listing = await git(
        "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *chosen, cwd=checkout
    )
    return {path: (mode, blob) for mode, blob, path in tree_entries(listing)}


def _kind(mode: bytes) -> str:
    """What a file is, with its permission to run."""
    return {b"120000": "link", b"100755": "program"}.get(mode, "file")


def _content(checkout: Path, path: bytes) -> tuple[str, bytes] | None:
    """What is there: its kind and content; None if nothing is, and a kind of its own for what git does not write."""
    file = at(checkout, path)
    try:
        mode = file.lstat().st_mode
        if stat.S_ISLNK(mode):
            return "link", os.fsencode(file.readlink())
        if stat.S_ISREG(mode):
            return ("program" if mode & stat.S_IXUSR else "file"), file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return "other", b"\0other"


def _unlink(checkout: Path, path: bytes) -> None:
    file = at(checkout, path)
    file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        while (file := file.parent) != checkout:
            file.rmdir()


async def has(move: Move, now: str) -> bool:
    """Whether the branch, at the commit ``now``, was moved: it has the new commit, or backwards not the old one."""
    if now in (move.old, move.new):
        return now == move.new
    wanted = move.old if move.back else move.new
    found = (await attempt("merge-base", "--is-ancestor", wanted, now, cwd=move.repo)).code == 0
    return found != move.back


async def after_a_kill(place: Path, branch: str, since: float) -> bool:
    """Wait for a git that goes on in a working tree, and remove the locks that a killed one left there.

    Only locks that are younger than ``since``, in seconds since 1970. Returns False if git is still at work there;
    where the system does not list processes by files, while the index is locked.
    """
    if not await asyncio.to_thread(Path("/proc/self/cwd").exists):
        return not (git_directory(place) / "index.lock").exists()
    for _ in range(_LOOKS):
        if not await asyncio.to_thread(git_works_in, place):
            await asyncio.to_thread(_remove_locks, place, branch, since)
            return True
        await asyncio.sleep(_PAUSE)
    return False


def _remove_locks(place: Path, branch: str, since: float) -> None:
    own, common = git_directory(place), common_directory(place)
    for lock in (own / "index.lock", own / "HEAD.lock", common / f"refs/heads/{branch}.lock", own / "ORIG_HEAD.lock"):
        with contextlib.suppress(OSError):
            if lock.stat().st_mtime >= since - _COARSEST:
                lock.unlink()
