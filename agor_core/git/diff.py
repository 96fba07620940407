"""Differences between two commits or trees; the repository's own diff programs and text conversions never run.

With a ``store``, objects are read from it and from the repository; without, from the repository only. Where the
repository is gone (None), the store has what checkpoints need.
"""

import codecs
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from agor_core.domain.figures import Diffstat
from agor_core.errors import InvalidInput
from agor_core.git.object_store import ObjectStore
from agor_core.git.patch_pages import read_page
from agor_core.git.porcelain import FileChange, file_changes, lossy, printable
from agor_core.git.process import attempt, failure, git
from agor_core.git.streaming import stream

LARGEST_PATCH = 2 * 1024 * 1024
LARGEST_PAGE = 4 * 1024 * 1024
MOST_COMMITS = 1000

_PLAIN = ("diff-tree", "-r", "-M", "-l1000", "--no-ext-diff", "--no-textconv", "--no-color")
_BYTES = "agor.bytes"


@dataclass(frozen=True, slots=True)
class PatchText:
    """A unified diff as text for people; ``cut`` is True if it is only the beginning of all changes."""

    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class PatchPage:
    """The text of ``files`` files; ``cut`` is True if there is one file, and this is only its beginning."""

    text: str
    files: int
    cut: bool = False


async def changes(
    repo: Path | None, old: str, new: str, *, store: ObjectStore | None = None, paths: Sequence[str] = ()
) -> list[FileChange]:
    """Every changed file with its lines added and removed; a renamed file is one change.

    ``paths`` are files and folders from the repository's top, without which all are compared.
    """
    arguments = (*_PLAIN, "-z", "--raw", "--numstat", _revision(old), _revision(new), "--", *_pathspecs(paths))
    cwd, env = place(repo, store)
    return file_changes(await git(*arguments, cwd=cwd, env=env))


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
) -> PatchText:
    """The unified diff for people, cut at a line after ``limit`` bytes with a note in its last line.

    Bytes that are not UTF-8 become their numbers (``<E9>``), so that no two look alike; control characters of the
    contents stay. A patch that applies is `patch_bytes`.
    """
    arguments = (*_PLAIN, "-p", _revision(old), _revision(new), "--")
    cwd, env = place(repo, store)
    outcome = await attempt(*arguments, cwd=cwd, env=env, limit=limit)
    if outcome.cut:
        whole_lines = outcome.stdout[: outcome.stdout.rfind(b"\n") + 1]
        return PatchText(whole_lines.decode("utf-8", _BYTES) + _left_out(limit), cut=True)
    if outcome.code != 0:
        raise failure(outcome, *arguments)
    return PatchText(outcome.stdout.decode("utf-8", _BYTES))


async def patch_page(
    repo: Path | None,
    old: str,
    new: str,
    *,
    skip: int = 0,
    limit: int = LARGEST_PAGE,
    store: ObjectStore | None = None,
    paths: Sequence[str] = (),
) -> PatchPage:
    """The unified diff of whole files, from the one with the index ``skip`` in `changes` on, of about ``limit`` bytes.

    Only a file that alone has more is cut, with a note in its last line. Text as in `patch`.
    """
    cwd, env = place(repo, store)
    pieces = stream(*_PLAIN, "-p", _revision(old), _revision(new), "--", *_pathspecs(paths), cwd=cwd, env=env)
    async with aclosing(pieces):
        page = await read_page(pieces, skip, limit)
    note = _left_out(limit) if page.cut else ""
    return PatchPage(page.text.decode("utf-8", _BYTES) + note, page.files, page.cut)


def patch_bytes(
    repo: Path | None, old: str, new: str, *, store: ObjectStore | None = None, paths: Sequence[str] = ()
) -> AsyncGenerator[bytes, None]:
    """The whole patch as ``git apply`` takes it, binary contents included, in pieces. Raises GitFailed on the way."""
    cwd, env = place(repo, store)
    asked = (_revision(old), _revision(new), "--", *_pathspecs(paths))
    return stream(*_PLAIN, "-p", "--binary", "--full-index", *asked, cwd=cwd, env=env)


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


def decoded(content: bytes) -> str:
    """Contents as the text of a difference shows them: bytes that are not UTF-8 are their numbers."""
    return content.decode("utf-8", _BYTES)


def _numbered(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"<{byte:02X}>" for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_BYTES, _numbered)


def place(repo: Path | None, store: ObjectStore | None) -> tuple[Path, dict[str, str] | None]:
    """Where git runs and with which environment."""
    if repo is not None:
        return repo, _objects(store)
    if store is None:
        raise InvalidInput("A difference needs a repository or a store.")
    return store.path, store.itself


def _objects(store: ObjectStore | None) -> dict[str, str] | None:
    return None if store is None else store.borrowing


def _revision(text: str) -> str:
    if not text or text[0] in "-^:" or any(character.isspace() or character == "\0" for character in text):
        raise InvalidInput(f"{printable(text)!r} is not a commit or tree.")
    return text


def _pathspecs(paths: Sequence[str]) -> list[str]:
    """Paths as they are, from the top of the repository; of the top itself, none."""
    return [] if "." in paths else [f":(top,literal){path}" for path in paths]


def _left_out(limit: int) -> str:
    return f"… the rest of the difference is left out (it has more than {_size(limit)})\n"


def _size(limit: int) -> str:
    return f"{limit // 2**20} MB" if limit >= 2**20 else f"{limit} bytes"
