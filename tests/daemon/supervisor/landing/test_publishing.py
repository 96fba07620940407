"""Publishing: the branch pushed to a remote, a pull request by a program that stands for gh, and its checks."""

import json
from pathlib import Path

import pytest

from agor_core.domain.session import Session
from agor_core.errors import Conflict, NotFound
from agor_core.git.users_git import UsersGit
from agor_daemon.supervisor.landing.hosts import Host, Offer, by_hand
from agor_daemon.supervisor.landing.publishing import Publish
from tests.daemon.supervisor.conftest import Bench, git
from tests.daemon.supervisor.landing.conftest import Programs

SEEN = {
    "number": 7, "url": "https://github.com/o/r/pull/7", "title": "T", "state": "OPEN", "baseRefName": "main",
    "statusCheckRollup": [
        {"name": "lint", "conclusion": "SUCCESS", "detailsUrl": "https://github.com/o/r/actions/runs/1/job/2"},
        {"name": "test", "conclusion": "FAILURE", "detailsUrl": "https://github.com/o/r/actions/runs/1/job/3"},
        {"context": "deploy", "state": "PENDING"},
    ],
}  # fmt: skip


async def test_the_branch_is_pushed_and_offered(
    bench: Bench, repo: Path, session: Session, programs: Programs, tmp_path: Path
) -> None:
    landings = bench.supervisor.landings
    with pytest.raises(Conflict, match="has no remote"):
        await landings.publish(session.session_id, Publish(), dry_run=False)
    git(repo, "init", "-q", "--bare", str(tmp_path / "github.git"))
    git(repo, "remote", "add", "origin", str(tmp_path / "github.git"))
    with pytest.raises(Conflict, match="uncommitted work"):
        await landings.publish(session.session_id, Publish(), dry_run=False)
    programs.answer("gh", "pr create", "https://github.com/o/r/pull/7")
    programs.answer("gh", "pr view", json.dumps(SEEN))
    done = await landings.publish(session.session_id, Publish(title="T", body="why", commit=True), dry_run=False)
    assert done.url == "https://github.com/o/r/pull/7"
    assert git(tmp_path / "github.git", "rev-parse", "greeting") == git(repo, "rev-parse", "greeting")
    assert programs.asked("gh", "pr create") == ["--head greeting --base main --title T --body-file - < why"]
    known = (await bench.again(session)).pull_request
    assert known is not None
    assert [(check.name, check.state) for check in known.checks] == [
        ("lint", "passed"),
        ("test", "failed"),
        ("deploy", "pending"),
    ]
    programs.answer("gh", "run view", "1 failed")
    seen = await landings.pull_request(session.session_id, "")
    assert (seen.check, seen.log) == ("test", "1 failed\n")
    assert programs.asked("gh", "run view") == ["--job 3 --log-failed < "]
    with pytest.raises(NotFound, match="no check 'other'"):
        await landings.pull_request(session.session_id, "other")
    with pytest.raises(Conflict, match="has no log that gh can read"):
        await landings.pull_request(session.session_id, "deploy")


async def test_without_a_program_the_commands_are_told(bench: Bench, repo: Path, session: Session) -> None:
    landings = bench.supervisor.landings
    git(repo, "remote", "add", "origin", "git@gitlab.example.org:group/project.git")
    with pytest.raises(NotFound, match="has no pull request"):
        await landings.pull_request(session.session_id, None)
    planned = await landings.publish(session.session_id, Publish(), dry_run=True)
    assert (planned.program, planned.uncommitted, planned.title) == (None, ("loose.txt",), "Better greeting")
    push, page = planned.commands
    assert push == f"git -C {session.repo.cwd} push origin greeting"
    assert page.startswith("https://gitlab.example.org/group/project/-/merge_requests/new?")
    assert not (await landings.publish(session.session_id, Publish(commit=True), dry_run=False)).url


def test_the_page_of_a_remote() -> None:
    offer = Offer("b", "main", "t", "")
    for url in ("https://me:secret@github.com/o/r.git", "git@github.com:o/r", "ssh://git@github.com:22/o/r.git"):
        assert by_hand(Path("/w"), "origin", url, offer)[1] == "https://github.com/o/r/compare/main...b?expand=1"
    assert len(by_hand(Path("/w"), "origin", "/srv/repo.git", offer)) == 1


async def test_merge_requests(programs: Programs, tmp_path: Path) -> None:
    host = Host("glab", UsersGit(programs.environ), tmp_path)
    url = "https://gitlab.com/o/r/-/merge_requests/3"
    programs.answer("glab", "mr create", f"!3 T\n {url}")
    assert await host.create(Offer("b", "main", "T", "why", draft=True)) == url
    assert programs.asked("glab", "mr create") == [
        "--source-branch b --target-branch main --title T --description why --yes --draft < why"
    ]
    view = {"iid": 3, "web_url": url, "state": "opened", "target_branch": "main", "head_pipeline": {"id": 9}}
    programs.answer("glab", "mr view", json.dumps(view))
    programs.answer("glab", "api projects/:id/pipelines/9/jobs", json.dumps([{"name": "unit", "status": "failed"}]))
    seen = await host.look(url, "t")
    assert (seen.number, seen.state, [(check.name, check.state) for check in seen.checks]) == (
        3,
        "open",
        [("unit", "failed")],
    )
    programs.answer("glab", "mr view", "not json")
    with pytest.raises(Conflict, match="glab did not say how"):
        await host.look(url, "t")
