"""Where a new session begins: looked at, and fetched, before anything is made."""

from pathlib import Path

import pytest

from agor_core.errors import InvalidInput
from agor_daemon.supervisor.workspaces import beginnings
from tests.daemon.supervisor.conftest import git


@pytest.fixture
def upstream(repo: Path, tmp_path: Path) -> Path:
    """The repository that ``repo`` follows, with a commit more than ``repo`` has fetched."""
    git(tmp_path, "clone", "-q", "--bare", str(repo), "upstream.git")
    git(repo, "remote", "add", "origin", str(tmp_path / "upstream.git"))
    git(repo, "fetch", "-q", "origin")
    git(repo, "branch", "-q", "--set-upstream-to=origin/main", "main")
    git(tmp_path, "clone", "-q", str(tmp_path / "upstream.git"), "other")
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "Newer")
    git(tmp_path / "other", "push", "-q", "origin", "HEAD:main")
    return tmp_path / "upstream.git"


async def look(bench, repo, base=None, *, fetch=False):
    return await beginnings.look(bench.store, str(repo), repo=None, base=base, fetch=fetch)


async def test_it_is_behind_as_far_as_that_was_fetched(bench, repo, upstream, tmp_path):
    (repo / "new.txt").write_text("x")
    seen = await look(bench, repo)
    assert (seen.label, seen.upstream, seen.behind) == ("main", "origin/main", 0)
    assert (seen.sha, seen.uncommitted, seen.takeable) == (git(repo, "rev-parse", "HEAD"), ("new.txt",), True)
    alarm = tmp_path / "alarm"
    git(repo, "config", "remote.origin.uploadpack", f"touch {alarm}; git-upload-pack")
    git(repo, "config", "core.sshCommand", f"touch {alarm}")
    git(repo, "config", "credential.helper", f"!touch {alarm}")
    noted = (repo / ".git/FETCH_HEAD").read_bytes()
    seen = await look(bench, repo, fetch=True)
    assert (seen.behind, (await look(bench, repo, "origin/main")).subject) == (1, "Newer")
    assert not (await look(bench, repo, "origin/main")).takeable
    assert (repo / ".git/FETCH_HEAD").read_bytes() == noted
    git(repo, "config", "remote.origin.url", f"ext::sh -c touch% {alarm}")
    with pytest.raises(InvalidInput, match="transport 'ext' not allowed"):
        await look(bench, repo, fetch=True)
    assert not alarm.exists()


async def test_what_cannot_be_fetched_is_said(bench, repo, upstream):
    git(repo, "branch", "lone")
    with pytest.raises(InvalidInput, match="lone follows no branch of a remote"):
        await look(bench, repo, "lone", fetch=True)
    upstream.rename(upstream.with_name("gone"))
    with pytest.raises(InvalidInput, match=r"origin/main could not be fetched: .*does not appear to be a git"):
        await bench.session(cwd=repo, fetch=True)
    with pytest.raises(InvalidInput, match="fetch: only a worktree"):
        await bench.session(cwd=repo, fetch=True, worktree=False)


async def test_a_folder_with_nothing_to_begin_from(bench, tmp_path):
    assert (await look(bench, tmp_path)).repo is None
    git(tmp_path, "init", "-q")
    assert (await look(bench, tmp_path)).problem.startswith("Nothing was committed here yet")
