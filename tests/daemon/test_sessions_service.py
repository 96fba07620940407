"""``/sessions``: the six calls, from the outside."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.domain.session import SessionStatus
from agor_core.ids import new_id
from agor_core.repositories import sessions
from agor_daemon.supervisor.workspaces import folders
from tests.builders.daemons import Running


async def test_created_session_is_found_by_every_form_of_its_id(daemon: Running, tmp_path: Path) -> None:
    answer = await daemon.tcp.call("POST", "/sessions", {"agent": "demo", "title": "One", "cwd": str(tmp_path)})
    assert answer.status == 201
    made = answer.body
    assert (made["title"], made["status"], made["repo"]["cwd"]) == ("One", "idle", str(tmp_path))
    for form in (made["session_id"], made["short_id"], made["session_id"].upper().replace("-", "")):
        got = await daemon.unix.get(f"/sessions/{form}")
        assert got == {**made, "tasks": [], "genealogy": {**made["genealogy"], "children": []}}


async def test_without_a_folder_it_gets_an_empty_one_of_its_own(daemon: Running) -> None:
    made = await daemon.tcp.post("/sessions", {"agent": "demo"})
    cwd = daemon.paths.scratch / made["session_id"]
    assert (made["repo"]["cwd"], os.listdir(cwd)) == (str(cwd), [])  # noqa: PTH208
    await daemon.tcp.call("DELETE", f"/sessions/{made['session_id']}?purge=true")
    assert os.listdir(daemon.paths.scratch) == []  # noqa: PTH208


@pytest.mark.parametrize("in_a_folder", [False, True])
async def test_repeating_a_creation_with_an_own_id_is_safe(daemon: Running, tmp_path: Path, in_a_folder: bool) -> None:
    body = {"agent": "demo", "session_id": new_id(), "prompt": "say: hello"}
    if in_a_folder:
        body["cwd"] = str(tmp_path)
    first = await daemon.tcp.post("/sessions", body)
    await daemon.tcp.call("PATCH", f"/sessions/{body['session_id']}", {"title": "renamed since"})
    again = await daemon.tcp.post("/sessions", body)
    assert first["session_id"] == again["session_id"] == body["session_id"]
    assert len(first["short_id"]) == 8
    assert again["task_count"] == 1
    assert (await daemon.tcp.get("/tasks"))["total"] == 1
    other = await daemon.tcp.call("POST", "/sessions", {**body, "agent": "codex", "prompt": None})
    assert other.status == 409
    elsewhere = await daemon.tcp.call("POST", "/sessions", {**body, "cwd": str(tmp_path.parent)})
    assert elsewhere.status == 409


async def test_a_folder_that_is_not_there_makes_no_session(daemon: Running, tmp_path: Path) -> None:
    answer = await daemon.tcp.call("POST", "/sessions", {"agent": "demo", "cwd": str(tmp_path / "nowhere")})
    assert (answer.status, answer.body["errors"].keys()) == (400, {"cwd"})
    assert (await daemon.tcp.get("/sessions"))["total"] == 0
    assert await daemon.tcp.post("/sessions", {"agent": "demo", "cwd": str(tmp_path)})


async def test_a_folder_on_a_slow_disk_delays_its_own_session_and_no_other_write(
    daemon: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(folders, "may_be_inside", lambda _: not answers.wait(30))
    slow = asyncio.create_task(daemon.tcp.post("/sessions", {"agent": "demo", "cwd": str(tmp_path)}))
    await daemon.tcp.post("/boards", {"name": "meanwhile"})
    assert await daemon.tcp.post("/sessions", {"agent": "demo"})
    assert not slow.done()
    answers.set()
    made = await slow
    assert made["repo"]["cwd"] == str(tmp_path)
    assert (await daemon.tcp.get("/sessions"))["total"] == 2


async def test_a_prompt_for_an_agent_that_is_not_there_makes_no_session(daemon: Running) -> None:
    answer = await daemon.tcp.call("POST", "/sessions", {"agent": "codex", "prompt": "hi"})
    assert (answer.status, answer.body["name"]) == (422, "Unprocessable")
    assert answer.body["errors"]["agent"] == "codex"
    assert (await daemon.tcp.get("/sessions"))["total"] == 0
    assert await daemon.tcp.post("/sessions", {"agent": "codex"})


async def test_a_list_is_created_as_a_whole_or_not_at_all(daemon: Running) -> None:
    made = await daemon.tcp.post("/sessions", [{"agent": "demo", "title": str(n)} for n in range(3)])
    assert [it["title"] for it in made] == ["0", "1", "2"]
    taken = {"agent": "demo", "title": "other", "session_id": made[0]["session_id"]}
    refused = await daemon.tcp.call("POST", "/sessions", [{"agent": "demo"}, {**taken, "agent": "codex"}])
    assert refused.status == 409
    assert (await daemon.tcp.get("/sessions"))["total"] == 3
    assert len(list(daemon.paths.scratch.iterdir())) == 3


async def test_find_filters_sorts_pages_and_counts(daemon: Running) -> None:
    board = await daemon.tcp.post("/boards", {"name": "Work"})
    for title in ("b", "a", "c"):
        await daemon.tcp.post("/sessions", {"agent": "demo", "title": title, "board": "work"})
    await daemon.tcp.post("/sessions", {"agent": "codex", "title": "d"})
    page = await daemon.tcp.get(
        f"/sessions?board_id={board['short_id']}&$sort[title]=-1&$limit=2&$skip=1&$select[]=title"
    )
    assert (page["total"], page["limit"], page["skip"]) == (3, 2, 1)
    assert [it["title"] for it in page["data"]] == ["b", "a"]
    assert set(page["data"][0]) == {"session_id", "title"}
    assert (await daemon.tcp.get("/sessions?$limit=0&agent[$in][]=codex"))["total"] == 1


async def test_patch_changes_the_given_fields(daemon: Running) -> None:
    made = await daemon.session(title="old", description="kept")
    await daemon.tcp.post("/boards", {"name": "B"})
    answer = await daemon.tcp.call("PATCH", f"/sessions/{made.short_id}", {"title": "new", "board": "b"})
    assert answer.status == 200
    assert (answer.body["title"], answer.body["description"]) == ("new", "kept")
    assert answer.body["board_id"] is not None
    cleared = await daemon.tcp.call("PATCH", f"/sessions/{made.short_id}", {"board": None, "title": None})
    assert (cleared.body["board_id"], cleared.body["title"]) == (None, None)


async def test_a_board_by_both_of_its_names_is_one_board(daemon: Running) -> None:
    made = await daemon.session()
    one, other = [(await daemon.tcp.post("/boards", {"name": name}))["board_id"] for name in ("one", "other")]
    address = f"/sessions/{made.session_id}"
    for given in ({"board": "one", "board_id": one}, {"board": "other", "board_id": None}, {"board_id": one}):
        patched = await daemon.tcp.call("PATCH", address, given)
        assert patched.body["board_id"] == (other if given.get("board") == "other" else one)
    for method in ("PATCH", "PUT"):
        refused = await daemon.tcp.call(method, address, {"board": "other", "board_id": one})
        assert (refused.status, refused.body["errors"].keys()) == (400, {"board"})
        assert refused.body["message"] == "board: is another board than board_id names; give one of them."
    assert (await daemon.tcp.get(address))["board_id"] == one
    both = await daemon.tcp.call("POST", "/sessions", {"agent": "demo", "board": "other", "board_id": one})
    assert (both.status, both.body["errors"].keys()) == (400, {"board"})
    assert (await daemon.tcp.post("/sessions", {"agent": "demo", "board": "one", "board_id": one}))["board_id"] == one


async def test_put_replaces_changeable_fields_and_refuses_changes_of_the_others(daemon: Running) -> None:
    made = await daemon.session(title="old", description="goes", concepts=("a",))
    record = await daemon.tcp.get(f"/sessions/{made.session_id}")
    whole = {k: v for k, v in record.items() if k not in ("description", "tasks", "genealogy", "concepts")}
    answer = await daemon.tcp.call("PUT", f"/sessions/{made.session_id}", {**whole, "title": "new"})
    assert (answer.status, answer.body["title"]) == (200, "new")
    assert (answer.body["description"], answer.body["concepts"]) == (None, [])
    await daemon.tcp.post("/boards", {"name": "Work"})
    whole["updated_at"] = answer.body["updated_at"]
    moved = await daemon.tcp.call("PUT", f"/sessions/{made.session_id}", {**whole, "board": "work"})
    assert moved.body["board_id"] is not None
    refused = await daemon.tcp.call("PUT", f"/sessions/{made.session_id}", {**whole, "agent": "codex"})
    assert (refused.status, refused.body["errors"].keys()) == (400, {"agent"})


async def test_delete_archives_and_patch_brings_back(daemon: Running) -> None:
    made = await daemon.session()
    gone = (await daemon.tcp.call("DELETE", f"/sessions/{made.short_id}")).body
    assert gone["archived_at"] is not None
    assert (await daemon.tcp.get("/sessions"))["total"] == 0
    assert (await daemon.tcp.get("/sessions?archived_at[$ne]=null"))["total"] == 1
    again = (await daemon.tcp.call("DELETE", f"/sessions/{made.short_id}")).body
    assert again["archived_at"] == gone["archived_at"]
    back = await daemon.tcp.call("PATCH", f"/sessions/{made.short_id}", {"archived_at": None})
    assert back.body["archived_at"] is None
    assert (await daemon.tcp.get("/sessions"))["total"] == 1


async def test_a_time_of_archiving_is_a_time(daemon: Running) -> None:
    made = await daemon.session()
    given = await daemon.tcp.call("PATCH", f"/sessions/{made.short_id}", {"archived_at": "2026-01-31T10:05:00+01:00"})
    assert given.body["archived_at"] == "2026-01-31T09:05:00.000Z"
    wrong = await daemon.tcp.call("PATCH", f"/sessions/{made.short_id}", {"archived_at": "yesterday"})
    assert (wrong.status, wrong.body["errors"].keys()) == (400, {"archived_at"})


async def test_get_takes_a_selection(daemon: Running) -> None:
    made = await daemon.session(title="x")
    got = await daemon.tcp.get(f"/sessions/{made.short_id}?$select[]=title&$select[]=genealogy.children")
    assert got == {"session_id": made.session_id, "title": "x", "genealogy": {"children": []}}


async def test_purge_deletes_for_good_unless_others_came_from_it(daemon: Running) -> None:
    made = await daemon.session()
    fork = await daemon.tcp.post(f"/sessions/{made.session_id}/fork", {})
    refused = await daemon.tcp.call("DELETE", f"/sessions/{made.session_id}?purge=true")
    assert refused.status == 409
    for identifier in (fork["session_id"], made.session_id):
        assert (await daemon.tcp.call("DELETE", f"/sessions/{identifier}?purge=true")).status == 200
        assert (await daemon.tcp.call("GET", f"/sessions/{identifier}")).status == 404


async def test_a_running_session_is_not_removed(daemon: Running) -> None:
    made = await daemon.session()
    working = replace(made, status=SessionStatus.RUNNING)
    await daemon.store.write(lambda writer: sessions.update(writer, working))
    for query in ("", "?purge=true"):
        assert (await daemon.tcp.call("DELETE", f"/sessions/{made.session_id}{query}")).status == 409
    completed = await daemon.tcp.call("POST", f"/sessions/{made.session_id}/complete")
    assert completed.status == 409
