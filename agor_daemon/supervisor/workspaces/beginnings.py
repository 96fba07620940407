"""Where the worktree of a new session would begin: looked at before anything is made, as a person decides on it."""

import asyncio
from pathlib import Path

import msgspec

from agor_core.db.store import Store
from agor_core.domain.beginning import Beginning
from agor_core.domain.repo import Repo
from agor_core.domain.texts import short_sha
from agor_core.errors import GitFailed, InvalidInput
from agor_core.git.bases import behind_upstream, commit_of, subject_of
from agor_core.git.conversion import conversion
from agor_core.git.fetching import fetch_upstream
from agor_core.git.location import Head, Location, head, locate
from agor_core.git.porcelain import lossy
from agor_core.git.standing import changed_files
from agor_core.repositories import repos
from agor_daemon.directories import check_directory

MOST_NAMED = 20


async def look(store: Store, cwd: str | None, *, repo: str | None, base: str | None, fetch: bool) -> Beginning:
    """Look at a folder, or at a repo's; ``base`` is the name that was asked for. Nothing is made; with ``fetch`` the
    upstream is fetched before.

    Raises NotFound, InvalidInput for no folder and for a base that is not there, GitFailed.
    """
    given = await store.read(lambda r: repos.get(r, repos.resolve(r, repo))) if repo is not None else None
    path = cwd if cwd is not None or given is None else given.local_path
    if path is None:
        raise InvalidInput("cwd: a folder or a repo has to be given.", place="cwd")
    folder = await asyncio.to_thread(check_directory, path, "cwd")
    location = await locate(folder)
    if location is None:
        return Beginning(folder=str(folder))
    known = given or await store.read(lambda r: repos.by_path(r, str(location.main_worktree)))
    seen = Beginning(
        folder=str(folder),
        repo=str(location.main_worktree),
        repo_slug=known.slug if known is not None else None,
    )
    now = await head(location.toplevel)
    if now.sha is None:
        nothing = "Nothing was committed here yet, so a worktree has nothing to begin from."
        return msgspec.structs.replace(seen, label=now.branch or "", problem=nothing)
    return await _from(seen, location, now, _base(base, known), fetch=fetch)


async def fetched(top: Path, base: str | None) -> None:
    """Fetch the upstream of a base, or of the branch that is checked out. Raises InvalidInput where there is none."""
    name = base or (await head(top)).branch
    found = None
    try:
        found = None if name is None else await fetch_upstream(top, name)
    except GitFailed as error:
        raise InvalidInput(f"fetch: {error}", place="fetch") from error
    if found is None:
        raise InvalidInput(f"fetch: {name or 'a commit'} follows no branch of a remote.", place="fetch")


async def _from(seen: Beginning, location: Location, now: Head, base: str | None, *, fetch: bool) -> Beginning:
    top = location.toplevel
    if fetch:
        await fetched(top, base)
    sha = now.sha if base is None else await commit_of(top, base)
    if sha is None:
        return seen
    branch = base or now.branch
    (subject, time), (behind, upstream) = await asyncio.gather(
        subject_of(top, sha), behind_upstream(top, branch) if branch is not None else _no_upstream()
    )
    files = [] if location.bare else await changed_files(top, await conversion(top))
    return msgspec.structs.replace(
        seen,
        label=base or now.branch or short_sha(sha) or "",
        sha=sha,
        subject=subject,
        committed_at=time,
        upstream=upstream or None,
        behind=behind,
        uncommitted=tuple(lossy(path) for path in files[:MOST_NAMED]),
        uncommitted_count=len(files),
        takeable=bool(files) and sha == now.sha,
    )


async def _no_upstream() -> tuple[int, str]:
    return 0, ""


def _base(asked: str | None, repo: Repo | None) -> str | None:
    return asked or (repo.settings.base if repo is not None else None)
