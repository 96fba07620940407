"""An id whose short form is taken is made anew; where it cannot be, its short form is longer."""

from collections.abc import Iterator

import pytest

from agor_core import ids
from agor_core.wire.requests import Fork
from agor_daemon import new_ids
from agor_daemon.supervisor.branching import new_sessions

ONE = "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"
SAME_SHORT = "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b1111"
SAME_LONGER_SHORT = "0190f3c4-7a1e-7c3b-0000-9d2e1c4b1111"
OTHER = "0190f3c4-7a1e-7c3b-9d2e-000000000001"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The ids that are made next."""
    coming: list[str] = []
    for module in (new_ids, new_sessions):
        monkeypatch.setattr(module, "new_id", lambda: coming.pop(0) if coming else ids.new_id())
    yield coming
    assert coming == []


async def test_an_id_of_ours_is_made_anew(bench, made):
    session = await bench.session()
    made[:] = [ONE, SAME_SHORT, OTHER]
    first = await bench.run(session, "say: hi")
    second = await bench.run(session, "say: hi")
    assert [(task.task_id, task.short_id) for task in (first, second)] == [(ONE, "9d2e1c4b"), (OTHER, "00000000")]


async def test_after_some_attempts_it_is_given_up(bench, made):
    session = await bench.session()
    made[:] = [ONE, *[SAME_SHORT] * new_ids.ATTEMPTS]
    await bench.run(session, "say: hi")
    with pytest.raises(new_ids.ShortIdTaken):  # type: ignore[attr-defined]
        await bench.run(session, "say: hi")


async def test_an_id_that_was_given_has_a_longer_short_form_where_the_usual_is_taken(bench):
    session = await bench.session()
    first = await bench.supervisor.prompt(session.session_id, "say: hi", task_id=ONE)
    second = await bench.supervisor.prompt(session.session_id, "say: hi", task_id=SAME_SHORT)
    assert (first.short_id, second.short_id) == ("9d2e1c4b", "9d2e1c4b1111")
    with pytest.raises(new_ids.ShortIdTaken):  # type: ignore[attr-defined]
        await bench.supervisor.prompt(session.session_id, "say: hi", task_id=SAME_LONGER_SHORT)


async def test_so_has_the_id_of_a_fork(bench, made):
    source = await bench.session()
    await bench.run(source, "say: hi")
    made[:] = [ONE, SAME_SHORT]
    forks = [await bench.supervisor.fork(source.session_id, Fork()) for _ in range(2)]
    assert [fork.short_id for fork in forks] == ["9d2e1c4b", "9d2e1c4b1111"]
