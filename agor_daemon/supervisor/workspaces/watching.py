"""The user's own repository, before and after a task: what changed there that the session does not own is said.

Who changed it cannot be known: an agent, another program or the user. So it is said as what it was and what it is, with
the command that takes it back.
"""

import asyncio
import logging
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.session import Session
from agor_core.domain.texts import short_sha
from agor_core.errors import AgorError
from agor_core.git.porcelain import lossy, printable, settings
from agor_core.git.process import git
from agor_core.repositories import repos, worktrees

MOST_SAID = 10
_BARE = "core.bare"
_SECRETS = ("extraheader", "password", "token")
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class Seen:
    """A repository at one time: the checked-out ``branch`` (None: detached), its ``branches`` and its own config."""

    path: Path
    branch: str | None
    branches: Mapping[str, str]
    config: Mapping[str, str]
    owned: Collection[str]


async def look(store: Store, session: Session) -> Seen | None:
    """The repository of a session as it is; None outside of git, or where it cannot be read."""
    repo_id = session.repo.repo_id
    if repo_id is None:
        return None
    try:
        path, owned = await store.read(lambda r: _known(r, repo_id, session))
        refs, config = await asyncio.gather(
            git("for-each-ref", "--format=%(HEAD)%(objectname) %(refname:strip=2)", "refs/heads", cwd=path),
            git("config", "-z", "--list", "--local", cwd=path),
        )
    except AgorError as error:
        _log.info("the repository of session %s is not looked at: %s", session.session_id, error)
        return None
    lines = [lossy(line) for line in refs.splitlines()]
    branches = {name: commit for commit, _, name in (line[1:].partition(" ") for line in lines)}
    checked_out = next((line.partition(" ")[2] for line in lines if line.startswith("*")), None)
    values = {lossy(key): lossy(value) for key, value in settings(config).items()}
    return Seen(path, checked_out, branches, values, owned)


def changes(before: Seen, after: Seen, *, inside: bool) -> list[str]:
    """Sentences about what changed, each with the way back; ``inside``: the session works in the checkout itself."""
    at = f"git -C {shlex.quote(str(before.path))}"
    said: list[str] = []
    if before.config.get(_BARE) != after.config.get(_BARE) and after.config.get(_BARE) == "true":
        said.append(
            f"The repository {before.path} was made bare while this task ran. Back: {at} config core.bare false"
        )
    owned = {*before.owned, *after.owned}
    if inside:
        owned |= {branch for branch in (before.branch, after.branch) if branch is not None}
    elif before.branch != after.branch:
        said.append(_head(before, after, at))
    said += [
        _branch(name, old, after.branches.get(name), at, checked_out=name == after.branch)
        for name, old in before.branches.items()
        if name not in owned and after.branches.get(name) != old
    ]
    said += _settings(before, after, at, owned)
    return [printable(sentence) for sentence in said[:MOST_SAID]]


def _head(before: Seen, after: Seen, at: str) -> str:
    was, now = (f"on the branch {seen.branch}" if seen.branch else "detached" for seen in (before, after))
    back = f" Back: {at} checkout {shlex.quote(before.branch)}" if before.branch else ""
    return f"The checkout {before.path} was {was}, and is {now} since this task ran.{back}"


def _branch(name: str, old: str, new: str | None, at: str, *, checked_out: bool) -> str:
    quoted = shlex.quote(name)
    if new is None:
        return f"The branch {name} was deleted while this task ran. Back: {at} branch {quoted} {old[:12]}"
    way = f"reset --keep {old[:12]}" if checked_out else f"branch --force {quoted} {old[:12]}"
    moved = f"The branch {name} moved from {short_sha(old)} to {short_sha(new)} while this task ran"
    return f"{moved}, and no session owns it. Back: {at} {way}"


def _settings(before: Seen, after: Seen, at: str, owned: Collection[str]) -> list[str]:
    said = []
    for key in sorted(before.config.keys() | after.config.keys()):
        old, new = before.config.get(key), after.config.get(key)
        if old == new or key == _BARE or any(key.startswith(f"branch.{name}.") for name in owned):
            continue
        if old is None:
            way = f"config --unset-all {shlex.quote(key)}"
        elif "@" in old or any(word in key for word in _SECRETS):
            way = f"config {shlex.quote(key)} VALUE"
        else:
            way = f"config {shlex.quote(key)} {shlex.quote(old)}"
        said.append(f"The config {key} of {before.path} changed while this task ran. Back: {at} {way}")
    return said


def _known(r: Reader, repo_id: str, session: Session) -> tuple[Path, frozenset[str]]:
    refs = {tree.ref for tree in worktrees.of_repo(r, repo_id)} | {session.git_state.ref}
    return Path(repos.get(r, repo_id).local_path), frozenset(ref for ref in refs if ref is not None)
