"""Checks that run nothing: each is stored as running and stays so until it is stopped."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import replace

from agor_core.db.store import Store
from agor_core.domain.check import Check, CheckStatus
from agor_core.ids import CheckId, SessionId
from agor_core.repositories import checks
from agor_daemon.new_ids import store_one
from agor_daemon.supervisor.checks.checks import CheckRequest


class FakeChecks:
    """``ledger`` holds the name and arguments of every call."""

    def __init__(self, store: Store, ledger: list[tuple[Any, ...]]) -> None:
        self._store = store
        self._ledger = ledger

    async def start(self, session_id: SessionId, request: CheckRequest) -> Check:
        self._ledger.append(("check", session_id, request))
        return await store_one(
            self._store,
            lambda w, identifier: checks.insert(
                w,
                Check(
                    check_id=CheckId(identifier),
                    session_id=session_id,
                    command=request.command or "make check",
                    reason=request.reason,
                    created_at=w.at,
                    updated_at=w.at,
                ),
            ),
            given=request.check_id,
        )

    async def stop(self, check_id: CheckId, reason: str = "It was stopped.") -> Check:
        self._ledger.append(("stop check", check_id))
        return await self._store.write(
            lambda w: checks.update(
                w, replace(checks.get(w, check_id), status=CheckStatus.STOPPED, error=reason, ended_at=w.at)
            )
        )

    async def log(self, check_id: CheckId) -> AsyncIterator[bytes]:
        yield b"what it printed\n"
