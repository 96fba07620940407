"""Give the user's repository what a new worktree needs and it does not have any more; nothing else is copied there."""

import os
from collections.abc import Iterable
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.durability import SYNCED
from agor_core.git.object_store import STORE_TIMEOUT, ObjectStore
from agor_core.git.porcelain import printable
from agor_core.git.process import attempt, git

_PACK = ("pack-objects", "-q", "--delta-base-offset", "--non-empty")


async def supply_history(store: ObjectStore, repo: Path, commit: str) -> bool:
    """Copy the commit and its history into ``repo`` as far as they were pruned there; whether anything was.

    Raises GitFailed, with the commit's name, if the store does not have them either.
    """
    whole = ("rev-list", "--objects", "--quiet", "--missing=allow-promisor", commit, "--not", "--all", "--")
    if (await attempt(*whole, cwd=repo, timeout=STORE_TIMEOUT)).code == 0:
        return False
    tips = (await git("for-each-ref", "--format=^%(objectname)", cwd=repo)).decode()
    try:
        await _pack(store, repo, "--revs", asked=f"{commit}\n{tips}")
    except GitFailed as error:
        raise GitFailed(
            f"The commit {commit[:10]} that this checkpoint was taken at is not there any more: "
            f"{printable(repo.name)} has lost it, and it was not kept.",
            stderr=error.stderr,
        ) from error
    return True


async def supply_objects(store: ObjectStore, repo: Path, objects: Iterable[str]) -> int:
    """Copy those of the objects into ``repo`` that it does not have; how many. Raises GitFailed."""
    names = list(dict.fromkeys(objects))
    if not names:
        return 0
    asked = "".join(f"{name}\n" for name in names).encode()
    found = await git("cat-file", "--batch-check=%(objectname)", "--buffer", cwd=repo, stdin=asked)
    lacking = [line.split()[0] for line in found.decode().splitlines() if line.endswith(" missing")]
    if lacking:
        await _pack(store, repo, asked="".join(f"{name}\n" for name in lacking))
    return len(lacking)


async def _pack(store: ObjectStore, repo: Path, *options: str, asked: str) -> None:
    (store.lender / "pack").mkdir(exist_ok=True)
    await git(
        *_PACK,
        *options,
        os.fspath(store.lender / "pack/pack"),
        cwd=repo,
        stdin=asked.encode(),
        env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": os.fspath(store.objects)},
        config=SYNCED,
        timeout=STORE_TIMEOUT,
    )
