"""What merges would give, and what would conflict: computed beside everything, so that nothing is touched.

``git merge-tree --write-tree`` does it (git 2.39), many merges in one process. It runs on the store, which has no
working tree and no config of the user's repository: no merge driver, hook or filter of that runs. New objects go to a
scratch folder. An older git is asked path by path, without renames; that finds the same conflicts and, where a file was
renamed on one side and changed on the other, one more.
"""

import asyncio
import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import GitFailed, InvalidInput
from agor_core.git.object_store import STORE_TIMEOUT, ObjectStore
from agor_core.git.porcelain import fields, printable, quoted
from agor_core.git.process import Outcome, attempt, failure
from agor_core.git.trivial_merge import merge_by_path

_USAGE = 129
"""The exit code of a git that does not know an option."""
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PERSON = "agor <agor@localhost> 0 +0000"


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge to try, of ``ours`` and ``theirs``: commits, or commits and trees if a ``base`` is given.

    Each is a whole object id, as the store knows no branch of the user's repository. Without a ``base`` the histories
    of both say what they have in common.
    """

    ours: str
    theirs: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """How a merge would end; ``conflicts`` are the paths that somebody would have to resolve, as bytes.

    ``tree`` names the merged tree, which is not kept: only its equality with another name says something. It is None
    where an older git was asked.
    """

    clean: bool
    conflicts: tuple[bytes, ...] = ()
    tree: str | None = None


async def try_merges(store: ObjectStore, merges: Sequence[Merge]) -> list[Merged]:
    """Try merges of what is in the store or in the user's repository; nothing is written to either.

    Raises:
        InvalidInput: a name is no whole object id.
        GitFailed: a commit or tree is not there, or two histories have nothing in common.
    """
    if not merges:
        return []
    with _scratch(store) as place:
        sides = await place.sides(merges)
        found = await place.merge_all(sides)
        if found is not None:
            return found
        ran = [await merge_by_path(place.attempt, place.folder, *side) for side in sides]
        return [Merged(not conflicts, tuple(conflicts)) for conflicts in ran]


async def try_merge(store: ObjectStore, ours: str, theirs: str, *, base: str | None = None) -> Merged:
    """Like :func:`try_merges`, for one."""
    return (await try_merges(store, [Merge(ours, theirs, base)]))[0]


@contextmanager
def _scratch(store: ObjectStore) -> Iterator["_Place"]:
    with tempfile.TemporaryDirectory(prefix="agor-merge-") as folder:
        yield _Place(store, Path(folder))


@dataclass(frozen=True, slots=True)
class _Place:
    """Git on the store, with the objects of both repositories at hand and a folder of its own for new ones."""

    store: ObjectStore
    folder: Path

    async def attempt(self, *arguments: str, stdin: bytes | None = None) -> Outcome:
        own = os.fsdecode(quoted(os.fsencode(self.store.objects)))
        env = {
            **self.store.borrowing,
            "GIT_DIR": os.fspath(self.store.path),
            "GIT_OBJECT_DIRECTORY": os.fspath(self.folder),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{own}:{self.store.borrowing['GIT_ALTERNATE_OBJECT_DIRECTORIES']}",
            "GIT_INDEX_FILE": os.fspath(self.folder / "index"),
        }
        return await attempt(*arguments, cwd=self.folder, stdin=stdin, env=env, timeout=STORE_TIMEOUT)

    async def sides(self, merges: Sequence[Merge]) -> list[tuple[str, str]]:
        """The two commits of each merge; where a base is given, commits of ours whose parent has the base's tree."""
        names = sorted({_checked(name) for merge in merges for name in _names(merge)})
        asked = "".join(f"{name}^{{commit}}\n{name}^{{tree}}\n" for name in names).encode()
        outcome = await self.attempt("cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked)
        if outcome.code != 0:
            raise failure(outcome, "cat-file")
        lines = [line if b" " not in line else None for line in outcome.stdout.splitlines()]
        pairs = zip(lines[::2], lines[1::2], strict=True)
        known = dict(zip(names, pairs, strict=True))
        made: dict[tuple[str, str | None], str] = {}

        def commit(name: str, parent: str | None) -> str:
            tree = _there(known[name][1], name)
            if (tree, parent) not in made:
                made[tree, parent] = self._write_commit(tree, parent)
            return made[tree, parent]

        def side(name: str, base: str | None) -> str:
            return _there(known[name][0], name) if base is None else commit(name, commit(base, None))

        return await asyncio.to_thread(
            lambda: [(side(merge.ours, merge.base), side(merge.theirs, merge.base)) for merge in merges]
        )

    async def merge_all(self, sides: Sequence[tuple[str, str]]) -> list[Merged] | None:
        """Merge in one process; None where git is too old for that."""
        asked = "".join(f"{ours} {theirs}\n" for ours, theirs in sides).encode()
        arguments = ("merge-tree", "--write-tree", "--stdin", "--name-only", "--no-messages")
        outcome = await self.attempt(*arguments, stdin=asked)
        if outcome.code == _USAGE:
            return None
        found = list(_parsed(fields(outcome.stdout)))
        if outcome.code not in (0, 1) or len(found) != len(sides):
            raise failure(outcome, *arguments)
        return found

    def _write_commit(self, tree: str, parent: str | None) -> str:
        """Write a commit as git does; a process for each would take longer than the merges."""
        lines = [f"tree {tree}", *([] if parent is None else [f"parent {parent}"])]
        lines += [f"author {_PERSON}", f"committer {_PERSON}", "", "A side of a merge", ""]
        body = "\n".join(lines).encode()
        content = b"commit %d\0%b" % (len(body), body)
        algorithm = hashlib.sha256 if len(tree) == 64 else hashlib.sha1
        name = algorithm(content, usedforsecurity=False).hexdigest()
        file = self.folder / name[:2] / name[2:]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(zlib.compress(content, 1))
        return name


def _parsed(pieces: Sequence[bytes]) -> Iterator[Merged]:
    """The output of ``merge-tree --stdin``: for each merge a status, a tree, the paths in conflict, and nothing."""
    rest = iter(pieces)
    for status in rest:
        tree = next(rest, b"")
        conflicts = tuple(iter(lambda: next(rest, b""), b""))
        yield Merged(status == b"1", conflicts, tree.decode())


def _there(found: bytes | None, name: str) -> str:
    if found is None:
        raise GitFailed(f"There is no commit or tree {printable(name)}.")
    return found.decode()


def _names(merge: Merge) -> tuple[str, ...]:
    return (merge.ours, merge.theirs, *(() if merge.base is None else (merge.base,)))


def _checked(name: str) -> str:
    if _OBJECT.fullmatch(name) is None:
        raise InvalidInput(f"{printable(name)!r} is not the whole id of a commit or tree.")
    return name
