"""Three versions of one text, merged by ``git merge-file``: without a repository, so that none can name a program."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.process import attempt, failure

AT_ONCE = 4
_MOST_CONFLICTS = 127
"""git's exit code is the number of conflicts, at most this."""
_BINARY_WITHIN = 8000
"""Bytes at the beginning of a content in which git looks for a NUL."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The names of both sides in the markers of a conflict."""

    ours: str
    theirs: str


def is_binary(content: bytes) -> bool:
    """Whether git takes a content for binary."""
    return b"\0" in content[:_BINARY_WITHIN]


@dataclass(frozen=True, slots=True)
class Texts:
    """Three versions of one text."""

    base: bytes
    ours: bytes
    theirs: bytes


async def merge_all(texts: Sequence[Texts], labels: Labels) -> list[tuple[bytes, int]]:
    """Like :func:`merge`, for many, some at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(of: Texts) -> tuple[bytes, int]:
        async with room:
            return await merge(of.base, of.ours, of.theirs, labels)

    return await asyncio.gather(*(one(of) for of in texts))


async def merge(base: bytes, ours: bytes, theirs: bytes, labels: Labels) -> tuple[bytes, int]:
    """The merged text, with markers at its conflicts, and how many these are. Raises GitFailed."""
    with tempfile.TemporaryDirectory(prefix="agor-merge-") as name:
        folder = Path(name)
        await asyncio.to_thread(_write, folder, {"ours": ours, "base": base, "theirs": theirs})
        names = ("-L", labels.ours, "-L", "before", "-L", labels.theirs)
        arguments = ("merge-file", "-p", "-q", *names, "ours", "base", "theirs")
        outcome = await attempt(*arguments, cwd=folder, env={"GIT_CEILING_DIRECTORIES": str(folder.parent)})
    if outcome.cut:
        raise GitFailed("A file is too large to be merged.")
    if not 0 <= outcome.code <= _MOST_CONFLICTS:
        raise failure(outcome, *arguments)
    return outcome.stdout, outcome.code


async def differ_by_line_ends(texts: Texts, labels: Labels) -> bool:
    """Whether a merge that conflicts would not, were all line ends alike."""
    versions = (texts.base, texts.ours, texts.theirs)
    if not any(b"\r\n" in content for content in versions):
        return False
    base, ours, theirs = (content.replace(b"\r\n", b"\n") for content in versions)
    return (await merge(base, ours, theirs, labels))[1] == 0


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)
