"""A purge whose records are gone is seen through: what fails with one session or worktree is logged, the others go."""

import pytest

from agor_core.errors import NotFound
from tests.daemon.supervisor.conftest import git
from tests.daemon.supervisor.workspaces.test_removal import services, there, worked


@pytest.mark.parametrize("fails", ["forget", "remove_worktree"])
async def test_what_fails_with_one_is_logged_and_the_others_go(bench, repo, monkeypatch, caplog, fails):
    first, second = await worked(bench, repo, "say: x"), await worked(bench, repo, "say: x")
    service, _ = services(bench)
    for session in (first, second):
        await service.remove(session.short_id, {})
    doing, met = getattr(bench.supervisor, fails), []

    async def failing(*given, **more):
        met.append(given)
        if len(met) == 1:
            raise RuntimeError("no luck")
        await doing(*given, **more)

    monkeypatch.setattr(bench.supervisor, fails, failing)
    gone = await service.remove_many({"archived_at": {"$ne": None}})
    assert {session.session_id for session in gone} == {first.session_id, second.session_id}
    assert len(met) == 2
    assert "no luck" in caplog.text
    for session in (first, second):
        with pytest.raises(NotFound):
            await bench.again(session)
    left = [session for session in (first, second) if there(session.repo.cwd)]
    if fails == "forget":
        assert left == []
        assert {ref.split("/")[3] for ref in await bench.kept(repo)} == {met[0][0].session_id}
        await bench.supervisor.release(met[0][0].session_id)
    else:
        assert [session.repo.cwd for session in left] == [met[0][0].path]
        assert await bench.kept(repo) == {}
    assert len(git(repo, "branch", "--format=%(refname:short)").split()) == 1 + len(left)
