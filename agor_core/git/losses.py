"""The work that removing a worktree would lose; a removal is refused unless it is empty or forced."""

import asyncio
from pathlib import Path

from agor_core.git import own_commits, submodules
from agor_core.git.brought import without_brought
from agor_core.git.conversion import conversion
from agor_core.git.files import at
from agor_core.git.hidden import hidden_changes
from agor_core.git.ignored import ignored_paths
from agor_core.git.porcelain import GITLINK, fields, lossy, printable, tree_entries
from agor_core.git.process import git
from agor_core.git.snapshot import list_pending, real_index

_SHOWN = 5


async def losses(worktree: Path, *, branch: str | None = None) -> list[str]:
    """Phrases that name uncommitted, untracked, ignored and hidden files and commits, here and in submodules.

    Commits are lost when nothing but this worktree's HEAD and records, and ``branch`` if it is to go too, leads to
    them; checkpoints do not count, because a user does not find them in the repository. Of a submodule they are lost
    where the user's own repository of it lacks them.
    """
    links = await git("ls-tree", "-r", "-z", "--full-tree", "HEAD", cwd=worktree)
    phrases, commits, noted = await asyncio.gather(
        _lost_files(worktree), _lost_commits(worktree, branch), own_commits.noted(worktree, branch)
    )
    phrases += [*_lost(commits), *_lost(noted, "that only its reflog leads to")]
    own = await submodules.commits_only_here(worktree)
    filled = await submodules.filled(worktree)
    for path in filled:
        inside = [*await _lost_files(at(worktree, path)), *_lost(own.get(path, []))]
        phrases += [f"in the submodule {printable(lossy(path))}: {phrase}" for phrase in inside]
    for path in sorted(own.keys() - set(filled)):
        phrases += [f"in the submodule {printable(lossy(path))}: {phrase}" for phrase in _lost(own[path])]
    for path in (path for mode, _, path in tree_entries(links) if mode == GITLINK and path not in filled):
        if any(at(worktree, path).glob("*")):
            phrases.append(f"in the submodule {printable(lossy(path))}: files")
    return phrases


async def _lost_files(worktree: Path) -> list[str]:
    index = real_index(worktree, await conversion(worktree))
    found, hidden, staged, ignored = await asyncio.gather(
        list_pending(index),
        hidden_changes(worktree),
        index.git("diff-index", "--cached", "-z", "--name-only", "--no-renames", "--no-ext-diff", "HEAD", "--"),
        ignored_paths(index),
    )
    own = await asyncio.to_thread(without_brought, worktree, ignored)
    kinds = (
        ("uncommitted", sorted(found.tracked.keys() | set(fields(staged)))),
        ("changed under skip-worktree or assume-unchanged", hidden),
        ("untracked", sorted(found.untracked)),
        ("ignored", own),
    )
    return [f"{kind}: {_some([printable(lossy(path)) for path in paths])}" for kind, paths in kinds if paths]


def _lost(commits: list[str], how: str = "") -> list[str]:
    count = " ".join(["1 commit" if len(commits) == 1 else f"{len(commits)} commits", *([how] if how else [])])
    return [f"{count}: {_some([c[:10] for c in commits])}"] if commits else []


async def _lost_commits(worktree: Path, branch: str | None) -> list[str]:
    tips = ["HEAD"] if branch is None else ["HEAD", f"refs/heads/{branch}"]
    exclude = [] if branch is None else [f"--exclude={_literally(branch)}"]
    output = await git(
        "rev-list", "--max-count=1000", *tips, "--not", *exclude, "--branches", "--tags", "--remotes", "--",
        cwd=worktree,
    )  # fmt: skip
    return output.decode().split()


def _literally(branch: str) -> str:
    return "".join(f"\\{character}" if character in "*?[\\" else character for character in branch)


def _some(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more
