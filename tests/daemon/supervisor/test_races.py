"""Races of real sessions: one prompt, one base, all or none."""

import pytest

from agor_core.clock import SystemClock
from agor_core.domain.check import CheckReason, CheckStatus
from agor_core.domain.genealogy import EdgeKind
from agor_core.errors import GitFailed, InvalidInput, NotFound
from agor_core.ids import new_id
from agor_core.repositories import base, checks, genealogy, races, sessions
from agor_core.repositories.mappings import RACES, SESSIONS
from agor_daemon.services.context import Context
from agor_daemon.services.races import RaceService
from tests.daemon.supervisor.conftest import git


def service(bench):
    return RaceService(Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock()))


async def attempts(bench, race):
    return await bench.store.read(lambda r: [sessions.get(r, one) for one in races.get(r, race.race_id).session_ids])


async def test_siblings_of_one_base_and_their_check(bench, repo):
    body = {
        "prompt": "write: a.txt 1", "agents": ["demo"], "times": 3, "cwd": str(repo), "check": "grep 1 a.txt",
        "race_id": new_id(), "title": "Try",
    }  # fmt: skip
    race = await service(bench).create(body)
    assert race.base == git(repo, "rev-parse", "HEAD")
    again = await service(bench).create(body)
    assert (again.race_id, again.session_ids) == (race.race_id, race.session_ids)

    async def judged():
        return [session.check for session in await attempts(bench, race)]

    await bench.until(judged, lambda found: all(one and one.status != CheckStatus.RUNNING for one in found))
    made = await attempts(bench, race)
    assert [session.title for session in made] == ["Try · A", "Try · B", "Try · C"]
    assert {(session.task_count, session.check.status, session.git_state.base_sha) for session in made} == {
        (1, CheckStatus.PASSED, race.base)
    }
    reasons = await bench.store.read(lambda r: [checks.get(r, session.check.check_id).reason for session in made])
    assert set(reasons) == {CheckReason.RACE}
    found = await bench.store.read(lambda r: genealogy.of_session(r, made[2].session_id))
    assert found.root_id == made[0].session_id
    assert {session.session_id for session in found.sessions} == set(race.session_ids)
    assert [(edge.kind, edge.source, edge.target) for edge in found.edges] == [
        (EdgeKind.RACE, made[0].session_id, one.session_id) for one in made[1:]
    ]


async def test_forks_of_a_task_or_nothing(bench, repo, monkeypatch):
    session = await bench.session(cwd=repo, title="Work")
    task = await bench.run(session, "write: a.txt 1")
    body = {"prompt": "write: b.txt 1", "agents": ["demo", "demo"], "at": task.short_id}
    race = await service(bench).create(body)
    made = await attempts(bench, race)
    assert (race.source_session_id, race.task_id) == (session.session_id, task.task_id)
    assert [one.genealogy.fork_point_task_id for one in made] == [task.task_id] * 2
    branches, count = git(repo, "branch"), await bench.store.read(lambda r: len(base.matching(r, SESSIONS)))
    real = bench.supervisor.fork
    calls = []

    async def failing(source, request):
        calls.append(request)
        if len(calls) == 2:
            raise GitFailed("no room")
        return await real(source, request)

    monkeypatch.setattr(bench.supervisor, "fork", failing)
    with pytest.raises(GitFailed):
        await service(bench).create(body)
    assert len(calls) == 2
    assert git(repo, "branch") == branches
    assert await bench.store.read(lambda r: len(base.matching(r, SESSIONS))) == count
    assert await bench.store.read(lambda r: len(base.matching(r, RACES))) == 1
    assert await bench.supervisor.trash.items() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"times": 21}, "times"),
        ({"agents": []}, "agents"),
        ({"agents": ["demo"] * 11, "times": 2}, "20 attempts"),
        ({"agents": ["nosuch"]}, "nosuch"),
        ({"at": 1}, "needs the session"),
        ({"session": "abcd"}, "at names"),
        ({"at": "abcd", "cwd": "/"}, "leave it out"),
        ({"prompt": " "}, "prompt"),
    ],
)
async def test_what_no_race_can_be_is_refused(bench, changes, said):
    with pytest.raises(InvalidInput, match=said):
        await service(bench).create({"prompt": "x", "agents": ["demo"], **changes})
    assert await bench.store.read(lambda r: base.matching(r, RACES)) == []


async def test_a_place_that_is_not_there_leaves_no_race(bench, tmp_path):
    with pytest.raises((NotFound, InvalidInput)):
        await service(bench).create({"prompt": "x", "agents": ["demo"], "cwd": str(tmp_path / "gone")})
    assert await bench.store.read(lambda r: base.matching(r, RACES)) == []
