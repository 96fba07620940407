"""Differences between two commits or trees; the repository's own diff programs and text conversions never run.

With a ``store``, objects are read from it and from the repository; without, from the repository only. Where the
repository is gone (None), the store has what checkpoints need.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from agor_core.domain.figures import Diffstat
from agor_core.errors import InvalidInput
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import FileChange, lossy, numstat, printable
from agor_core.git.process import attempt, failure, git

LARGEST_PATCH = 2 * 1024 * 1024
MOST_COMMITS = 1000

_PLAIN = ("diff-tree", "-r", "-M", "-l1000", "--no-ext-diff", "--no-textconv", "--no-color")


async def changes(repo: Path, old: str, new: str, *, store: ObjectStore | None = None) -> list[FileChange]:
    """Every changed file with its lines added and removed; a renamed file is one change."""
    arguments = (*_PLAIN, "-z", "--numstat", _revision(old), _revision(new), "--")
    return numstat(await git(*arguments, cwd=repo, env=_objects(store)))


def diffstat(found: Sequence[FileChange]) -> Diffstat:
    """The numbers of changed files and lines; a binary file counts without lines."""
    return Diffstat(
        files=len(found),
        insertions=sum(change.insertions or 0 for change in found),
        deletions=sum(change.deletions or 0 for change in found),
    )


def paths(found: Iterable[FileChange]) -> list[str]:
    """The paths that changed, new names of renamed files, in git's order; as text for people and records."""
    return [lossy(change.path) for change in found]


async def patch(
    repo: Path | None, old: str, new: str, *, limit: int = LARGEST_PATCH, store: ObjectStore | None = None
) -> str:
    """The unified diff, cut at a line after ``limit`` bytes with a note in its last line.

    Bytes that are not UTF-8 become U+FFFD; control characters of the contents stay.
    """
    arguments = (*_PLAIN, "-p", _revision(old), _revision(new), "--")
    if repo is not None:
        outcome = await attempt(*arguments, cwd=repo, env=_objects(store), limit=limit)
    elif store is not None:
        outcome = await attempt(*arguments, cwd=store.path, env=store.itself, limit=limit)
    else:
        raise InvalidInput("A difference needs a repository or a store.")
    if outcome.cut:
        whole_lines = outcome.stdout[: outcome.stdout.rfind(b"\n") + 1]
        return f"{lossy(whole_lines)}… the rest of the difference is left out (it has more than {_size(limit)})\n"
    if outcome.code != 0:
        raise failure(outcome, *arguments)
    return lossy(outcome.stdout)


async def commits_between(repo: Path, old: str, new: str, *, store: ObjectStore | None = None) -> list[str]:
    """The commits that ``new`` has and ``old`` has not, oldest first; at most the latest 1,000."""
    output = await git(
        "rev-list",
        "--reverse",
        "--topo-order",
        f"--max-count={MOST_COMMITS}",
        _revision(new),
        f"^{_revision(old)}",
        "--",
        cwd=repo,
        env=_objects(store),
    )
    return output.decode().split()


def _objects(store: ObjectStore | None) -> dict[str, str] | None:
    return None if store is None else store.borrowing


def _revision(text: str) -> str:
    if not text or text[0] in "-^:" or any(character.isspace() or character == "\0" for character in text):
        raise InvalidInput(f"{printable(text)!r} is not a commit or tree.")
    return text


def _size(limit: int) -> str:
    return f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit} bytes"
