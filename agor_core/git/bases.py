"""Where a worktree begins: a branch, a tag or a commit by its name, and how far a branch is behind its upstream."""

import re
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import InvalidInput
from agor_core.git.porcelain import lossy, printable
from agor_core.git.process import attempt, git

_BEHIND = re.compile(r"behind (\d+)")
_REMOTES = "refs/remotes/"


@dataclass(frozen=True, slots=True)
class RemoteBranch:
    """A branch of a remote: ``ref`` there, and ``tracking``, the ref that remembers it here; ``name`` is for people."""

    remote: str
    ref: str
    tracking: str

    @property
    def name(self) -> str:
        return self.tracking.removeprefix(_REMOTES)


async def subject_of(repo: Path, commit: str) -> tuple[str, str]:
    """The first line of a commit's message, and its time in ISO 8601. Raises GitFailed."""
    said = await git("show", "-s", "--no-show-signature", "--format=%cI%n%s", commit, "--", cwd=repo)
    time, _, subject = lossy(said).partition("\n")
    return printable(subject.strip()), time


async def remote_branch(repo: Path, name: str) -> RemoteBranch | None:
    """The branch of a remote that a local branch follows, or that the name itself means; None if there is none."""
    asked = (
        "for-each-ref",
        "--format=%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)",
        "--",
        f"refs/heads/{name}",
    )
    remote, _, rest = lossy((await attempt(*asked, cwd=repo)).stdout).strip("\n").partition("\0")
    ref, _, tracking = rest.partition("\0")
    if remote and ref and tracking.startswith(_REMOTES):
        return RemoteBranch(remote, ref, tracking)
    remotes = lossy((await attempt("remote", cwd=repo)).stdout).splitlines()
    owner = max((one for one in remotes if name.startswith(f"{one}/")), key=len, default=None)
    if owner is None:
        return None
    return RemoteBranch(owner, f"refs/heads/{name.removeprefix(f'{owner}/')}", f"{_REMOTES}{name}")


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
