"""The review of a session's changes: lines that comments are on, and hunks that nobody has read.

Both are looked at after each task, and when a client asks.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from agor_core.bounded_map import BoundedMap
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.comment import Comment
from agor_core.domain.hunk_keys import Hunk, hunks
from agor_core.domain.review import Review
from agor_core.domain.session import Session
from agor_core.errors import AgorError
from agor_core.git import diff
from agor_core.git.durability import sync
from agor_core.git.refs import LOOK, commented_ref
from agor_core.ids import SessionId, TaskId
from agor_core.repositories import comments, reviews, sessions, tasks
from agor_daemon.supervisor.workspaces import commented_lines, points
from agor_daemon.supervisor.workspaces.commented_lines import Lines, Snippet, Trees
from agor_daemon.supervisor.workspaces.differences import Differences, Kept, Range
from agor_daemon.supervisor.workspaces.points import Point, PointName

LARGEST = 16 * 1024 * 1024
"""Bytes of a session's diff in which hunks are counted."""
MOST_REMEMBERED = 200
"""Sessions whose hunks are remembered."""
NOT_KEPT = "The files that were shown are not kept any more; read the changes again."
_log = logging.getLogger("agor.supervisor")


@dataclass(frozen=True, slots=True)
class Shown:
    """The two commits whose difference a client was shown."""

    base: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Commented:
    """What a new comment is on, and the trees that it was read from."""

    snippet: Snippet
    checkpoint: str
    base: str


class Reviewing:
    """Places comments, follows their lines, and counts hunks; ``differences`` finds and keeps the trees."""

    def __init__(self, store: Store, differences: Differences) -> None:
        self._store = store
        self._differences = differences
        self._hunks: BoundedMap[SessionId, list[Hunk]] = BoundedMap(MOST_REMEMBERED)

    async def place(
        self, session_id: SessionId, task_id: TaskId | None, wanted: Sequence[Lines], shown: Shown | None = None
    ) -> list[Commented]:
        """What new comments are on: in the changes of a task that ended, else in the files as they are now.

        With ``shown``, what was changed between these commits.
        Raises InvalidInput for a file or lines that are not there, Unprocessable outside of git and for a binary file,
        Conflict and GitFailed where a tree is not there.
        """
        trees_then = (
            self._trees(await self._range(session_id, task_id)) if shown is None else self._at(session_id, shown)
        )
        async with trees_then as (trees, kept):
            await trees.read_ahead(wanted)
            found = [await commented_lines.snippet(trees, one) for one in wanted]
            if kept.end.checkpoint is not None or shown is not None:
                await self._keep(kept, session_id)
            return [Commented(one, trees.checkpoint, trees.base) for one in found]

    async def look(self, session_id: SessionId) -> Review:
        """Look for the lines of comments, and count the hunks, in the files as they are now.

        Raises NotFound, Unprocessable outside of git, and GitFailed.
        """
        async with self._trees(Range(session_id)) as (trees, kept):
            found, changed = await self._looked(session_id, trees)
            if changed and kept.end.checkpoint is not None:
                await self._keep(kept, session_id)
            return await self._store_look(session_id, found, changed)

    async def after_task(self, session_id: SessionId, checkpoint: str) -> None:
        """The same with the checkpoint at the end of a task. A failure is logged, and fails no task."""
        try:
            session = await self._store.read(lambda r: sessions.get(r, session_id))
            if session.review is None:
                return
            of = await self._store.read(lambda r: points.known(r, session_id))
            async with self._differences.keeping([points.find(of, PointName("base"))]) as kept:
                trees = Trees(kept.where, kept.store, kept.start.commit, checkpoint)
                found, changed = await self._looked(session_id, trees, counts=session.review.unread is not None)
                await self._store_look(session_id, found, changed)
        except (AgorError, OSError) as error:
            _log.warning("the review of session %s was not brought up to date: %s", session_id, error)

    async def mark(self, session_id: SessionId, read: Collection[str], unread: Collection[str]) -> Review:
        """Note changes as read, or as unread again. Raises NotFound, Unprocessable and GitFailed."""
        found = self._hunks.get(session_id)

        def work(w: Writer) -> Review | None:
            reviews.mark(w, session_id, read, unread)
            return None if found is None else _count(w, session_id, found)

        return await self._store.write(work) or await self.look(session_id)

    async def _looked(
        self, session_id: SessionId, trees: Trees, *, counts: bool = True
    ) -> tuple[list[Hunk] | None, list[Comment]]:
        """The hunks of the session's changes, and the comments whose place differs."""
        mine = await self._store.read(lambda r: comments.followed(r, session_id))
        changed = await commented_lines.followed(trees, mine) if mine else []
        if not counts:
            return None, changed
        patch = await diff.patch(trees.where, trees.base, trees.checkpoint, limit=LARGEST, store=trees.store)
        found = await asyncio.to_thread(hunks, patch.text)
        self._hunks.put(session_id, found)
        return found, changed

    async def _store_look(self, session_id: SessionId, found: list[Hunk] | None, changed: list[Comment]) -> Review:
        def work(w: Writer) -> Review:
            comments.store_places(w, changed)
            return _count(w, session_id, found)

        return await self._store.write(work)

    async def _range(self, session_id: SessionId, task_id: TaskId | None) -> Range:
        if task_id is None:
            return Range(session_id)
        task = await self._store.read(lambda r: tasks.get(r, task_id))
        state = task.git_state
        if state.checkpoint_start is None or (task.ended and state.checkpoint_end is None):
            return Range(session_id)
        return Range(session_id, PointName("task", task_id, "start"), PointName("task", task_id))

    @asynccontextmanager
    async def _trees(self, asked: Range) -> AsyncIterator[tuple[Trees, Kept]]:
        async with self._differences.between(asked) as kept:
            yield Trees(kept.where, kept.store, kept.start.commit, kept.end.commit), kept

    @asynccontextmanager
    async def _at(self, session_id: SessionId, shown: Shown) -> AsyncIterator[tuple[Trees, Kept]]:
        of = await self._store.read(lambda r: points.known(r, session_id))
        ends = [Point(of, "base", (shown.base,), NOT_KEPT), Point(of, "now", (shown.checkpoint,), NOT_KEPT)]
        async with self._differences.keeping(ends) as kept:
            yield Trees(kept.where, kept.store, shown.base, shown.checkpoint), kept

    async def _keep(self, kept: Kept, session_id: SessionId) -> None:
        """Keep the files as they are now for the comments on their lines; it lasts while there are such."""
        ref = commented_ref(session_id, LOOK, kept.end.commit)
        await kept.store.git("update-ref", "--", ref, kept.end.commit)
        await asyncio.to_thread(sync, (kept.store.path / ref).parent)


def _count(w: Writer, session_id: SessionId, found: list[Hunk] | None) -> Review:
    """Store how many hunks nobody has read; the review as it is then."""
    read = reviews.read(w, session_id)
    if found is not None:
        unread = sum(not read.issuperset(hunk.keys) for hunk in found)
        reviews.note_unread(w, session_id, unread=unread, hunks=len(found))
    return _review(sessions.get(w, session_id), read)


def _review(session: Session, read: Collection[str]) -> Review:
    state = session.review
    return Review(
        session_id=session.session_id,
        comments=state.comments if state is not None else 0,
        unread=state.unread if state is not None else None,
        hunks=state.hunks if state is not None else None,
        read=tuple(sorted(read)),
    )
