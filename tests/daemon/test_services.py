"""The other services and the actions: that requests arrive where they belong, with references in full."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.message import ToolCall
from agor_core.domain.session import Fidelity, SessionStatus
from agor_core.ids import ApprovalId, TaskId, new_id
from agor_core.repositories import approvals
from agor_daemon.services import references
from agor_daemon.supervisor.workspaces.differences import Range
from agor_daemon.supervisor.workspaces.points import PointName
from tests.builders.daemons import Running
from tests.builders.repositories import new_repository


async def test_boards_have_slugs_of_their_own(daemon: Running) -> None:
    made = [await daemon.tcp.post("/boards", {"name": name}) for name in ("Été chaud!", "ete CHAUD", "日本")]
    assert [it["slug"] for it in made] == ["ete-chaud", "ete-chaud-2", "board"]
    assert (await daemon.tcp.get("/boards/ete-chaud-2"))["board_id"] == made[1]["board_id"]
    taken = await daemon.tcp.call("POST", "/boards", {"name": "x", "slug": "board"})
    assert taken.status == 409
    for bad in ("Bad Slug", "../up", "-x", "", "x" * 61, "x" * 100_000):
        refused = await daemon.tcp.call("POST", "/boards", {"name": "x", "slug": bad})
        assert (refused.status, list(refused.body["errors"])) == (400, ["slug"])
        assert len(refused.body["message"]) < 200
    assert (await daemon.tcp.call("POST", "/boards", {"name": "  "})).status == 400


async def test_records_whose_short_ids_are_taken_are_made_anew(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"0190f3c4-7a1e-7c3b-9d2e-{group}" for group in ("9d2e1c4b07aa", "9d2e1c4b1111", "000000000001")]
    for address, body in (("/boards", {"name": "x"}), ("/sessions", {"agent": "demo"})):
        coming = list(ids)
        monkeypatch.setattr(references, "new_id", lambda coming=coming: coming.pop(0))
        made = [await daemon.tcp.post(address, body) for _ in range(2)]
        assert [it["short_id"] for it in made] == ["9d2e1c4b", "00000000"]
        assert coming == []


async def test_removing_a_board_leaves_its_sessions(daemon: Running) -> None:
    board = await daemon.tcp.post("/boards", {"name": "Gone"})
    made = await daemon.tcp.post("/sessions", {"agent": "demo", "board": "gone"})
    assert (await daemon.tcp.get("/boards/gone"))["session_count"] == 1
    assert (await daemon.tcp.call("DELETE", "/boards/gone")).body["board_id"] == board["board_id"]
    assert (await daemon.tcp.get(f"/sessions/{made['session_id']}"))["board_id"] is None
    assert (await daemon.tcp.call("GET", "/boards/gone")).status == 404


async def test_every_record_can_be_sent_back_as_it_was_answered(daemon: Running) -> None:
    board = await daemon.tcp.post("/boards", {"name": "B"})
    session = await daemon.tcp.post("/sessions", {"agent": "demo", "board": "b", "title": "one"})
    task = await daemon.tcp.post("/tasks", {"session_id": session["session_id"], "prompt": "say: hi"})
    repo = await daemon.tcp.post("/repos", {"local_path": "/srv"})
    addresses = {
        f"/boards/{board['board_id']}": "session_count",
        f"/sessions/{session['session_id']}": "agent",
        f"/tasks/{task['task_id']}": "session_id",
        f"/repos/{repo['repo_id']}": "local_path",
    }
    whole = {address: await daemon.tcp.get(address) for address in addresses}
    await daemon.tcp.post("/sessions", {"agent": "demo", "board": "b"})
    for address, fixed in addresses.items():
        for method in ("PATCH", "PUT"):
            stamp = {"updated_at": "2001-01-01T00:00:00.000Z"} if "updated_at" in whole[address] else {}
            body = {**whole[address], **stamp}
            answer = await daemon.tcp.call(method, address, body)
            assert (answer.status, answer.body[fixed]) == (
                200,
                2 if fixed == "session_count" else whole[address][fixed],
            )
            if fixed != "session_count":
                refused = await daemon.tcp.call(method, address, {**body, fixed: "other"})
                assert refused.body["errors"] == {fixed: f"{fixed}: cannot be changed."}


async def test_boards_are_patched_and_replaced(daemon: Running) -> None:
    await daemon.tcp.post("/boards", {"name": "Old", "icon": "*", "color": "red"})
    patched = await daemon.tcp.call("PATCH", "/boards/old", {"name": "New", "slug": "new"})
    assert (patched.body["name"], patched.body["slug"], patched.body["icon"]) == ("New", "new", "*")
    put = await daemon.tcp.call("PUT", "/boards/new", {"name": "Put", "slug": "new"})
    assert (put.body["name"], put.body["icon"], put.body["color"]) == ("Put", None, None)
    needs = await daemon.tcp.call("PUT", "/boards/new", {"slug": "new"})
    assert (needs.status, needs.body["errors"].keys()) == (400, {"name"})


async def test_repos_are_added_by_the_supervisor_and_forgotten_when_unused(daemon: Running, tmp_path: Path) -> None:
    folder = tmp_path / "Project"
    folder.mkdir()
    made = await daemon.tcp.post("/repos", {"local_path": str(folder), "name": "P"})
    assert daemon.supervisor.ledger[-1] == ("add_repo", str(folder), "P", None, None)
    renamed = await daemon.tcp.call("PATCH", "/repos/project", {"slug": "p"})
    assert renamed.body["slug"] == "p"
    collected = await daemon.tcp.call("POST", "/repos/p/gc", {"dry_run": True})
    assert (collected.status, collected.body["budget_bytes"]) == (200, 3)
    assert ("collect", made["repo_id"], True) in daemon.supervisor.ledger
    assert (await daemon.tcp.call("DELETE", "/repos/p")).body["repo_id"] == made["repo_id"]
    assert (await daemon.tcp.get("/repos"))["total"] == 0
    assert (await daemon.tcp.call("POST", "/repos", {"local_path": str(folder / "no")})).status == 400


async def test_the_settings_of_a_repo_change_one_by_one(daemon: Running, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    await daemon.tcp.post("/repos", {"local_path": str(folder)})
    defaults = {"base": None, "branch_prefix": None, "include": [], "setup": None, "teardown": None, "check": None}
    defaults |= {"check_tasks": None}
    assert (await daemon.tcp.get("/repos/project"))["settings"] == defaults
    await daemon.tcp.call("PATCH", "/repos/project", {"settings": {"setup": "npm ci", "include": [".env", "*.local"]}})
    changed = await daemon.tcp.call("PATCH", "/repos/project", {"settings": {"branch_prefix": "ada/", "setup": None}})
    assert changed.body["settings"] == {**defaults, "include": [".env", "*.local"], "branch_prefix": "ada/"}
    for wrong, place in (
        ({"branch_prefix": "no end"}, "settings.branch_prefix"),
        ({"branch_prefix": "../x/"}, "settings.branch_prefix"),
        ({"branch_prefix": "ada"}, "settings.branch_prefix"),
        ({"setup": " "}, "settings.setup"),
        ({"include": ".env"}, "settings.include"),
        ({"colour": "red"}, "settings"),
    ):
        refused = await daemon.tcp.call("PATCH", "/repos/project", {"settings": wrong})
        assert (refused.status, list(refused.body["errors"])) == (400, [place])
    assert (await daemon.tcp.get("/repos/project"))["settings"] == changed.body["settings"]


async def test_prompts_become_tasks(daemon: Running) -> None:
    session = await daemon.session()
    own = new_id()
    answer = await daemon.tcp.call("POST", f"/sessions/{session.short_id}/prompt", {"prompt": "hi", "task_id": own})
    assert (answer.status, answer.body["task_id"]) == (201, own)
    again = await daemon.tcp.post(f"/sessions/{session.short_id}/prompt", {"prompt": "hi", "task_id": own})
    assert again["task_id"] == own
    task = await daemon.tcp.post("/tasks", {"session_id": session.short_id, "prompt": "more"})
    assert [entry[:3] for entry in daemon.supervisor.ledger if entry[0] == "prompt"] == [
        ("prompt", session.session_id, "hi"),
        ("prompt", session.session_id, "hi"),
        ("prompt", session.session_id, "more"),
    ]
    found = await daemon.tcp.get(f"/tasks?session_id={session.short_id}&$sort[position]=1")
    assert [it["task_id"] for it in found["data"]] == [own, task["task_id"]]
    got = await daemon.tcp.get(f"/sessions/{session.short_id}")
    assert got["tasks"] == [own, task["task_id"]]
    described = await daemon.tcp.call("PATCH", f"/tasks/{task['short_id']}", {"description": "said"})
    assert described.body["description"] == "said"
    diff = await daemon.tcp.get(f"/tasks/{own}/diff")
    assert diff == {
        "task_id": own,
        "diff": "--- a\n+++ b\n",
        "cut": False,
        "diffstat": {"files": 1, "insertions": 2, "deletions": 0},
        "files": ["b"],
        "changes": [
            {
                "path": "b",
                "insertions": 2,
                "deletions": None,
                "status": "modified",
                "old_path": None,
                "old_mode": None,
                "new_mode": None,
            }
        ],
    }
    for body, called in (
        (None, (None, (), False)),
        ({"point": "before", "paths": ["a b"], "dry_run": True}, ("before", ("a b",), True)),
    ):
        restored = await daemon.tcp.call("POST", f"/tasks/{task['short_id']}/restore", body)
        assert (restored.status, restored.body["session_id"]) == (200, session.session_id)
        assert daemon.supervisor.ledger[-1] == ("restore", task["task_id"], *called)
    for wrong in ({"point": "now"}, {"paths": "a"}, {"paths": [""]}, {"more": 1}):
        assert (await daemon.tcp.call("POST", f"/tasks/{own}/restore", wrong)).status == 400


async def test_of_a_list_of_tasks_all_are_begun_or_none(daemon: Running) -> None:
    session, other = await daemon.session(), await daemon.session(agent="codex")
    good = {"session_id": session.session_id, "prompt": "say: x"}
    for bad, status in (
        ({"prompt": " "}, 400),
        ({"session_id": "abcdabcd"}, 404),
        ({"session_id": other.session_id}, 422),
    ):
        assert (await daemon.tcp.call("POST", "/tasks", [good, {**good, **bad}])).status == status
    assert (await daemon.tcp.get("/tasks"))["total"] == 0
    made = await daemon.tcp.post("/tasks", [good, good])
    assert [task["position"] for task in made] == [1, 2]


async def test_the_point_of_a_fork_is_the_start_or_the_end(daemon: Running) -> None:
    session = await daemon.session()
    refused = await daemon.tcp.call("POST", f"/sessions/{session.short_id}/fork", {"point": "m" * 100_000})
    assert (refused.status, list(refused.body["errors"])) == (400, ["point"])
    assert len(refused.body["message"]) < 200


async def test_forks_and_spawns_are_asked_for_with_full_references(daemon: Running) -> None:
    session = await daemon.session()
    board = await daemon.tcp.post("/boards", {"name": "B"})
    fork = await daemon.tcp.call("POST", f"/sessions/{session.short_id}/fork", {"at": 1, "board": "b"})
    assert fork.status == 201
    _, source, request = daemon.supervisor.ledger[-1]
    assert (source, request.at, request.board) == (session.session_id, 1, board["board_id"])
    spawn = await daemon.tcp.post(f"/sessions/{session.short_id}/spawn", {"prompt": "go"})
    genealogy = await daemon.tcp.get(f"/sessions/{fork.body['short_id']}/genealogy")
    assert genealogy["root_id"] == session.session_id
    assert {(edge["kind"], edge["to"]) for edge in genealogy["edges"]} == {
        ("fork", fork.body["session_id"]),
        ("spawn", spawn["session_id"]),
    }
    assert (await daemon.tcp.get(f"/sessions/{session.short_id}"))["genealogy"]["children"] == [spawn["session_id"]]
    inherited = await daemon.tcp.get(f"/sessions/{fork.body['short_id']}/inherited")
    assert inherited == {"tasks": [], "titles": {session.session_id: session.title}}
    for bad in ({"agent": "nobody"}, {"point": "middle"}, {"prompt": ""}, {"session_id": "x"}):
        assert (await daemon.tcp.call("POST", f"/sessions/{session.short_id}/fork", bad)).status == 400


async def test_complete_and_undo(daemon: Running) -> None:
    session = await daemon.session()
    path = f"/sessions/{session.short_id}/complete"
    assert (await daemon.tcp.call("POST", path)).body["status"] == "completed"
    assert (await daemon.tcp.call("POST", path)).status == 200
    assert (await daemon.tcp.call("POST", path, {"undo": True})).body["status"] == "idle"
    assert (await daemon.tcp.call("POST", path, {"undo": True})).status == 409
    stopped = await daemon.tcp.call("POST", f"/sessions/{session.short_id}/stop")
    assert (stopped.status, daemon.supervisor.ledger[-1]) == (200, ("stop", session.session_id))


async def test_removal_releases_the_agent(daemon: Running) -> None:
    session = await daemon.session()
    await daemon.tcp.call("DELETE", f"/sessions/{session.short_id}")
    assert daemon.supervisor.ledger[-1] == ("release", session.session_id)


async def test_an_approval_is_answered_in_the_users_name(daemon: Running) -> None:
    session = await daemon.session()
    task = await daemon.supervisor.with_task(session.session_id, "p", TaskId(new_id()))
    asked = Approval(
        approval_id=ApprovalId(new_id()),
        session_id=session.session_id,
        task_id=task.task_id,
        tool=ToolCall(call_id="1"),
        options=(ApprovalOption(id="yes", name="Yes", kind="allow_once"),),
        created_at="2026-01-01T00:00:00.000Z",
        updated_at="2026-01-01T00:00:00.000Z",
    )
    await daemon.store.write(lambda w: approvals.insert(w, asked))
    for body in ({"decision": "allow"}, {"status": "allowed"}):
        answer = await daemon.tcp.call("PATCH", f"/approvals/{asked.approval_id}", body)
        assert (answer.status, answer.body["status"]) == (200, "allowed")
    users = {entry[3] for entry in daemon.supervisor.ledger if entry[0] == "answer"}
    assert len(users) == 1
    assert "" not in users


async def test_agents_are_listed_filtered_and_read(daemon: Running) -> None:
    page = await daemon.tcp.get("/agents")
    assert [it["name"] for it in page["data"]][:2] == ["claude-code", "codex"]
    assert page["total"] == len(page["data"])
    here = await daemon.tcp.get("/agents?installed=true&$select[]=installed")
    assert here["data"] == [{"name": "demo", "installed": True}]
    assert (await daemon.tcp.get("/agents/demo"))["title"] == "Demo"


async def test_health_describes_the_daemon(daemon: Running) -> None:
    health = await daemon.tcp.get("/health")
    assert (health["status"], health["port"], health["home"]) == ("ok", daemon.port, str(daemon.paths.home))
    assert health["schema"]
    assert health["uptime"] >= 0
    assert 1 < health["memory_mb"] < 1000
    assert health["database"].endswith("agor.db")


async def test_openapi_describes_every_address_that_answers(daemon: Running) -> None:
    document = await daemon.tcp.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    assert set(paths["/sessions"]) == {"get", "post", "patch", "delete"}
    assert set(paths["/worktrees"]) == {"get", "post"}
    assert set(paths["/sessions/{id}"]) == {"parameters", "get", "put", "patch", "delete"}
    assert set(paths["/messages/{id}"]) == {"parameters", "get"}
    assert set(paths["/approvals/{id}"]) == {"parameters", "get", "patch"}
    assert set(paths["/tasks/{id}/diff"]) == {"parameters", "get"}
    known = document["components"]["schemas"]
    references = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                references.add(value["$ref"].rpartition("/")[2])
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(document)
    (status,) = [it for it in paths["/sessions"]["get"]["parameters"] if it["name"] == "status"]
    assert status["schema"] == {"type": "string", "enum": [*SessionStatus]}
    (fidelity,) = [it for it in paths["/sessions"]["get"]["parameters"] if it["name"] == "genealogy.fidelity"]
    assert fidelity["schema"]["anyOf"][0] == {"type": "string", "enum": [*Fidelity]}
    assert references <= known.keys()
    session = await daemon.session()
    for path, calls in paths.items():
        if "get" in calls and "{id}" not in path:
            needed = {"/search": "?q=a", "/compare": f"?sessions={session.session_id}"}.get(path, "")
            assert (await daemon.tcp.call("GET", path + needed)).status == 200


async def test_the_disk_is_looked_at_when_asked(daemon: Running) -> None:
    assert await daemon.tcp.get("/disk?fresh=false") is None
    assert (await daemon.tcp.get("/disk"))["areas"] == {"logs": 3}
    last = daemon.supervisor.standings.last
    assert last is not None
    daemon.supervisor.standings.last = replace(last, total_bytes=9)
    for asked, total in (("", 9), ("?fresh=false", 9), ("?fresh=true", 3)):
        assert (await daemon.tcp.get(f"/disk{asked}"))["total_bytes"] == total
    for wrong in ("?fresh=1", "?x=1"):
        assert (await daemon.tcp.call("GET", f"/disk{wrong}")).status == 400
    assert (await daemon.tcp.call("POST", "/disk", {})).status == 405


async def test_many_at_once(daemon: Running) -> None:
    made = await asyncio.gather(*(daemon.unix.post("/sessions", {"agent": "demo"}) for _ in range(40)))
    assert len({it["session_id"] for it in made}) == 40
    assert (await daemon.tcp.get("/sessions?$limit=0"))["total"] == 40


async def test_a_repo_that_was_moved(daemon: Running, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    made = await daemon.tcp.post("/repos", {"local_path": str(folder)})
    moved = await daemon.tcp.call("POST", "/repos/project/move", {"local_path": "/new"})
    assert (moved.status, moved.body["local_path"]) == (200, "/new")
    assert daemon.supervisor.ledger[-1] == ("move repo", made["repo_id"], "/new")
    assert (await daemon.tcp.call("POST", "/repos/project/move", {})).status == 400
    assert (await daemon.tcp.call("POST", "/repos/none/move", {"local_path": "/new"})).status == 404


async def test_the_filters_of_a_repository_are_confirmed_as_they_were_seen(daemon: Running, tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "project")
    repository.config("filter.up.smudge", "tr A-Z a-z")
    await daemon.tcp.post("/repos", {"local_path": str(repository.path)})
    seen = await daemon.tcp.get("/repos/project/filters")
    assert seen == {"filters": {"filter.up.smudge": "tr A-Z a-z"}, "confirmed": None}
    repository.config("filter.up.smudge", "rm -rf")
    refused = await daemon.tcp.call("POST", "/repos/project/confirm", {"filters": seen["filters"]})
    assert refused.status == 409
    body = {"filters": {"filter.up.smudge": "rm -rf"}}
    confirmed = await daemon.tcp.call("POST", "/repos/project/confirm", body)
    assert confirmed.body["trust"]["filters"] == body["filters"]
    assert (await daemon.tcp.get("/repos/project/filters"))["confirmed"] == body["filters"]


async def test_differences_of_sessions(daemon: Running) -> None:
    session = await daemon.session()
    at = f"/sessions/{session.short_id}"
    found = await daemon.tcp.get(f"{at}/diff?from=task:1&path[]=b&path[]=c")
    assert (found["from"]["point"], found["files"], found["diff"]) == ("base", ["b"], "--- a\n+++ b\n")
    assert (found["diffstat"], found["next"]) == ({"files": 1, "insertions": 2, "deletions": 0}, None)
    asked = Range(session.session_id, PointName("task", "1"), PointName("now"), ("b", "c"))
    assert daemon.supervisor.ledger[-1:] == [("page", asked, 0)]
    figures = await daemon.tcp.get(f"{at}/diff?stat=true&skip=1&path=b")
    assert (figures["diff"], figures["files"]) == (None, [])
    assert daemon.supervisor.ledger[-1:] == [("changes", Range(session.session_id, paths=("b",)))]
    assert (await daemon.tcp.call("GET", f"{at}/patch?to=fork")).status == 200
    assert daemon.supervisor.ledger[-1:] == [("patch", Range(session.session_id, end=PointName("fork")))]
    for query in ("from=x", "to[]=now&to[]=now", "skip=-1", "stat=1", "since=now", "path[a]=b"):
        refused = await daemon.tcp.call("GET", f"{at}/diff?{query}")
        assert (refused.status, list(refused.body["errors"])) == (400, [query.partition("=")[0].partition("[")[0]])
    assert (await daemon.tcp.call("GET", f"{at}/patch?skip=1")).status == 400
