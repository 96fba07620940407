"""The daemon runs the user's command for a notice."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.config.settings import NotifySettings
from agor_core.db.store import Store
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.repositories import sessions, tasks
from agor_daemon import notifying
from tests.builders.records import make_session, make_task
from tests.builders.stores import opened


async def test_the_command_gets_one_sentence_and_the_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "REST_SECONDS", 0.0)
    told = tmp_path / "told"
    script = f'printf "%s|%s\\n" "$AGOR_NOTICE" "$1" >> {told}'
    settings = NotifySettings(command=("sh", "-c", script, "sh"), on=("failed",))
    async with opened(f"sqlite:///{tmp_path / 'agor.db'}") as store, notifying.in_background(store, settings):
        for status in (TaskStatus.COMPLETED, TaskStatus.FAILED):
            await _ends(store, status)
        async with asyncio.timeout(10):
            while not told.exists() or not told.read_text().endswith("\n"):  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.02)
        assert told.read_text().startswith("failed|It  [2J fell has failed")


async def _ends(store: Store, status: TaskStatus) -> None:
    session = await store.write(lambda w: sessions.insert(w, make_session(title="It \x1b[2J fell")))
    task = make_task(session.session_id, status=TaskStatus.RUNNING)
    running = await store.write(lambda w: tasks.insert(w, task))
    await store.write(lambda w: tasks.update(w, replace(running, status=status, error="No room")))
    assert (await store.read(lambda r: sessions.get(r, session.session_id))).status is not SessionStatus.RUNNING
