"""What changed between two points of sessions, as pages of JSON or as one patch."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from agor_core.domain.texts import shown
from agor_core.errors import InvalidInput
from agor_core.git import diff
from agor_core.git.porcelain import FileChange, lossy
from agor_core.ids import SessionId
from agor_core.repositories import sessions
from agor_daemon.services.context import Context
from agor_daemon.services.contract import RawQuery
from agor_daemon.supervisor.workspaces import points
from agor_daemon.supervisor.workspaces.differences import Kept, KeptPoint, Range

FIGURES_AT_ONCE = 10_000
"""Files of one page without text: some megabytes of JSON."""
MOST_PATHS = 1_000
STATUS = {
    "A": "added", "C": "copied", "D": "deleted", "M": "modified", "R": "renamed", "T": "type_changed"
}  # fmt: skip


class FileFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A changed file and its lines added and removed; None for binary content.

    A renamed file has its ``old_path``. Modes are git's, octal: ``100755`` may be executed, ``120000`` is a link,
    ``160000`` a submodule; that of a side without the file is None.
    """

    path: str
    insertions: int | None
    deletions: int | None
    status: str = "modified"
    old_path: str | None = None
    old_mode: str | None = None
    new_mode: str | None = None


class PointShown(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a session and the commit that has its files.

    ``left_out`` are files that were too large to be looked at, ``submodules`` those with changes inside, which are not
    looked at; ``note`` says what else is to be known.
    """

    session_id: SessionId
    point: str
    commit: str
    left_out: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    note: str | None = None


class SessionDiff(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /sessions/{id}/diff``: what differs between two points, a page of whole files.

    ``diffstat`` is of all files, however many pages they take. ``files`` are the page's paths, ``changes`` their
    figures, ``diff`` their text for people; ``cut`` is True if one file alone is too long and this is its beginning.
    With ``next``, the page goes on at ``skip=next``. The whole as a patch that applies is ``GET /sessions/{id}/patch``.
    """

    session_id: SessionId
    start: PointShown = msgspec.field(name="from")
    end: PointShown = msgspec.field(name="to")
    diffstat: dict[str, int]
    files: tuple[str, ...]
    changes: tuple[FileFigures, ...]
    diff: str | None = None
    cut: bool = False
    next: int | None = None


class SessionDifferences:
    """Answers what changed in sessions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def diff(self, reference: str, query: RawQuery) -> SessionDiff:
        """Raises InvalidInput, NotFound, Ambiguous, Conflict, Unprocessable and GitFailed."""
        asked, skip = await self._asked(reference, query), _skip(query)
        if _flag(query, "stat"):
            kept, found = await self._context.supervisor.differences.changes(asked)
            count = len(found[skip : skip + FIGURES_AT_ONCE])
            return _answer(asked.session_id, kept, found, skip, count)
        kept, found, page = await self._context.supervisor.differences.page(asked, skip)
        answer = _answer(asked.session_id, kept, found, skip, page.files)
        return msgspec.structs.replace(answer, diff=page.text, cut=page.cut)

    async def patch(self, reference: str, query: RawQuery) -> AsyncIterator[bytes]:
        """The same as a patch that ``git apply`` takes, in pieces. Raises the same, also on the way."""
        for name in ("stat", "skip"):
            if name in query:
                raise InvalidInput(f"{name}: a patch is whole.", place=name)
        async for piece in self._context.supervisor.differences.patch(await self._asked(reference, query)):
            yield piece

    async def _asked(self, reference: str, query: RawQuery) -> Range:
        start, end = _text(query, "from", "base"), _text(query, "to", "now")
        names = points.parse(start, "from"), points.parse(end, "to")
        session_id = await self._context.store.read(lambda reader: sessions.resolve(reader, reference))
        return Range(session_id, *names, _paths(query))


def figures(found: Sequence[FileChange]) -> tuple[FileFigures, ...]:
    """Changed files as an interface shows them."""
    return tuple(
        FileFigures(
            path=lossy(change.path),
            insertions=change.insertions,
            deletions=change.deletions,
            status=STATUS.get(change.status, "modified"),
            old_path=None if change.old_path is None else lossy(change.old_path),
            old_mode=change.old_mode,
            new_mode=change.new_mode,
        )
        for change in found
    )


def _answer(session_id: SessionId, kept: Kept, found: Sequence[FileChange], skip: int, count: int) -> SessionDiff:
    page = found[skip : skip + count]
    return SessionDiff(
        session_id=session_id,
        start=_shown(kept.start),
        end=_shown(kept.end),
        diffstat=msgspec.structs.asdict(diff.diffstat(found)),
        files=tuple(diff.paths(page)),
        changes=figures(page),
        next=skip + count if count and skip + count < len(found) else None,
    )


def _shown(point: KeptPoint) -> PointShown:
    return PointShown(
        session_id=point.session_id,
        point=point.name,
        commit=point.commit,
        left_out=() if point.checkpoint is None else point.checkpoint.left_out,
        submodules=point.submodules,
        note=point.note,
    )


def _text(query: RawQuery, name: str, default: str) -> str:
    given = query.get(name, default)
    if not isinstance(given, str):
        raise InvalidInput(f"{name}: must be {points.FORMS}.", place=name)
    return given


def _paths(query: RawQuery) -> tuple[str, ...]:
    given = query.get("path", [])
    paths = given if isinstance(given, list) else [given]
    if len(paths) > MOST_PATHS or not all(isinstance(path, str) for path in paths):
        raise InvalidInput(f"path: must be at most {MOST_PATHS} paths from the top of the repository.", place="path")
    return tuple(paths)


def _skip(query: RawQuery) -> int:
    given = query.get("skip", "0")
    if not isinstance(given, str) or not given.isdecimal() or len(given) > 9:
        raise InvalidInput(f"skip: must be a number of files, not {shown(str(given))}.", place="skip")
    return int(given)


def _flag(query: RawQuery, name: str) -> bool:
    given: Any = query.get(name, "false")
    if given not in ("true", "false"):
        raise InvalidInput(f"{name}: must be true or false.", place=name)
    return bool(given == "true")
