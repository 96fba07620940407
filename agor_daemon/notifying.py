"""Notices by a command of the user's, ``[notify] command``: they come also while no app is open."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial

import msgspec

from agor_core.config.settings import NotifySettings
from agor_core.db.connections import Reader
from agor_core.db.feed_log import FeedRow
from agor_core.db.store import Store
from agor_core.domain.notice import Notice, holds, notice_of
from agor_core.domain.session import Session
from agor_core.errors import AgorError
from agor_core.ids import SessionId
from agor_core.repositories import sessions

REST_SECONDS = 1.5
"""How long a notice waits: who has the session in view has seen it by then."""
LONGEST_SECONDS = 20.0
"""How long the command may run."""
MOST_WAITING = 100
"""Notices that wait at most; those beyond are dropped."""
PLACE = "{text}"
"""Stands in the command for the notice; a command without it gets the notice as its last argument."""
LONGEST_TEXT = 500
logger = logging.getLogger(__name__)


class Notifying:
    """Follows the sessions that change while the daemon runs."""

    def __init__(self, store: Store, settings: NotifySettings) -> None:
        self._store = store
        self._settings = settings
        self._known: dict[SessionId, Session] = {}
        self._waiting: asyncio.Queue[Notice] = asyncio.Queue(MOST_WAITING)

    def committed(self, rows: Iterable[FeedRow]) -> None:
        """Take up the notices that these changes give."""
        for row in rows:
            if row.service != "sessions":
                continue
            if row.event == "removed":
                self._known.pop(SessionId(row.id), None)
                continue
            session = msgspec.json.decode(row.record, type=Session)
            notice = notice_of(self._known.get(session.session_id), session)
            self._known[session.session_id] = session
            if notice is not None and notice.kind in self._settings.on and not self._waiting.full():
                self._waiting.put_nowait(notice)

    async def run(self) -> None:
        """Give the notices that still hold when they have waited, until this is cancelled."""
        while True:
            notice = await self._waiting.get()
            await asyncio.sleep(REST_SECONDS)
            try:
                if holds(notice, await self._store.read(partial(_now, notice))):
                    await self._give(notice)
            except (AgorError, OSError) as error:
                logger.warning("a notice could not be given: %s", error)

    async def _give(self, notice: Notice) -> None:
        text = "".join(character if character.isprintable() else " " for character in notice.text)[:LONGEST_TEXT]
        command = [part.replace(PLACE, text) for part in self._settings.command]
        if not any(PLACE in part for part in self._settings.command):
            command.append(text)
        told = {"AGOR_NOTICE": notice.kind, "AGOR_NOTICE_SESSION": notice.session.session_id}
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **told},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = await asyncio.wait_for(process.wait(), LONGEST_SECONDS)
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if code:
            logger.warning("notify.command ended with %d", code)


def _now(notice: Notice, reader: Reader) -> Session:
    return sessions.get(reader, notice.session.session_id)


@asynccontextmanager
async def in_background(store: Store, settings: NotifySettings) -> AsyncIterator[None]:
    """Give notices within this context; without a command nothing is followed."""
    if not settings.command:
        yield
        return
    notifying = Notifying(store, settings)
    unsubscribe = store.on_commit(notifying.committed)
    task = asyncio.create_task(notifying.run(), name="notices")
    try:
        yield
    finally:
        unsubscribe()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
