"""Landings in the store, what the session shows of them, and what they keep."""

import pytest
from msgspec.structs import replace

from agor_core.db.store import Store
from agor_core.domain.landing import Landing, LandingStatus, SessionLanding
from agor_core.domain.task import TaskStatus
from agor_core.errors import NotFound
from agor_core.ids import LandingId
from agor_core.repositories import checkpoints, landings, repos, sessions, tasks, trash
from tests.builders.records import make_id, make_repo, make_session, make_task


async def test_the_session_shows_its_latest_landing_that_stands(store: Store) -> None:
    session = await store.write(lambda w: sessions.insert(w, make_session()))
    repo = await store.write(lambda w: repos.insert(w, make_repo()))
    task = await store.write(lambda w: tasks.insert(w, make_task(session.session_id, status=TaskStatus.QUEUED)))

    def landing(after: str, at: str) -> Landing:
        return Landing(
            landing_id=LandingId(make_id()), session_id=session.session_id, task_id=task.task_id, repo_id=repo.repo_id,
            target="main", before="b", after=after, how="squash", message="It works\n\nwell", created_at=at,
        )  # fmt: skip

    async def shown() -> SessionLanding | None:
        return (await store.read(lambda r: sessions.get(r, session.session_id))).landed

    first, second = landing("1", "2026-01-01T00:00:00.000Z"), landing("2", "2026-01-02T00:00:00.000Z")
    for one in (first, second):
        assert await store.write(lambda w, it=one: landings.insert(w, it)) == one
        assert await store.write(lambda w, it=one: landings.insert(w, it)) == one
    assert (await shown()) == SessionLanding(
        landing_id=second.landing_id, target="main", after="2", landed_at=second.created_at
    )
    await store.write(lambda w: landings.update(w, replace(second, status=LandingStatus.UNDONE, undone_at=w.at)))
    assert (await shown()).landing_id == first.landing_id
    kept = await store.read(lambda r: checkpoints.landed_tasks(r, [task.task_id, make_id()]))
    assert kept == {task.task_id}
    with pytest.raises(NotFound):
        await store.write(lambda w: landings.insert(w, replace(first, landing_id=make_id(), repo_id=make_id())))

    records = await store.read(lambda r: trash.records_of(r, sessions.get(r, session.session_id), None))
    await store.write(lambda w: sessions.remove(w, session.session_id))
    assert await store.read(lambda r: landings.of_session(r, session.session_id)) == []
    await store.write(lambda w: trash.put_back(w, records))
    assert len(await store.read(lambda r: landings.of_session(r, session.session_id))) == 2
