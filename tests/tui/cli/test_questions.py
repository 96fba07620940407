"""What an agent asks for stands beside every command that allows it: the command or the change, exact."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.message import FileDiff, ToolCall
from agor_core.domain.session import Session
from tests.builders import app_records as make
from tests.builders.records import as_json
from tests.fakes.scripted_daemon import ScriptedDaemon, page

Agor = Callable[..., Any]

COMMAND = "rm -rf ./build" + " " * 240 + "/ \x1b[8m # \u202e"
SHOWN = "$ rm -rf ./build" + " " * 240 + "/ ␛[8m # <U+202E>"
QUESTION = "May I clean the build folder?"


def asked(tool: ToolCall | None = None) -> tuple[Session, Approval]:
    session = make.session("Clean", status="awaiting_permission", asks=QUESTION)
    given = tool or make.tool(QUESTION, "execute", input={"command": COMMAND})
    return session, replace(make.approval(session), tool=given)


def served(daemon: ScriptedDaemon, session: Session, approval: Approval) -> None:
    record = as_json(session)
    daemon.answers["GET /approvals"] = page(as_json(approval))
    daemon.answers["GET /sessions"] = page(record)
    daemon.answers[f"GET /sessions/{session.session_id}"] = record
    daemon.answers[f"GET /sessions/{session.session_id}/genealogy"] = {
        "root_id": "x",
        "sessions": [record],
        "edges": [],
    }
    daemon.answers["GET /tasks"] = daemon.answers["GET /messages"] = page()


@pytest.mark.parametrize("verb", ["approval list", "session show", "", "session watch"])
def test_the_command_is_shown_letter_by_letter(daemon: ScriptedDaemon, agor: Agor, verb: str) -> None:
    session, approval = asked()
    served(daemon, session, approval)
    given = [session.session_id] if verb.startswith("session") else []
    if verb == "session watch":
        task = as_json(make.task(session, 1, status="running"))
        daemon.answers["GET /tasks"] = page(task)
        daemon.answers[f"GET /tasks/{task['task_id']}"] = task
        done = {**task, "status": "completed"}
        daemon.frames.put({"type": "hello", "cursor": "e:1", "version": "x"})
        ended = {"type": "change", "cursor": "e:2", "service": "tasks", "event": "patched", "at": make.at(0)}
        daemon.frames.put({**ended, "id": task["task_id"], "record": done})
    ran = agor("--no-tui", *verb.split(), *given)
    assert ran.code == 0, ran.err
    assert SHOWN in [line.strip() for line in ran.out.splitlines()]
    assert QUESTION in ran.out


def test_of_an_edit_the_changed_lines_are_shown(daemon: ScriptedDaemon, agor: Agor) -> None:
    diff = FileDiff(path="a.txt", old_text="one\r\ntwo\n", new_text="one\ntwo\nthree\n")
    served(daemon, *asked(make.tool("Write a.txt", "edit", diff=diff, input={"content": "not this"})))
    lines = [line.strip() for line in agor("approval", "list").out.splitlines()[2:]]
    assert lines[:5] == ["a.txt  +2  −1", "- one␍", "+ one", "two", "+ three"]


def test_the_agent_s_own_options_stand_below_the_question(daemon: ScriptedDaemon, agor: Agor) -> None:
    session, approval = asked(make.tool("ls", "execute", input={"command": "ls"}))
    options = (
        ApprovalOption(id="proceed", name="Yes", kind="allow_once"),
        ApprovalOption(id="amend\x1b[8m", name="Yes, and \x1b[31mdon't ask again", kind="allow_always"),
        ApprovalOption(id="cancel", name="No", kind="reject_once"),
    )
    served(daemon, session, replace(approval, options=options))
    ran = agor("approval", "list")
    assert [line.strip() for line in ran.out.splitlines()[-3:]] == [
        "proceed  Yes  once",
        "amend␛[8m  Yes, and don't ask again  for good",
        "cancel  No  denies",
    ]
    assert "\x1b" not in ran.out
    daemon.answers[f"PATCH /approvals/{approval.approval_id}"] = {**as_json(approval), "status": "allowed"}
    assert agor("approval", "allow", approval.approval_id, "--option", "proceed").code == 0
    assert daemon.ledger[-1].body == {"decision": "proceed"}
    refused = agor("approval", "allow", approval.approval_id, "--option", "proceed", "--always")
    assert refused.code == 2
    assert "exclude each other" in refused.err


def test_a_title_that_the_table_cuts_is_shown_whole(
    daemon: ScriptedDaemon, agor: Agor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    title = "git push --force origin main && " + "git status && " * 5 + "rm -rf ~"
    served(daemon, *asked(make.tool(title, "execute", input={"command": title})))
    assert title in [line.strip() for line in agor("approval", "list").out.splitlines()]
