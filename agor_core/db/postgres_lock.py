"""The lock of a PostgreSQL store: an advisory lock of a session that lives as long as the daemon.

See https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS. The server gives the lock up with the
session, so a killed daemon leaves none; the name of the session's application says who holds it.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from agor_core.db import engines
from agor_core.db.failures import unusable
from agor_core.db.store_holder import Hold, Holder, refused
from agor_core.errors import CannotStart

logger = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
"""Seconds between two looks whether the session with the lock still lives."""
CONNECT_SECONDS = 10.0
LONGEST_NAME = 63
"""Bytes of an application's name that the server keeps."""
NAME = "agor "

_KEY = "hashtextextended('agor daemon of ' || coalesce(current_schema(), ''), 0)"
_TAKE = text(f"SELECT pg_try_advisory_lock({_KEY})")
_HOLDER = text(
    f"""
    SELECT activity.application_name FROM pg_locks locks JOIN pg_stat_activity activity USING (pid)
    WHERE locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 1
    AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (locks.classid::bigint << 32 | locks.objid::bigint) = {_KEY}
    """  # noqa: S608 - the key is a constant
)
_SETTINGS = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""A host that lost its power gives up the lock after half a minute."""


@contextlib.contextmanager
def hold(url: str, holder: Holder) -> Iterator[Hold]:
    """Hold the lock in a thread of its own, in a session that is renewed if the server ends it.

    Raises CannotStart, naming the holder, and StoreUnusable for an error of the server.
    """
    taken: Future[None] = Future()
    held = Hold()
    keeper = _Keeper(url, holder, held, taken)
    thread = threading.Thread(target=keeper.run, name="agor-store-lock", daemon=True)
    thread.start()
    try:
        taken.result()
        yield held
    finally:
        keeper.end()
        thread.join()


class _Keeper:
    """Takes the lock and looks after it, in a loop of its own."""

    def __init__(self, url: str, holder: Holder, held: Hold, taken: Future[None]) -> None:
        self._url = url
        self._holder = holder
        self._held = held
        self._taken = taken
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()

    def run(self) -> None:
        """Take the lock, tell that by ``taken``, and keep it until the end."""
        try:
            self._loop.run_until_complete(self._keep())
        except BaseException as error:
            if not self._taken.done():
                self._taken.set_exception(error)
            else:
                logger.exception("the lock of the store is not looked after any more")
        finally:
            self._loop.close()

    def end(self) -> None:
        """Give the lock up; called from another thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._ended.set)

    async def _keep(self) -> None:
        while not self._ended.is_set():
            try:
                await self._hold_in_a_session()
            except CannotStart as error:
                if not self._taken.done():
                    raise
                self._held.lost = str(error)
                return
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                if not self._taken.done():
                    raise unusable(self._url, error) from error
                logger.warning("the session with the store's lock has ended; it is taken anew")
                await self._rest()

    async def _hold_in_a_session(self) -> None:
        """Take the lock and return at the end. Raises CannotStart, and an error when the session ends."""
        engine = engines.postgres(self._url)
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(CONNECT_SECONDS):
                    connection = await stack.enter_async_context(engine.connect())
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                async with asyncio.timeout(CONNECT_SECONDS):
                    await self._take(connection)
                if not self._taken.done():
                    self._taken.set_result(None)
                while not self._ended.is_set():
                    async with asyncio.timeout(CONNECT_SECONDS):
                        await connection.execute(text("SELECT 1"))
                    await self._rest()
        finally:
            await engine.dispose()

    async def _take(self, connection: Any) -> None:
        for setting in _SETTINGS:
            await connection.execute(text(f"SET {setting}"))
        await connection.execute(
            text("SELECT set_config('application_name', :name, false)"), {"name": name_of(self._holder)}
        )
        if not await connection.scalar(_TAKE):
            name = await connection.scalar(_HOLDER)
            raise refused("on the server", str(name or "one that has just ended").removeprefix(NAME))

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), CHECK_SECONDS)


def name_of(holder: Holder) -> str:
    """The holder's name for its session, as much as the server keeps; of a long home the end."""
    whole = f"{NAME}{holder}"
    if len(whole.encode()) <= LONGEST_NAME:
        return whole
    start = f"{NAME}host {holder.host[:18]}, pid {holder.pid}, home …"
    rest = holder.home.encode()[-max(1, LONGEST_NAME - len(start.encode())) :]
    return start + rest.decode("utf-8", "ignore")
