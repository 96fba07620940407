"""Where a worktree begins: a branch, a tag or a commit by its name, and how far a branch is behind its upstream."""

import re
from pathlib import Path

from agor_core.errors import InvalidInput
from agor_core.git.porcelain import lossy, printable
from agor_core.git.process import attempt

_BEHIND = re.compile(r"behind (\d+)")


async def commit_of(repo: Path, name: str) -> str:
    """The commit that a name means. Raises InvalidInput for the field ``base``."""
    found = await attempt("rev-parse", "-q", "--verify", "--end-of-options", f"{name}^{{commit}}", cwd=repo)
    if found.code != 0:
        raise InvalidInput(f"base: there is no branch, tag or commit {printable(name)!r}.", place="base")
    return found.stdout.decode().split()[-1]


async def branch_of(repo: Path, name: str) -> str | None:
    """The local branch that a name means, by itself or as a remote's; None if it means none."""
    asked = await attempt(
        "rev-parse", "-q", "--verify", "--symbolic-full-name", "--end-of-options", name, cwd=repo
    )  # fmt: skip
    ref = lossy(asked.stdout).strip().rpartition("\n")[2] if asked.code == 0 else ""
    if ref.startswith("refs/heads/"):
        return ref.removeprefix("refs/heads/")
    _, _, branch = ref.removeprefix("refs/remotes/").partition("/")
    if not ref.startswith("refs/remotes/") or not branch:
        return None
    local = await attempt("show-ref", "--verify", "--quiet", "--", f"refs/heads/{branch}", cwd=repo)
    return branch if local.code == 0 else None


async def behind_upstream(repo: Path, branch: str) -> tuple[int, str]:
    """How many commits the upstream has more, as far as it was fetched, and its name; 0 without one."""
    asked = ("for-each-ref", "--format=%(upstream:track) %(upstream:short)", "--", f"refs/heads/{branch}")
    said = lossy((await attempt(*asked, cwd=repo)).stdout).strip()
    found = _BEHIND.search(said)
    return (int(found[1]) if found else 0), said.rpartition(" ")[2]
