"""The store for programs of one's own: ten lines, and every call."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.errors import Ambiguous, CannotStart, Conflict, InvalidInput, NotFound, StoreUnusable
from agor_core.library import LibraryStore, open_store

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LibraryStore]:
    async with open_store(tmp_path / "agor.db") as opened:
        yield opened


async def test_records_are_made_with_ids_and_times_and_found_by_any_form_of_an_id(store: LibraryStore) -> None:
    board = await store.boards.create("Experiments")
    made = await store.sessions.create(agent="demo", title="Limit the login", board="experiments", cwd="/srv/api")
    assert (made.board_id, made.repo.cwd, made.status, len(made.short_id)) == (board.board_id, "/srv/api", "idle", 8)
    assert made.created_at.endswith("Z")
    for form in (made.session_id, made.short_id, made.short_id[:5], made.session_id.replace("-", "").upper()):
        assert await store.sessions.get(form) == replace(made)
    assert (await store.boards.get("experiments")).session_count == 1
    assert [s.title for s in await store.sessions.find_by_board("experiments")] == ["Limit the login"]
    assert [s.title for s in await store.sessions.find_by_status("idle")] == ["Limit the login"]
    assert await store.sessions.count(agent="demo") == 1
    assert await store.sessions.find({"agent": {"$ne": "demo"}}) == []


async def test_a_tasks_life_moves_its_session(store: LibraryStore) -> None:
    session = await store.sessions.create(agent="demo")
    first = await store.tasks.create(session.short_id, "do it")
    second = await store.tasks.create(session.session_id, "and that")
    assert [task.position for task in await store.tasks.find_by_session(session.short_id)] == [1, 2]
    await store.tasks.update(first.task_id, status="running")
    assert [task.task_id for task in await store.tasks.find_running()] == [first.task_id]
    assert (await store.sessions.get(session.session_id)).status == "running"
    said = await store.messages.append(first.short_id, "done", role="assistant")
    assert (said.index, (await store.messages.find_by_task(first.task_id))[0].text) == (0, "done")
    assert (await store.messages.get(said.message_id)).session_id == session.session_id
    await store.tasks.update(first.task_id, status="completed")
    with pytest.raises(Conflict, match="cannot become running"):
        await store.tasks.update(first.task_id, status="running")
    with pytest.raises(InvalidInput, match="nonsense"):
        await store.tasks.update(second.task_id, status="nonsense")


async def test_what_rest_refuses_is_refused_here(store: LibraryStore) -> None:
    with pytest.raises(InvalidInput, match="title"):
        await store.sessions.create(agent="demo", title=5)
    with pytest.raises(InvalidInput, match="prompt: takes a daemon"):
        await store.sessions.create(agent="demo", prompt="go")
    with pytest.raises(NotFound):
        await store.sessions.create(agent="demo", board="nowhere")
    session = await store.sessions.create(agent="demo")
    with pytest.raises(InvalidInput, match="status"):
        await store.sessions.insert(replace(session, status="bogus"))
    with pytest.raises(InvalidInput, match="status: must be one of idle, "):
        await store.sessions.find_by_status("bogus")
    with pytest.raises(InvalidInput, match=re.escape("nothing")):
        await store.sessions.find(nothing=1)
    with pytest.raises(InvalidInput):
        await store.tasks.create(session.session_id, "  ")
    with pytest.raises(NotFound):
        await store.sessions.get("ffffffff")
    assert await store.sessions.count() == 1
    assert issubclass(Ambiguous, Exception)


async def test_sessions_change_are_archived_come_back_and_go(store: LibraryStore) -> None:
    session = await store.sessions.create(agent="demo", title="One")
    await store.boards.create("B")
    assert (await store.sessions.update(session.short_id, title="Two", board="b")).title == "Two"
    assert (await store.sessions.archive(session.short_id)).archived_at is not None
    assert await store.sessions.find() == []
    restored = await store.sessions.update(session.short_id, archived_at=None)
    assert restored in await store.sessions.find()
    same = await store.sessions.insert(restored)
    assert same.session_id == session.session_id
    assert await store.sessions.children(session.short_id) == []
    await store.sessions.remove(session.short_id)
    assert await store.sessions.count() == 0
    assert (await store.boards.update("b", name="C", slug="c")).slug == "c"


async def test_one_program_has_it_and_others_may_read(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no store yet"):
        async with open_store(tmp_path / "agor.db", read_only=True):
            pass
    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/agor.db") as store:
        await store.sessions.create(agent="demo", title="Seen")
        with pytest.raises(CannotStart, match=f"pid {os.getpid()}"):
            async with open_store(tmp_path / "agor.db"):
                pass
        async with open_store(str(tmp_path / "agor.db"), read_only=True) as beside:
            assert [session.title for session in await beside.sessions.find()] == ["Seen"]
            with pytest.raises(Conflict, match="to read only"):
                await beside.sessions.create(agent="demo")


async def test_many_read_at_once_while_one_writes(store: LibraryStore) -> None:
    made = [await store.sessions.create(agent="demo", title=str(number)) for number in range(5)]
    found = await asyncio.gather(*(store.sessions.get(made[at % 5].short_id) for at in range(60)))
    assert {session.title for session in found} == {"0", "1", "2", "3", "4"}


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    """What the README shows of the library, as it stands there."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (example,) = (block for block in blocks if "open_store" in block)
    run = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    assert re.fullmatch(r"[0-9a-f]{8} created Limit the login\n", run.stdout)
