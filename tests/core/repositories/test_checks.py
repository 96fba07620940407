"""Checks and races in the store, and what follows them."""

import pytest
from msgspec.structs import replace

from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.check import Check, CheckStatus
from agor_core.domain.race import Race
from agor_core.domain.session import Session
from agor_core.errors import Conflict, NotFound
from agor_core.ids import CheckId, RaceId, SessionId, TaskId
from agor_core.repositories import checks, races, sessions, tasks, trash
from tests.builders.records import make_id, make_session, make_task


def check_of(session: Session, task_id: TaskId | None = None, **fields: object) -> Check:
    given = {"command": "make test", "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "", **fields}
    return Check(check_id=CheckId(make_id()), session_id=session.session_id, task_id=task_id, **given)  # type: ignore[arg-type]


async def world(store: Store) -> tuple[Session, TaskId, TaskId]:
    session = make_session()
    first, second = (make_task(session.session_id, position=at) for at in (1, 2))

    def write(w: Writer) -> None:
        sessions.insert(w, session)
        tasks.insert(w, first)
        tasks.insert(w, second)

    await store.write(write)
    return session, first.task_id, second.task_id


async def test_card_and_task_show_the_latest_check_of_the_present_files(store: Store) -> None:
    session, first, second = await world(store)
    old = await store.write(lambda w: checks.insert(w, check_of(session, first)))
    assert (await store.read(lambda r: sessions.get(r, session.session_id))).check is None
    new = await store.write(lambda w: checks.insert(w, check_of(session, second)))
    await store.write(lambda w: checks.update(w, replace(new, status=CheckStatus.FAILED, exit_code=2, ended_at=w.at)))
    await store.write(lambda w: checks.update(w, replace(old, status=CheckStatus.PASSED, exit_code=0, ended_at=w.at)))
    card = (await store.read(lambda r: sessions.get(r, session.session_id))).check
    assert card is not None
    assert (card.check_id, card.status, card.exit_code) == (new.check_id, CheckStatus.FAILED, 2)
    shown = await store.read(lambda r: [tasks.get(r, one).check for one in (first, second)])
    assert [each.status for each in shown if each is not None] == [CheckStatus.PASSED, CheckStatus.FAILED]
    with pytest.raises(Conflict, match="ended already"):
        await store.write(lambda w: checks.update(w, replace(new, status=CheckStatus.STOPPED)))


async def test_a_check_is_stored_once_and_goes_with_its_session(store: Store) -> None:
    session, first, _ = await world(store)
    check = check_of(session, first)
    await store.write(lambda w: checks.insert(w, check))
    assert (await store.write(lambda w: checks.insert(w, check))).created_at == check.created_at
    with pytest.raises(Conflict):
        await store.write(lambda w: checks.insert(w, replace(check, command="other")))
    assert await store.read(lambda r: checks.running(r, session.session_id)) != []
    ended = replace(check, status=CheckStatus.PASSED, tree="abc", ended_at="2026-01-01T00:00:01.000Z")
    await store.write(lambda w: checks.update(w, ended))
    kept = await store.read(lambda r: trash.records_of(r, sessions.get(r, session.session_id), None))
    await store.write(lambda w: sessions.remove(w, session.session_id))
    with pytest.raises(NotFound):
        await store.read(lambda r: checks.get(r, check.check_id))
    await store.write(lambda w: trash.put_back(w, kept))
    found = await store.read(lambda r: checks.latest_of_tree(r, "abc", "make test"))
    assert found is not None
    assert (found.check_id, found.status) == (check.check_id, CheckStatus.PASSED)
    assert await store.read(lambda r: checks.latest_of_tree(r, "abc", "make lint")) is None


async def test_a_race_has_the_attempts_that_are_stored(store: Store) -> None:
    race = Race(race_id=RaceId(make_id()), prompt="go", created_at="t", updated_at="t")
    attempts = [make_session(race_id=race.race_id) for _ in range(2)]

    def begin(w: Writer) -> None:
        for attempt in attempts:
            races.insert(w, race)
            sessions.insert(w, attempt)

    await store.write(begin)
    await store.write(begin)
    ids = await store.read(lambda r: races.get(r, race.race_id).session_ids)
    assert ids == tuple(SessionId(attempt.session_id) for attempt in attempts)
    with pytest.raises(Conflict):
        await store.write(lambda w: races.insert(w, replace(race, prompt="other")))
    kept = await store.read(lambda r: trash.records_of(r, sessions.get(r, ids[0]), None))
    await store.write(lambda w: sessions.remove(w, ids[0]))
    assert await store.read(lambda r: races.get(r, race.race_id).session_ids) == ids[1:]
    await store.write(lambda w: trash.put_back(w, kept))
    await store.write(lambda w: [sessions.remove(w, one) for one in ids])
    with pytest.raises(NotFound):
        await store.read(lambda r: races.get(r, race.race_id))
