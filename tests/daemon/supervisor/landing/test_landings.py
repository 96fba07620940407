"""Landing: a session's work in the branch that it began from, and all that speaks against it."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.domain.landing import Landing, LandingStatus
from agor_core.domain.session import Session
from agor_core.errors import Conflict, Conflicting, InvalidInput, Unprocessable
from agor_core.git.filters import own_filters
from agor_core.ids import new_id
from agor_core.repositories import landings, repos
from agor_daemon.supervisor.landing.examining import Wanted
from tests.builders.repositories import Repository
from tests.daemon.supervisor.conftest import Bench, git


async def land(bench: Bench, session: Session, **wanted: object) -> Landing:
    return await bench.supervisor.landings.land(session.session_id, Wanted(**wanted), None)  # type: ignore[arg-type]


def tree_of(repo: Path, name: str = "main") -> set[str]:
    return set(git(repo, "ls-tree", "-r", "--name-only", name).splitlines())


async def test_a_plan_says_what_lands_and_touches_nothing(bench: Bench, repo: Path, session: Session) -> None:
    before = git(repo, "for-each-ref"), git(repo, "status", "--porcelain"), git(repo, "rev-parse", "main")
    (repo / "readme.txt").write_text("changed by hand\n")
    plan = await bench.supervisor.landings.plan(session.session_id, Wanted())
    assert (plan.target, plan.ahead, plan.behind, plan.conflicts) == ("main", 1, 0, ())
    assert (plan.uncommitted, plan.files, plan.obstacle) == (("loose.txt",), 3, None)
    assert (plan.checked_out, plan.changed_there, plan.in_the_way) == (str(repo), 1, ())
    assert plan.message.startswith("Better greeting\n")
    git(repo, "checkout", "-q", "readme.txt")
    assert before == (git(repo, "for-each-ref"), git(repo, "status", "--porcelain"), git(repo, "rev-parse", "main"))


async def test_a_squash_takes_all_along_and_leaves_other_work_alone(bench: Bench, repo: Path, session: Session) -> None:
    (repo / "readme.txt").write_text("changed by hand\n")
    (repo / "mine.txt").write_text("mine\n")
    git(repo, "add", "mine.txt")
    landed = await land(bench, session, message="Greet better\n\n# not a comment\n")
    assert git(repo, "rev-parse", "main") == landed.after
    assert git(repo, "rev-list", "--count", f"{landed.before}..main") == "1"
    assert tree_of(repo) == {"readme.txt", "src/main.py", "new.txt", "loose.txt"}
    assert git(repo, "log", "-1", "--format=%an|%s") == "Ada|Greet better"
    assert "# not a comment" in git(repo, "log", "-1", "--format=%B")
    assert git(repo, "status", "--porcelain").splitlines() == ["A  mine.txt", " M readme.txt"]
    assert (repo / "loose.txt").read_text() == "loose\n"
    assert "agor: landing" in git(repo, "reflog", "-1", "main")
    shown = await bench.again(session)
    assert shown.landed is not None
    assert (shown.landed.target, shown.landed.after) == ("main", landed.after)
    assert len(git(repo, "worktree", "list").splitlines()) == 2
    assert git(Path(session.repo.cwd), "status", "--porcelain") == "?? loose.txt"
    assert git(repo, "for-each-ref", "--format=%(refname:short)").splitlines() == ["greeting", "main"]
    refs = await bench.kept(repo, session.session_id)
    assert landed.checkpoint in refs.values()


async def test_the_same_request_lands_once(bench: Bench, repo: Path, session: Session) -> None:
    identifier = new_id()
    first = await bench.supervisor.landings.land(session.session_id, Wanted(), identifier)
    assert await bench.supervisor.landings.land(session.session_id, Wanted(), identifier) == first
    with pytest.raises(Conflict, match=r"nothing to land: main has all of it"):
        await land(bench, session)


async def test_a_merge_and_a_rebase_bring_commits(bench: Bench, repo: Path, session: Session) -> None:
    (repo / "other.txt").write_text("other\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "other")
    with pytest.raises(Conflict, match=r"commit it first, or land by squash"):
        await land(bench, session, how="merge")
    landed = await land(bench, session, how="merge", commit=True)
    assert len(git(repo, "rev-list", "--parents", "-1", "main").split()) == 3
    assert git(Path(session.repo.cwd), "status", "--porcelain") == ""
    await bench.supervisor.landings.undo(landed.landing_id, revert=False)
    assert git(repo, "log", "--format=%s").splitlines() == ["other", "first"]
    landed = await land(bench, session, how="rebase")
    assert git(repo, "log", "--format=%s").splitlines() == ["Better greeting", "half", "other", "first"]
    assert tree_of(repo) == {"readme.txt", "src/main.py", "new.txt", "loose.txt", "other.txt"}
    undone = await bench.supervisor.landings.undo(landed.landing_id, revert=False)
    assert (undone.status, git(repo, "rev-parse", "main")) == (LandingStatus.UNDONE, landed.before)


async def test_a_branch_that_is_nowhere_checked_out_moves_by_its_ref(
    bench: Bench, repo: Path, session: Session
) -> None:
    git(repo, "checkout", "-q", "--detach")
    landed = await land(bench, session)
    assert (git(repo, "rev-parse", "main"), git(repo, "rev-parse", "HEAD")) == (landed.after, landed.before)
    assert git(repo, "status", "--porcelain") == ""
    await bench.supervisor.landings.undo(landed.landing_id, revert=False)
    assert git(repo, "rev-parse", "main") == landed.before
    git(repo, "branch", "release", "main")
    assert (await land(bench, session, into="release")).target == "release"


async def test_files_that_meet_are_named_and_nothing_changes(bench: Bench, repo: Path, session: Session) -> None:
    (repo / "src/main.py").write_text("print('mine')\n")
    with pytest.raises(Conflicting, match=r"Uncommitted work in .* is in the way") as caught:
        await land(bench, session)
    assert caught.value.paths == ("src/main.py",)
    git(repo, "commit", "-qam", "mine")
    before = git(repo, "rev-parse", "main")
    with pytest.raises(Conflicting, match=r"It conflicts with main in src/main.py, so nothing was changed") as caught:
        await land(bench, session)
    assert caught.value.paths == ("src/main.py",)
    (repo / "loose.txt").write_text("untracked here\n")
    git(repo, "revert", "--no-edit", "HEAD")
    with pytest.raises(Conflicting, match=r"in the way.*loose.txt"):
        await land(bench, session)
    assert git(repo, "rev-parse", "main~1") == before
    assert (repo / "loose.txt").read_text() == "untracked here\n"
    assert await bench.store.read(lambda r: landings.of_session(r, session.session_id)) == []


async def test_a_landing_that_others_went_on_from_is_reverted(bench: Bench, repo: Path, session: Session) -> None:
    landed = await land(bench, session)
    (repo / "after.txt").write_text("after\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "after")
    with pytest.raises(Conflict, match=r"has moved on since"):
        await bench.supervisor.landings.undo(landed.landing_id, revert=False)
    undone = await bench.supervisor.landings.undo(landed.landing_id, revert=True)
    assert undone.reverted_by == git(repo, "rev-parse", "main")
    assert tree_of(repo) == {"readme.txt", "src/main.py", "after.txt"}
    assert git(repo, "log", "-1", "--format=%s") == 'Revert "Better greeting"'
    assert (await bench.again(session)).landed is None
    assert await bench.supervisor.landings.undo(landed.landing_id, revert=True) == undone


async def test_the_users_hooks_run_and_may_refuse(bench: Bench, repo: Path, session: Session) -> None:
    hook = repo / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho no trailing blanks >&2\nexit 1\n")
    hook.chmod(0o755)
    before = git(repo, "rev-parse", "main")
    plan = await bench.supervisor.landings.plan(session.session_id, Wanted())
    assert [(one.name, one.changed) for one in plan.hooks] == [("pre-commit", True)]
    with pytest.raises(Conflict, match=r"git commit was refused: no trailing blanks"):
        await land(bench, session)
    hook.write_text("#!/bin/sh\necho hooked > hooked.txt\ngit add hooked.txt\n")
    assert git(repo, "rev-parse", "main") == before
    await land(bench, session)
    assert "hooked.txt" in tree_of(repo)


async def test_a_signature_without_a_key_is_refused(bench: Bench, repo: Path, session: Session) -> None:
    git(repo, "config", "commit.gpgSign", "true")
    git(repo, "config", "gpg.program", "false")
    assert (await bench.supervisor.landings.plan(session.session_id, Wanted())).signed
    with pytest.raises(Conflict, match=r"git commit was refused: .*gpg failed to sign"):
        await land(bench, session)
    assert git(repo, "rev-list", "--count", "main") == "1"


async def test_what_has_no_place_to_land(bench: Bench, repo: Path, session: Session, folder: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no branch 'nowhere'"):
        await land(bench, session, into="nowhere")
    with pytest.raises(InvalidInput):
        await land(bench, session, into="-x")
    with pytest.raises(Unprocessable):
        await land(bench, await bench.session(cwd=folder))
    with pytest.raises(Conflict, match=r"works on main itself"):
        await land(bench, await bench.session(cwd=repo, worktree=False))
    git(repo, "worktree", "add", "-q", "--force", str(folder / "again"), "main")
    with pytest.raises(Conflict, match=r"is checked out in"):
        await land(bench, session)


async def test_a_target_that_moves_meanwhile_stays_where_it_went(bench: Bench, repo: Path, session: Session) -> None:
    hook = repo / ".git/hooks/post-commit"
    hook.write_text(f"#!/bin/sh\nunset GIT_DIR GIT_INDEX_FILE\ngit -C {repo} update-ref refs/heads/main greeting\n")
    hook.chmod(0o755)
    git(repo, "checkout", "-q", "--detach")
    with pytest.raises(Conflict, match=r"main has moved meanwhile, to [0-9a-f]{10}, so nothing was changed"):
        await land(bench, session)
    assert git(repo, "rev-parse", "main") == git(repo, "rev-parse", "greeting")
    assert len(git(repo, "worktree", "list").splitlines()) == 2


async def test_a_locked_index_is_named(bench: Bench, repo: Path, session: Session) -> None:
    (repo / ".git/index.lock").touch()
    with pytest.raises(Conflict, match=r"its index is locked.*index\.lock"):
        await land(bench, session)
    assert (repo / ".git/index.lock").exists()
    assert git(repo, "rev-list", "--count", "main") == "1"


async def test_hooks_whose_folder_git_ignores_are_those_of_the_checkout(
    bench: Bench, repo: Path, session: Session
) -> None:
    git(repo, "config", "core.hooksPath", ".husky/_")
    assert (await bench.supervisor.landings.plan(session.session_id, Wanted())).hooks_missing is not None
    hook = repo / ".husky/_/commit-msg"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\necho Checked >> $1\n")
    hook.chmod(0o755)
    plan = await bench.supervisor.landings.plan(session.session_id, Wanted())
    assert ([one.name for one in plan.hooks], plan.hooks_missing) == (["commit-msg"], None)
    await land(bench, session)
    assert git(repo, "log", "-1", "--format=%B").splitlines()[-1] == "Checked"


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="Git LFS is not installed")
async def test_what_is_uncommitted_passes_the_users_filters(bench: Bench, repo: Path, session: Session) -> None:
    """A checkpoint has the bytes of a file; the commit has what Git LFS makes of them."""
    git(repo, "lfs", "install", "--local")
    known = await bench.store.read(lambda r: repos.get(r, session.repo.repo_id or ""))
    allowed = replace(known.trust, filters=await own_filters(repo))
    await bench.store.write(lambda w: repos.update(w, replace(known, trust=allowed)))
    top = Path(session.repo.cwd)
    (top / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt text eol=crlf\n")
    (top / "large.bin").write_bytes(bytes(range(256)) * 40)
    await land(bench, session)
    assert git(repo, "show", "main:large.bin").startswith("version https://git-lfs.github.com/spec/v1\n")
    assert (repo / "large.bin").read_bytes() == (top / "large.bin").read_bytes()
    assert (repo / "loose.txt").read_bytes() == b"loose\r\n"
    assert git(repo, "status", "--porcelain") == ""


async def test_what_would_not_be_whole_elsewhere_is_named(bench: Bench, repo: Path, session: Session) -> None:
    top = Path(session.repo.cwd)
    (top / "inner").mkdir()
    git(top / "inner", "init", "-q")
    (top / "inner/file").write_text("x")
    plan = await bench.supervisor.landings.plan(session.session_id, Wanted())
    assert (plan.left_out, plan.obstacle) == (("inner/",), None)
    git(top, "checkout", "-q", "-b", "side", "HEAD~1")
    (top / "new.txt").write_text("other\n")
    git(top, "add", "new.txt")
    git(top, "commit", "-qm", "other")
    Repository(top).git("merge", "-q", "greeting", check=False)
    with pytest.raises(Conflict, match=r"in conflict: new\.txt; resolve them first"):
        await land(bench, session)
