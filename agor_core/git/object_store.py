"""The store of one repository's checkpoints: a bare repository under Agor's home.

The user's repository holds nothing of it: no object, no ref. The store shares the user's objects by hard links
(:mod:`agor_core.git.sharing`), so that they cost no room and outlive the user's ``gc``, and it is whole by itself: it
needs the user's repository to take checkpoints, not to keep them.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.durability import SYNCED, sync
from agor_core.git.porcelain import quoted
from agor_core.git.process import LARGEST_OUTPUT, Outcome, attempt, failure, git
from agor_core.git.sharing import drop_empty

STORE_TIMEOUT = 900.0
"""Seconds; copying or packing a large history takes long."""
LENDER = "lender"
"""A file in the store: the objects folder of the user's repository, for when that cannot be asked any more."""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A bare repository at ``path``; ``lender`` is the objects folder of the user's repository.

    ``kept`` are commits whose history is known to be whole in the store; ``keeping`` lets one task at a time add to it.
    """

    path: Path
    lender: Path
    keeping: asyncio.Lock = field(default_factory=asyncio.Lock, compare=False, repr=False)
    kept: set[str] = field(default_factory=set, compare=False, repr=False)

    @property
    def objects(self) -> Path:
        return self.path / "objects"

    @property
    def itself(self) -> dict[str, str]:
        """Environment for git on the store, without any working tree."""
        return {"GIT_DIR": os.fspath(self.path), **self.alone}

    @property
    def alone(self) -> dict[str, str]:
        """Environment for git in a working tree: objects are read from the store only, and written there.

        What is written this way is whole in the store, also if the user's repository has the same object.
        """
        return {"GIT_OBJECT_DIRECTORY": os.fspath(self.objects)}

    @property
    def borrowing(self) -> dict[str, str]:
        """Environment for git in a working tree: objects of both are read, and written to the store."""
        return self.alone | {"GIT_ALTERNATE_OBJECT_DIRECTORIES": _listed(self.lender)}

    async def git(
        self, *arguments: str, stdin: bytes | None = None, borrow: bool = False, timeout: float = STORE_TIMEOUT
    ) -> bytes:
        """Run git on the store itself; what it writes is synced. Raises GitFailed."""
        outcome = await self.attempt(*arguments, stdin=stdin, borrow=borrow, timeout=timeout)
        if outcome.code != 0:
            raise failure(outcome, *arguments)
        return outcome.stdout

    async def attempt(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        borrow: bool = False,
        timeout: float = STORE_TIMEOUT,
        background: bool = False,
        limit: int = LARGEST_OUTPUT,
    ) -> Outcome:
        """Like :meth:`git`, for callers that read the exit code."""
        env: Mapping[str, str] = {**self.itself, **(self.borrowing if borrow else {})}
        return await attempt(
            *arguments,
            cwd=self.path,
            stdin=stdin,
            env=env,
            config=SYNCED,
            timeout=timeout,
            background=background,
            limit=limit,
        )


async def open_store(path: Path, repo: Path) -> ObjectStore:
    """The store at ``path`` of the repository that ``repo`` (any folder of it) belongs to; made if it is not there.

    Raises:
        GitFailed: ``repo`` is no repository, or the store cannot be made.
    """
    said = await git("rev-parse", "--show-object-format", "--path-format=absolute", "--git-common-dir", cwd=repo)
    object_format, _, common = said.removesuffix(b"\n").partition(b"\n")
    store = ObjectStore(path, Path(os.fsdecode(common)) / "objects")
    if not (path / "HEAD").is_file():
        await _create(path, object_format.decode())
    else:
        await asyncio.to_thread(drop_empty, store.objects)
    await asyncio.to_thread(_note_lender, store)
    return store


def existing_store(path: Path) -> ObjectStore | None:
    """The store at ``path``, whose repository may be gone; None if none was made."""
    if not (path / "HEAD").is_file():
        return None
    noted = path / LENDER
    return ObjectStore(path, Path(os.fsdecode(noted.read_bytes())) if noted.is_file() else noted / "unknown")


def _note_lender(store: ObjectStore) -> None:
    """Note it where the disk takes it; a store works without the note."""
    noted, lender = store.path / LENDER, os.fsencode(store.lender)
    with contextlib.suppress(OSError):
        if not noted.is_file() or noted.read_bytes() != lender:
            fresh = noted.with_name(f"{LENDER}.tmp")
            fresh.write_bytes(lender)
            sync(fresh)
            fresh.replace(noted)


async def _create(path: Path, object_format: str) -> None:
    """Make an empty store, whole or not at all; what a kill left of an earlier attempt is removed first."""
    fresh = path.with_name(f".{path.name}.tmp")
    try:
        await asyncio.to_thread(_empty_folder, fresh)
        # without a template: no hooks, no sample files
        await git("init", "-q", "--bare", "--template=", f"--object-format={object_format}", cwd=fresh, config=SYNCED)
        await asyncio.to_thread(_put, fresh, path)
    except OSError as error:
        raise GitFailed(f"The store {path} for checkpoints cannot be made: {error.strerror}.") from error


def _empty_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def _put(fresh: Path, path: Path) -> None:
    for file in ("HEAD", "config"):
        sync(fresh / file)
    for folder in (fresh / "objects", fresh / "refs", fresh):
        sync(folder)
    try:
        fresh.rename(path)
    except OSError:
        if not (path / "HEAD").is_file():  # not made by another meanwhile
            raise
        shutil.rmtree(fresh)
    sync(path.parent)


def _listed(objects: Path) -> str:
    """A path for a list that colons separate; in git's C style, which carries colons and quotes."""
    return os.fsdecode(quoted(os.fsencode(objects)))
