"""Commits that only a worktree's own records lead to, which go with it.

Those records are the reflogs of its HEAD and of its own refs, what an unfinished merge, rebase or bisect noted, and the
reflog of the branch that is to go too.
"""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from agor_core.git.files import common_directory, git_directory
from agor_core.git.process import attempt, git

MOST = 1_000
"""Commits that are listed."""
_OWN_REFS = ("refs/worktree", "refs/bisect", "refs/rewritten")
_NOTES = (
    "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "BISECT_HEAD", "MERGE_AUTOSTASH",
    "rebase-merge/autostash", "rebase-merge/orig-head", "rebase-merge/stopped-sha", "rebase-merge/amend",
    "rebase-apply/autostash", "rebase-apply/orig-head",
)  # fmt: skip
_NAME = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LARGEST_LOG = 16 * 2**20


async def noted(worktree: Path, branch: str | None = None) -> list[str]:
    """The commits that neither HEAD nor any branch, tag or remote leads to, but the worktree's records. GitFailed."""
    names = await asyncio.to_thread(lambda: sorted({*_recorded(worktree, branch)}))
    if not names:
        return []
    asked = b"".join(name + b"\n" for name in names)
    listing = await git("cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer", cwd=worktree, stdin=asked)
    commits = [line.split()[0] for line in listing.splitlines() if line.endswith(b" commit")]
    if not commits:
        return []
    tip = None if branch is None else await tip_of(worktree, branch)
    kept = ["HEAD"] if tip is None else ["HEAD", tip]
    output = await git(
        "rev-list", f"--max-count={MOST}", "--stdin", "--not", *kept, "--branches", "--tags", "--remotes", "--",
        cwd=worktree,
        stdin=b"".join(commit + b"\n" for commit in commits),
    )  # fmt: skip
    return output.decode().split()


async def tip_of(worktree: Path, branch: str) -> str | None:
    """The commit of a branch; None if there is no such branch."""
    found = await attempt("rev-parse", "-q", "--verify", f"refs/heads/{branch}^{{commit}}", cwd=worktree)
    return found.stdout.decode().strip() if found.code == 0 else None


def _recorded(worktree: Path, branch: str | None) -> Iterator[bytes]:
    """The names of objects in the worktree's records."""
    own, common = git_directory(worktree), common_directory(worktree)
    logs = [own / "logs/HEAD", *(log for refs in _OWN_REFS for log in _below(own / "logs" / refs))]
    if branch is not None:
        logs.append(common / "logs/refs/heads" / branch)
    for log in logs:
        for line in _content(log).splitlines():
            yield from _NAME.findall(line[:130])
    for note in [*(own / name for name in _NOTES), *(ref for refs in _OWN_REFS for ref in _below(own / refs))]:
        yield from _NAME.findall(_content(note)[:4096])


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def _content(file: Path) -> bytes:
    """The end of a file, at most ``_LARGEST_LOG`` bytes of it; nothing if it is not there."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _LARGEST_LOG))
            return stream.read()
    except OSError:
        return b""
