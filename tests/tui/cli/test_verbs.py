"""The requests of verbs to the daemon."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agor_core.clock import parse_timestamp
from agor_core.domain.repo import RepoSettings
from agor_core.domain.session import SessionRepo
from agor_core.domain.task import TaskGitState
from agor_core.ids import WorktreeId
from tests.builders.app_records import approval as make_approval
from tests.builders.app_records import board as make_board
from tests.builders.app_records import repo as make_repo
from tests.builders.app_records import session, task
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import Drop, ScriptedDaemon, Status, failure, page

Agor = Callable[..., Any]


def board(**more: Any) -> dict[str, Any]:
    return {**as_json(make_board("Main")), "session_count": 2, **more}


def test_a_board_that_is_put_away_is_not_removed(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["PATCH /boards/main"] = board(archived_at="2026-01-01T00:00:00.000Z")
    ran = agor("board", "archive", "main")
    assert (ran.code, ran.err) == (0, "")
    assert "2 sessions  archived" in ran.out
    assert daemon.calls() == ["PATCH /boards/main"]
    assert parse_timestamp(daemon.ledger[-1].body["archived_at"])
    agor("board", "archive", "main", "--undo")
    assert daemon.ledger[-1].body == {"archived_at": None}


@pytest.mark.parametrize(
    ("count", "said"), [(0, ""), (1, "1 session is on no board now."), (2, "2 sessions are on no board now.")]
)
def test_removing_a_board_says_how_many_leave_it(daemon: ScriptedDaemon, agor: Agor, count: int, said: str) -> None:
    daemon.answers["DELETE /boards/main"] = board(session_count=count)
    ran = agor("board", "remove", "main")
    assert (ran.code, ran.err.rstrip()) == (0, said)
    assert daemon.calls() == ["DELETE /boards/main"]


def test_list_options_become_filters(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["GET /boards/main"] = {"board_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"}
    daemon.answers["GET /sessions"] = page()
    ran = agor(
        "session", "list", "--status", "needs-you", "--board", "main", "--agent", "demo", "--archived", "-n", "5"
    )
    assert ran.code == 0
    assert daemon.ledger[-1].query == [
        ("$sort[created_at]", "-1"),
        ("status[$in][]", "awaiting_permission"),
        ("agent", "demo"),
        ("board_id", "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa"),
        ("archived_at[$ne]", "null"),
        ("$limit", "5"),
        ("$skip", "0"),
        ("$total", "false"),
    ]


def test_a_long_list_is_asked_for_in_pages(daemon: ScriptedDaemon, agor: Agor) -> None:
    records = [as_json(session(str(number))) for number in range(1500)]

    def answer(call: Any) -> Any:
        asked = dict(call.query)
        return page(*records[int(asked["$skip"]) : int(asked["$skip"]) + int(asked["$limit"])])

    daemon.answers["GET /sessions"] = answer
    assert len(agor("session", "list", "--limit", "1200", "--json").json) == 1200
    assert [dict(call.query)["$limit"] for call in daemon.ledger] == ["1000", "200"]


def test_create_sends_the_options_and_the_folder(
    daemon: ScriptedDaemon, agor: Agor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    daemon.answers["POST /sessions"] = Status(201, as_json(session("A")))
    assert agor("config", "set", "sessions.agent", "demo").code == 0
    agor(
        "session",
        "create",
        "--title",
        "T",
        "--no-worktree",
        "--id",
        "0190F3C47A1E7C3B9D2E9D2E1C4B07AA",
        "--prompt",
        "hi",
    )
    assert daemon.ledger[-1].body == {
        "agent": "demo",
        "session_id": "0190f3c4-7a1e-7c3b-9d2e-9d2e1c4b07aa",
        "cwd": str(tmp_path),
        "title": "T",
        "worktree": False,
        "prompt": "hi",
    }


def test_a_create_goes_through_when_the_connection_breaks(daemon: ScriptedDaemon, agor: Agor) -> None:
    record = as_json(session("A"))
    daemon.answers["POST /sessions"] = [Drop(), Status(201, record)]
    assert agor("session", "create", "--agent", "demo", "--json").json == record
    assert daemon.ledger[0].body["session_id"] == daemon.ledger[1].body["session_id"]


def test_a_prompt_comes_from_stdin(daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    daemon.answers["POST /sessions/a/prompt"] = Status(201, as_json(task(session("A"))))
    monkeypatch.setattr(sys, "stdin", io.StringIO("line one\nline two\n"))
    assert agor("session", "prompt", "a", "-").code == 0
    assert daemon.ledger[-1].body["prompt"] == "line one\nline two\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("  \n"))
    assert agor("session", "prompt", "a", "-").code == 2


def test_fork_takes_a_number_or_an_id(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions/a/fork"] = Status(201, as_json(session("A")))
    agor("session", "fork", "a", "--at", "2", "--point", "start", "--agent", "codex")
    agor("session", "fork", "a", "--at", "9d2e1c4b", "--same-directory", "--prompt", "go")
    first, second = (call.body for call in daemon.ledger)
    assert {**first, "session_id": None} == {"at": 2, "point": "start", "agent": "codex", "session_id": None}
    assert second["at"] == "9d2e1c4b"
    assert second["same_directory"] is True
    assert second["task_id"] != second["session_id"]


def test_an_approval_is_answered_by_its_session_too(daemon: ScriptedDaemon, agor: Agor) -> None:
    asking = session("A")
    approval = {**as_json(make_approval(asking)), "status": "allowed"}
    daemon.answers[f"GET /sessions/{asking.short_id}"] = as_json(asking)
    daemon.answers["GET /approvals"] = page(approval)
    daemon.answers[f"PATCH /approvals/{approval['approval_id']}"] = approval
    ran = agor("approval", "allow", asking.short_id, "--always")
    assert (ran.code, ran.out) == (0, "allowed  rm -rf build/\n")
    assert daemon.ledger[-1].body == {"decision": "always"}
    assert agor("approval", "deny", "nosuch").code == 3


def test_a_new_session_says_at_once_that_its_agent_is_not_installed(daemon: ScriptedDaemon, agor: Agor) -> None:
    record = as_json(session("A"))
    daemon.answers["POST /sessions"] = Status(201, record)
    daemon.answers["GET /agents"] = page({"name": "mine", "title": "M", "installed": False, "command": ["my-agent"]})
    ran = agor("session", "create", "--agent", "mine", "--json")
    assert (ran.code, ran.json) == (0, record)
    missing = "there is no program 'my-agent'; see agents.mine.command"
    assert ran.err == f"The agent mine is not installed yet: {missing}\n"
    assert daemon.ledger[-1].query == [("name", "mine")]
    daemon.answers["GET /agents"] = Status(503, failure(503, "Unavailable", "It is stopping."))
    ran = agor("session", "create", "--agent", "mine", "--json")
    assert (ran.code, ran.json, ran.err) == (0, record, ""), "it is made, whatever becomes of the question"


STANDING = {
    "name": "work\x1b[31m", "path": "/trees/work", "used_at": "2026-01-01T00:00:00.000Z", "there": True,
    "branch": "work",
    "dirty": False, "target": "main", "ahead": 2, "behind": 1, "done": True, "bytes": 3 * 2**20, "repo_id": "r",
}  # fmt: skip


def test_worktrees_are_listed_with_how_they_stand(daemon: ScriptedDaemon, agor: Agor) -> None:
    ids = [f"0195a3c4-7a1e-7c3b-9d2e-00000000000{number}" for number in range(2)]
    made = {"repo_id": "r", "path": "/trees/work", "created_at": STANDING["used_at"], "updated_at": STANDING["used_at"]}
    daemon.answers["GET /worktrees"] = page(
        *({**made, "worktree_id": it, "name": f"work{n}\x1b[31m"} for n, it in enumerate(ids))
    )
    daemon.answers["GET /sessions"] = page(
        as_json(session("One", repo=SessionRepo(cwd="/", worktree_id=ids[0]))),  # type: ignore[arg-type]
        as_json(session("Two", repo=SessionRepo(cwd="/", worktree_id=ids[0]), archived_at="2026")),  # type: ignore[arg-type]
    )
    daemon.answers[f"GET /worktrees/{ids[0]}/standing"] = {**STANDING, "worktree_id": ids[0]}
    daemon.answers[f"GET /worktrees/{ids[1]}/standing"] = {**STANDING, "worktree_id": ids[1], "there": False}
    ran = agor("worktree", "list")
    head, first, second = (" ".join(line.split()) for line in ran.out.splitlines())
    assert head == "NAME ID SESSION BRANCH STATE COMMITS SIZE USED FOLDER"
    assert "One, Two (archived) work done +2 −1 3.0 MB" in first
    assert "work gone +2 −1" in second
    assert "\x1b" not in ran.out
    assert [it["standing"]["bytes"] for it in agor("worktree", "list", "--json").json] == [3 * 2**20] * 2
    plain = agor("worktree", "list", "--plain", "--json").json
    assert ["standing" in it for it in plain] == [False, False]


def test_the_disk_in_status_and_overview(daemon: ScriptedDaemon, agor: Agor) -> None:
    areas = {"database": 2**20, "worktrees": 7 * 2**20, "checkpoints": 2 * 2**20, "logs": 0}
    store = {"repo_id": "r", "repo_slug": "project", "bytes": 2 * 2**20, "budget_bytes": 2**30}
    use = {"measured_at": "2026", "home": "/home", "total_bytes": 10 * 2**20, "areas": areas, "checkpoints": [store]}
    trees = [{**STANDING, "worktree_id": str(number)} for number in range(12)]
    daemon.answers["GET /disk"] = {**use, "worktrees": trees, "may_go_bytes": 3 * 2**20}
    ran = agor("status", "--disk")
    lines = [" ".join(line.split()) for line in ran.out.splitlines() if line]
    assert lines[0] == "10 MB on the disk, 3.0 MB of it could go: agor worktree prune /home"
    assert lines[2:5] == [
        "worktrees 7.0 MB 12 worktrees",
        "checkpoints 2.0 MB project 2.0 MB of 1.0 GB",
        "database 1.0 MB",
    ]
    assert lines[6] == "work 3.0 MB done"
    assert lines[-1] == "and 2 more: agor worktree list"
    assert daemon.ledger[-1].query == [("fresh", "true")]
    assert agor("status", "--disk", "--json").json["total_bytes"] == 10 * 2**20
    daemon.answers["GET /sessions"] = page()
    for verb in (("status",), ("--no-tui",)):
        assert "10 MB on the disk, 3.0 MB of it could go: agor worktree prune" in agor(*verb).out
    assert [call.query for call in daemon.ledger if call.path == "/disk"][-1] == [("fresh", "false")]


def test_what_is_removed_for_good_and_what_is_refused(daemon: ScriptedDaemon, agor: Agor) -> None:
    gone = session("A\x1b[31m")
    daemon.answers["DELETE /sessions/a"] = as_json(gone)
    ran = agor("session", "remove", "a", "--force")
    assert (ran.code, ran.err) == (0, f"Removed A. To bring it back: agor trash undo {gone.short_id}\n")
    assert daemon.ledger[-1].query == [("purge", "true"), ("force", "true")]
    assert agor("session", "remove", "a", "--keep", "--json").json["session_id"] == gone.session_id
    assert daemon.ledger[-1].query == [("purge", "true"), ("keep", "true")]
    assert agor("session", "remove", "a", "--keep", "--force").code == 2
    lost = "It holds work that would be lost: ignored: x. Remove it all the same with force=true."
    for verb, path in (("session", "sessions"), ("worktree", "worktrees"), ("repo", "repos")):
        daemon.answers[f"DELETE /{path}/b"] = Status(409, failure(409, "Conflict", lost))
        ran = agor(verb, "remove", "b")
        assert (ran.code, ran.err) == (5, lost.replace("force=true", "--force") + "\n")
    daemon.answers["DELETE /repos/c"] = {"slug": "c"}
    assert agor("repo", "remove", "c").err == "Removed c.\n"
    assert agor("session", "remove", "nobody").code == 3


def test_the_trash_is_listed_and_undone(daemon: ScriptedDaemon, agor: Agor) -> None:
    gone = session("A")
    item = {
        "session_id": gone.session_id, "short_id": gone.short_id, "title": "A\x1b[31m", "agent": "demo",
        "task_count": 3, "removed_at": "2026-01-01T00:00:00.000Z", "until": "2026-01-15T00:00:00.000Z",
        "branch": "work",
    }  # fmt: skip
    daemon.answers["GET /trash"] = page(item)
    head, row = agor("trash", "list").out.splitlines()
    assert head.split() == ["ID", "SESSION", "AGENT", "TASKS", "BRANCH", "REMOVED", "UNTIL"]
    assert row.split()[:5] == [gone.short_id, "A", "demo", "3", "work"]
    assert row.split()[-1] == "2026-01-15"
    daemon.answers[f"POST /trash/{gone.short_id}/restore"] = as_json(gone)
    assert gone.short_id in agor("trash", "undo", gone.short_id).out
    daemon.answers["GET /trash"] = page()
    assert agor("trash", "list").err == "The trash is empty.\n"


def test_archiving_lets_the_worktree_go_if_asked(daemon: ScriptedDaemon, agor: Agor) -> None:
    place = SessionRepo(cwd="/", worktree_id=WorktreeId("w"))
    daemon.answers["DELETE /sessions/a"] = as_json(session("A", repo=place))
    daemon.answers["POST /worktrees/w/release"] = {"name": "work", "ref": "work"}
    assert agor("session", "archive", "a").code == 0
    assert daemon.calls() == ["DELETE /sessions/a"]
    assert agor("session", "archive", "a", "--release").code == 0
    assert daemon.calls()[1:] == ["DELETE /sessions/a", "POST /worktrees/w/release"]
    assert agor("session", "archive", "a", "--release", "--undo").code == 2
    assert agor("worktree", "release", "w", "--force").err == "The worktree work is gone; its branch work stays.\n"
    assert daemon.ledger[-1].body == {"force": True}


def test_prune_lets_go_of_what_nobody_misses(daemon: ScriptedDaemon, agor: Agor) -> None:
    kept, old = session("Kept"), session("Old", archived_at="2026-01-01T00:00:00.000Z")
    daemon.answers["GET /sessions"] = page(as_json(kept), as_json(old))
    trees = {
        "mine": {"session_ids": [kept.session_id], "may_go": False},
        "left": {"session_ids": [old.session_id], "may_go": True},
        "lone": {"session_ids": [], "may_go": True},
        "full": {"session_ids": [old.session_id], "may_go": False, "losses": ["ignored: .env"]},
        "race": {"session_ids": [], "may_go": True},
    }
    daemon.answers["GET /worktrees"] = page(*({"worktree_id": name} for name in trees))
    for name, facts in trees.items():
        seen = {**STANDING, "worktree_id": name, "name": name, "branch": f"b-{name}", **facts}
        daemon.answers[f"GET /worktrees/{name}/standing"] = seen
    daemon.answers["POST /worktrees/left/release"] = daemon.answers["DELETE /worktrees/lone"] = {}
    daemon.answers["DELETE /worktrees/race"] = Status(409, failure(409, "Conflict", "Something came."))
    ran = agor("worktree", "prune", "--dry-run")
    assert not [call for call in daemon.calls() if not call.startswith("GET")]
    assert ran.err == "full stays: ignored: .env\n3 worktrees would go, 9.0 MB.\n"
    ran = agor("worktree", "prune")
    assert ran.out.splitlines() == [
        "left  3.0 MB  its branch b-left stays",
        "lone  3.0 MB  its branch b-lone had no work of its own",
    ]
    assert ran.err == "race stays: Something came.\nfull stays: ignored: .env\n2 worktrees went, 6.0 MB.\n"
    assert len(agor("worktree", "prune", "--json").json) == 2


def test_gc_frees_the_room_of_each_repo(daemon: ScriptedDaemon, agor: Agor) -> None:
    one = {"repo_id": "r1", "repo_slug": "one\x1b[31m", "before_bytes": 3 * 2**20, "after_bytes": 2**20}
    went = {"budget_bytes": 5_000 * 2**20, "let_go": ["t"], "let_go_count": 1}
    daemon.answers["GET /repos"] = page({"repo_id": "r1"}, {"repo_id": "r2"})
    daemon.answers["POST /repos/r1/gc"] = {**one, **went}
    daemon.answers["POST /repos/r2/gc"] = {**one, **went, "repo_slug": "two", "let_go_count": 0, "dry_run": True}
    ran = agor("checkpoint", "gc")
    assert ran.out.splitlines() == [
        "one  1.0 MB of 4.9 GB, 2.0 MB freed, the checkpoints of 1 task went for the budget",
        "two  1.0 MB of 4.9 GB",
    ]
    assert daemon.ledger[-1].body == {"dry_run": False}
    assert [record["repo_slug"] for record in agor("checkpoint", "gc", "r2", "--dry-run", "--json").json] == ["two"]
    assert daemon.ledger[-1].body == {"dry_run": True}
    daemon.answers["GET /repos"] = page()
    assert agor("checkpoint", "gc").err == "No repos, so there are no checkpoints.\n"


def test_restore_says_what_it_did_and_how_it_is_undone(daemon: ScriptedDaemon, agor: Agor) -> None:
    of = session("A")
    at = task(of, 2)
    done = {"task_id": at.task_id, "session_id": of.session_id, "point": "end", "before": "c0"}
    changes = {"written": ["a\x1b[31m.txt"], "written_count": 1, "removed": ["b"], "removed_count": 3}
    daemon.answers[f"POST /tasks/{at.short_id}/restore"] = {**done, **changes, "kept": ["big"], "kept_count": 1}
    daemon.answers[f"GET /tasks/{at.task_id}"] = as_json(at)
    ran = agor("task", "restore", at.short_id, "a.txt", "folder")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "1 file as they were at the end of task 2",
        "  a.txt",
        "3 files removed, which were not there then",
        "  b",
        "  and 2 more",
        "1 file left as they are, because no checkpoint holds them",
        "  big",
    ]
    assert ran.err == f"This is undone by: agor task restore {at.task_id} --undo\n"
    assert daemon.ledger[0].body == {"paths": ["a.txt", "folder"], "dry_run": False}
    daemon.answers[f"POST /tasks/{at.short_id}/restore"] = {**done, "point": "start", "remade": True, "before": None}
    ran = agor("task", "restore", at.short_id, "--start", "--dry-run")
    assert ran.out == "The files are as they were at the start of task 2.\n"
    assert ran.err == "The worktree was gone; it was made again.\n"
    assert daemon.ledger[-2].body == {"paths": [], "dry_run": True, "point": "start"}
    assert agor("task", "restore", at.short_id, "--undo", "--json").json["session_id"] == of.session_id
    assert daemon.ledger[-1].body["point"] == "before"
    assert agor("task", "restore", at.short_id, "--undo", "--start").code == 2


@pytest.mark.parametrize(("own", "names"), [(True, 5), (True, 0), (False, 5)])
def test_fork_names_the_files_that_are_not_as_they_were(
    daemon: ScriptedDaemon, agor: Agor, own: bool, names: int
) -> None:
    source = session("A")
    forked_at = task(
        source, 1, git_state=TaskGitState(left_out=tuple(f"{number}\x1b[31m.bin" for number in range(names)))
    )
    made = session("B", forked=(source.session_id, forked_at.task_id), repo=SessionRepo(cwd="/", managed_worktree=own))
    daemon.answers["POST /sessions/a/fork"] = Status(201, as_json(made))
    daemon.answers[f"GET /tasks/{forked_at.task_id}"] = as_json(forked_at)
    ran = agor("session", "fork", "a")
    said = "Not as they were, because they are too large for a checkpoint: 0.bin, 1.bin, 2.bin and 2 more.\n"
    assert (ran.code, ran.err.replace("\ufffd", "")) == (0, said if own and names else "")
    assert made.short_id in ran.out


def test_fork_says_what_its_worktree_has_not(daemon: ScriptedDaemon, agor: Agor) -> None:
    source = session("A")
    forked_at = task(source, 1)
    place = SessionRepo(cwd="/", managed_worktree=True, worktree_id=WorktreeId("w"))
    made = session("B", forked=(source.session_id, forked_at.task_id), repo=place)
    daemon.answers["POST /sessions/a/fork"] = Status(201, as_json(made))
    daemon.answers[f"GET /tasks/{forked_at.task_id}"] = as_json(forked_at)
    daemon.answers["GET /worktrees/w"] = {"worktree_id": "w", "notes": ["Ignored files: .env\x1b[2J.", "One more."]}
    ran = agor("session", "fork", "a")
    assert (ran.code, ran.err.replace("\ufffd", "")) == (0, "Ignored files: .env.\nOne more.\n")
    del daemon.answers["GET /worktrees/w"]
    ran = agor("session", "fork", "a")
    assert (ran.code, made.short_id in ran.out) == (0, True), "the fork is made, whatever becomes of the question"


def test_fork_and_spawn_take_the_same(daemon: ScriptedDaemon, agor: Agor) -> None:
    given = ("--at", "2", "-p", "go", "-a", "codex", "-t", "T", "-b", "main", "--worktree", "W", "--same-directory")
    bodies = []
    for verb in ("fork", "spawn"):
        daemon.answers[f"POST /sessions/a/{verb}"] = Status(201, as_json(session("A")))
        assert agor("session", verb, "a", *given).code == 0
        bodies.append({**daemon.ledger[-1].body, "session_id": "", "task_id": ""})
    assert bodies[0] == bodies[1]
    assert bodies[0].items() >= {"at": 2, "board": "main", "title": "T", "worktree": "W", "agent": "codex"}.items()
    assert agor("session", "spawn", "a", "--point", "end").code == 2


def test_a_board_has_a_colour(daemon: ScriptedDaemon, agor: Agor) -> None:
    """The verb has an option with the name of a global one, which still works before the verb."""
    daemon.answers["POST /boards"] = Status(201, board())
    daemon.answers["PATCH /boards/main"] = board()
    for verb in (("create", "Main"), ("edit", "main")):
        assert agor("--no-color", "board", *verb, "--color", "red", "--icon", "!").code == 0
        assert daemon.ledger[-1].body.items() >= {"color": "red", "icon": "!"}.items()


def test_a_setting_of_a_repo(daemon: ScriptedDaemon, agor: Agor) -> None:
    record = as_json(make_repo("Shop", settings=RepoSettings(check="make test", include=(".env",))))
    daemon.answers["PATCH /repos/shop"] = record
    ran = agor("repo", "set", "shop", "include", ".env", "*.local")
    assert daemon.ledger[-1].body == {"settings": {"include": [".env", "*.local"]}}
    assert "check         make test" in ran.out
    agor("repo", "set", "shop", "check", "--unset")
    assert daemon.ledger[-1].body == {"settings": {"check": None}}
    calls = len(daemon.ledger)
    for wrong in (("check",), ("check", "make", "test"), ("check", "x", "--unset"), ("colour", "red")):
        assert agor("repo", "set", "shop", *wrong).code == 2
    assert len(daemon.ledger) == calls


def test_a_repo_that_was_moved(
    daemon: ScriptedDaemon, agor: Agor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["POST /repos/shop/move"] = as_json(make_repo("Shop"))
    monkeypatch.chdir(tmp_path)
    assert agor("repo", "move", "shop", "new").code == 0
    assert daemon.ledger[-1].body == {"local_path": str(tmp_path / "new")}


def test_filters_are_shown_before_they_are_confirmed(daemon: ScriptedDaemon, agor: Agor) -> None:
    filters = {"filter.up.smudge": "tr A-Z a-z\x1b[2J"}
    daemon.answers["GET /repos/shop/filters"] = {"filters": filters, "confirmed": None}
    daemon.answers["POST /repos/shop/confirm"] = as_json(make_repo("Shop"))
    ran = agor("repo", "confirm", "shop")
    assert (ran.code, daemon.calls()) == (1, ["GET /repos/shop/filters"])
    assert "filter.up.smudge = tr A-Z a-z" in ran.err
    assert "\x1b" not in ran.err
    assert agor("repo", "confirm", "shop", "--yes").code == 0
    assert daemon.ledger[-1].body == {"filters": filters}


def test_where_a_worktree_begins(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions"] = as_json(session("A"))
    create = ("session", "create", "--agent", "demo", "--base", "v1", "--take-uncommitted", "-q")
    assert agor(*create).code == 0
    assert {name: daemon.ledger[-1].body[name] for name in ("base", "uncommitted")} == {
        "base": "v1",
        "uncommitted": True,
    }
    assert agor(*create, "--no-worktree").code == 2


def test_set_sends_mode_model_and_options(daemon: ScriptedDaemon, agor: Agor) -> None:
    made = as_json(session("One", mode="plan"))
    daemon.answers["PATCH /sessions/one"] = made
    assert agor("session", "set", "one", "mode=plan", "model=", "effort=high").code == 0
    assert daemon.ledger[-1].body == {"mode": "plan", "model": None, "options": {"effort": "high"}}
    ran = agor("session", "set", "one", "effort")
    assert (ran.code, daemon.calls()) == (2, ["PATCH /sessions/one"])
    assert "NAME=VALUE" in ran.err
    daemon.answers["GET /sessions/one"] = made
    modes = [{"id": "ask", "name": "Ask"}, {"id": "plan", "name": "Pl\x1b[31man"}]
    options = [{"id": "effort", "name": "Effort", "category": "thought_level", "values": modes}]
    info = {"name": "demo", "title": "Demo", "installed": True, "modes": modes, "options": options}
    daemon.answers["GET /agents"] = page(info)
    ran = agor("session", "set", "one")
    assert [line.rstrip() for line in ran.out.splitlines()] == [
        "mode  mode", "    ask  Ask", "  ● plan  Plan", "effort  Effort", "    ask  Ask", "    plan  Plan",
    ]  # fmt: skip


def test_a_new_session_may_have_options(daemon: ScriptedDaemon, agor: Agor) -> None:
    daemon.answers["POST /sessions"] = as_json(session("One"))
    daemon.answers["POST /sessions/one/fork"] = as_json(session("Two"))
    agor("session", "create", "-a", "demo", "-o", "effort=high", "-q")
    assert daemon.ledger[-1].body["options"] == {"effort": "high"}
    agor("session", "fork", "one", "--mode", "plan", "-o", "effort=low", "-q")
    assert (daemon.ledger[-1].body["mode"], daemon.ledger[-1].body["options"]) == ("plan", {"effort": "low"})
