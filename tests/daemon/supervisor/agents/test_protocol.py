"""What goes over the wire: modes, capabilities, files, odd updates; seen by an agent that keeps a ledger."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agor_core.agents.registry import AgentSpec, registry
from agor_core.config.settings import Settings
from agor_core.domain.figures import Usage
from agor_core.domain.message import Role
from agor_core.domain.session import Fidelity
from agor_core.domain.task import TaskStatus
from agor_core.wire.requests import Fork
from agor_daemon.supervisor.workspaces import checkpoints

AGENT = Path(__file__).parents[3] / "fakes" / "ledger_agent.py"


def chunk(text, **more):
    return {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}, **more}


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger"


def register(bench, ledger, name="opencode", ask_mode=None, fork_point="none", **options):
    command = (sys.executable, str(AGENT), str(ledger), json.dumps(options))
    bench.agents[name] = AgentSpec(
        name, name.title(), command, "nothing", ask_mode=ask_mode, ask_unset=True, fork_point=fork_point
    )


def noted(ledger, method):
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    return [entry["params"] for entry in entries if entry.get("method") == method]


def answers(ledger):
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    return [entry["answer"] for entry in entries if "answer" in entry]


async def restart(bench):
    await bench.supervisor.close(grace=2)
    bench.start()


@pytest.mark.parametrize("how", ["load", "resume"])
async def test_the_asking_mode_is_set_after_every_opening(bench, ledger, how):
    sessions = {"fork": {}, **({"resume": {}} if how == "resume" else {})}
    capabilities = {"loadSession": True, "sessionCapabilities": sessions}
    register(bench, ledger, ask_mode="ask-me", capabilities=capabilities, updates=[chunk("hi")], replay=[chunk("hi")])
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    await restart(bench)
    await bench.run(session, "two")
    await bench.supervisor.fork(session.session_id, Fork())
    modes = noted(ledger, "session/set_mode")
    assert [mode["sessionId"] for mode in modes] == ["session/new-1", "session/new-1", "session/fork-1"]
    assert {mode["modeId"] for mode in modes} == {"ask-me"}
    assert len(noted(ledger, f"session/{how}")) == 1


async def test_a_mode_of_the_session_is_taken_instead(bench, ledger):
    register(bench, ledger, ask_mode="ask-me")
    await bench.run(await bench.session(agent="opencode", mode="build"), "one")
    assert [mode["modeId"] for mode in noted(ledger, "session/set_mode")] == ["build"]


async def test_an_agent_that_refuses_to_ask_does_not_work(bench, ledger):
    register(bench, ledger, ask_mode="ask-me", refuse=["session/set_mode"])
    task = await bench.run(await bench.session(agent="opencode"), "one")
    assert task.status is TaskStatus.FAILED
    assert task.error == "Opencode could not enter its mode 'ask-me': Internal error: I will not."
    assert noted(ledger, "session/prompt") == []


async def test_the_replay_of_a_load_is_not_recorded(bench, ledger):
    register(bench, ledger, capabilities={"loadSession": True}, updates=[chunk("hi")], replay=[chunk("again")] * 3)
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    await restart(bench)
    task = await bench.run(session, "two")
    assert await bench.said(task) == "hi"
    assert (await bench.again(session)).agent_sessions == ("session/new-1",)


async def test_a_load_that_lost_its_history_is_made_up_for(bench, ledger):
    register(bench, ledger, capabilities={"loadSession": True}, updates=[chunk("hi")], replay=[])
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    await restart(bench)
    task = await bench.run(session, "two")
    history, prompt = noted(ledger, "session/prompt")[-1]["prompt"]
    assert prompt["text"] == "two"
    assert "User: one" in history["text"]
    assert history["_meta"]["agor.history"] == ["one"]
    assert Role.SYSTEM in [m.role for m in await bench.messages(task)]


async def test_updates_after_the_end_belong_to_the_last_task(bench, ledger):
    register(bench, ledger, updates=[chunk("in time")], after=[chunk("too late", messageId="m9")])
    task = await bench.run(await bench.session(agent="opencode"), "one")
    await bench.until(lambda: bench.said(task), lambda text: text == "in timetoo late")


async def test_odd_updates_do_no_harm(bench, ledger):
    odd = [
        {"sessionUpdate": "of_a_future_kind", "x": [1]},
        {"sessionUpdate": "tool_call"},
        {"sessionUpdate": "agent_message_chunk"},
        {"sessionUpdate": "plan", "entries": "none"},
        {},
        7,
        chunk("nul \x00 and \ud800 end"),
    ]
    register(bench, ledger, updates=odd)
    task = await bench.run(await bench.session(agent="opencode"), "one")
    assert (task.status, task.error) == (TaskStatus.COMPLETED, None)
    said = await bench.said(task)
    assert said.startswith("nul ")
    assert "\x00" not in said


async def test_pieces_join_by_role_and_message(bench, ledger):
    updates = [
        chunk("a", messageId="1"),
        chunk("b", messageId="1"),
        chunk("c", messageId="2"),
        chunk("d", messageId="2"),
    ]
    register(bench, ledger, updates=updates)
    task = await bench.run(await bench.session(agent="opencode"), "one")
    said = (await bench.messages(task))[1:]
    assert [(m.text, m.agent_message_id) for m in said] == [("ab", "1"), ("cd", "2")]
    assert task.report == "cd"


async def test_live_text_fits_the_stored_text(bench, ledger):
    register(bench, ledger, updates=[chunk(f"wörter {n} ") for n in range(60)], pause=0.02)
    known: dict[str, str] = {}
    shown: list[str] = []

    def commit(rows):
        for row in rows:
            if row.service == "messages":
                record = json.loads(row.record)
                known[record["message_id"]] = record["text"]

    def live(delta):
        have = known[delta.id]
        assert delta.offset <= len(have), "a gap"
        known[delta.id] = have[: delta.offset] + delta.text
        shown.append(delta.text)

    await bench.supervisor.close(grace=1)
    bench.start(on_delta=live)
    unsubscribe = bench.store.on_commit(commit)
    task = await bench.run(await bench.session(agent="opencode"), "one")
    unsubscribe()
    assert 10 < len(shown) < 60
    [said] = [m for m in await bench.messages(task) if m.role is Role.ASSISTANT]
    assert known[said.message_id] == said.text == "".join(f"wörter {n} " for n in range(60))


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        ("end_turn", TaskStatus.COMPLETED),
        ("cancelled", TaskStatus.CANCELLED),
        ("refusal", TaskStatus.FAILED),
        ("max_tokens", TaskStatus.FAILED),
    ],
)
async def test_how_a_turn_ends(bench, ledger, stop, status):
    register(bench, ledger, stop=stop)
    task = await bench.run(await bench.session(agent="opencode"), "one")
    assert (task.status, task.stop_reason) == (status, stop)
    assert (task.error is None) == (status is TaskStatus.COMPLETED)


async def test_files_are_written_inside_of_the_folder_only(bench, ledger, tmp_path):
    outside = tmp_path / "outside.txt"
    (bench.folder / "link").symlink_to(tmp_path)
    calls = [
        ["fs/write_text_file", {"path": str(bench.folder / "new" / "a.txt"), "content": "fine"}],
        ["fs/write_text_file", {"path": str(outside), "content": "no"}],
        ["fs/write_text_file", {"path": str(bench.folder / ".." / "outside.txt"), "content": "no"}],
        ["fs/write_text_file", {"path": str(bench.folder / "link" / "outside.txt"), "content": "no"}],
        ["fs/read_text_file", {"path": str(bench.folder / "new" / "a.txt")}],
        ["fs/read_text_file", {"path": str(bench.folder / "missing.txt")}],
        ["fs/read_text_file", {"path": "/etc/passwd"}],
    ]
    register(bench, ledger, calls=calls)
    task = await bench.run(await bench.session(agent="opencode"), "one")
    assert task.status is TaskStatus.COMPLETED
    got = answers(ledger)
    assert ["error" in answer for answer in got] == [False, True, True, True, False, True, True]
    assert (bench.folder / "new" / "a.txt").read_text() == "fine"
    assert got[4]["result"]["content"] == "fine"
    assert got[5]["error"]["code"] == -32002
    assert not outside.exists()


@pytest.mark.parametrize(("name", "offered"), [("opencode", True), ("qwen", True), ("gemini", False), ("codex", False)])
async def test_file_methods_are_offered_where_they_are_safe(bench, ledger, name, offered):
    register(bench, ledger, name=name)
    bench.agents[name] = replace(registry(Settings())[name], command=bench.agents[name].command, ask_mode=None)
    await bench.run(await bench.session(agent=name), "one")
    [hello] = noted(ledger, "initialize")
    files = hello.get("clientCapabilities", {}).get("fs", {})
    assert files.get("readTextFile", False) is files.get("writeTextFile", False) is offered


async def test_a_question_about_a_call_that_was_never_announced_is_recorded(bench, ledger):
    asked = {
        "toolCall": {"toolCallId": "t1", "title": "Write a.txt", "kind": "edit", "status": "pending"},
        "options": [{"optionId": "yes", "name": "Yes", "kind": "allow_once"}],
    }
    register(bench, ledger, calls=[["session/request_permission", asked]])
    session = await bench.session(agent="opencode")
    task = await bench.supervisor.prompt(session.session_id, "one")
    question = await bench.question(session)
    assert question.tool.title == "Write a.txt"
    assert [m.tool.title for m in await bench.messages(task) if m.tool] == ["Write a.txt"]
    await bench.supervisor.answer(question.approval_id, "yes", by="ada")
    assert (await bench.ended(task)).tool_use_count == 1
    assert answers(ledger)[0]["result"]["outcome"] == {"outcome": "selected", "optionId": "yes"}


async def test_what_a_question_adds_to_a_known_call_is_kept_in_its_record(bench, ledger):
    call = {"sessionUpdate": "tool_call", "toolCallId": "t1", "title": "Shell", "kind": "execute", "status": "pending"}
    changes = [{"type": "diff", "path": f"{name}.txt", "oldText": None, "newText": name} for name in ("a", "b")]
    asked = {
        "toolCall": {"toolCallId": "t1", "rawInput": {"command": "make"}, "content": changes},
        "options": [{"optionId": "yes", "name": "Yes", "kind": "allow_once"}],
    }
    register(bench, ledger, updates=[call], calls=[["session/request_permission", asked]])
    session = await bench.session(agent="opencode")
    task = await bench.supervisor.prompt(session.session_id, "one")
    question = await bench.question(session)
    assert (question.tool.title, question.tool.input) == ("Shell", {"command": "make"})
    assert [(diff.path, diff.new_text) for diff in question.tool.diffs] == [("a.txt", "a"), ("b.txt", "b")]
    [tool] = [m.tool for m in await bench.messages(task) if m.tool]
    assert (tool.title, tool.input, tool.diffs) == ("Shell", {"command": "make"}, question.tool.diffs)
    await bench.supervisor.answer(question.approval_id, "yes", by="ada")
    await bench.ended(task)


def test_the_sdk_is_loaded_when_it_is_needed_and_not_before():
    code = "import sys, agor_daemon.supervisor.supervisor; sys.exit('acp' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_an_agent_that_forks_at_its_end_whatever_it_is_asked_for_is_not_believed(bench, ledger):
    capabilities = {"sessionCapabilities": {"fork": {}}}
    said = [chunk("hi", messageId="m1")]
    register(bench, ledger, fork_point="message_id", capabilities=capabilities, updates=said)
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    await bench.run(session, "two")
    earlier = await bench.supervisor.fork(session.session_id, Fork(at=1))
    assert earlier.genealogy.fidelity is Fidelity.REPLAYED
    assert earlier.agent_sessions == ()


async def test_a_fork_at_the_end_needs_no_message(bench, ledger):
    register(
        bench,
        ledger,
        fork_point="message_id",
        capabilities={"sessionCapabilities": {"fork": {}}},
        updates=[chunk("hi", messageId="m1")],
        stop="cancelled",
    )
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert fork.genealogy.fidelity is Fidelity.NATIVE
    assert "_meta" not in noted(ledger, "session/fork")[0]


async def test_a_session_that_died_inside_of_a_warm_agent_is_taken_up_again(bench, ledger):
    capabilities = {"loadSession": True, "sessionCapabilities": {"resume": {}}}
    register(bench, ledger, capabilities=capabilities, updates=[chunk("hi")], lost_after=1)
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    task = await bench.run(session, "two")
    assert task.status is TaskStatus.COMPLETED
    assert [p["sessionId"] for p in noted(ledger, "session/resume")] == ["session/new-1"]
    assert [p["prompt"][0]["text"] for p in noted(ledger, "session/prompt")] == ["one", "two", "two"]
    assert [m.role for m in await bench.messages(task)] == [Role.USER, Role.ASSISTANT]


async def test_a_session_that_is_lost_for_good_is_not_asked_for_ever(bench, ledger):
    register(bench, ledger, capabilities={"sessionCapabilities": {"resume": {}}}, lost_after=0)
    task = await bench.run(await bench.session(agent="opencode"), "one")
    assert task.status is TaskStatus.FAILED
    assert len(noted(ledger, "session/prompt")) == 2


async def test_a_history_that_is_told_after_the_answer_is_not_taken_for_news(bench, ledger):
    told = [chunk("old "), chunk("words")]
    register(bench, ledger, capabilities={"loadSession": True}, updates=[chunk("new")], replay=told, late=True)
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    await restart(bench)
    task = await bench.run(session, "two")
    assert await bench.said(task) == "new"
    assert (await bench.again(session)).agent_sessions == ("session/new-1",)


def cost(amount):
    return {"sessionUpdate": "usage_update", "used": 1, "size": 2, "cost": {"amount": amount, "currency": "USD"}}


async def test_tokens_of_the_result_and_the_cost_of_updates_make_one_figure(bench, ledger, monkeypatch):
    usage = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}
    register(bench, ledger, updates=[cost(0.5)], result={"usage": usage})
    session = await bench.session(agent="opencode")
    take = checkpoints.take

    async def take_while_it_speaks_on(*arguments):
        if arguments[-1] == "end":
            recorder = bench.supervisor._runners[session.session_id].agent.recorder
            recorder.update({"update": cost(0.75)})
            await recorder.flush()
        return await take(*arguments)

    monkeypatch.setattr(checkpoints, "take", take_while_it_speaks_on)
    task = await bench.run(session, "one")
    assert task.usage == Usage(input_tokens=3, output_tokens=4, cost_usd=0.75)
    assert (await bench.again(session)).usage == task.usage


async def test_what_a_session_cost_before_it_was_loaded_is_not_counted_again(bench, ledger):
    capabilities = {"loadSession": True}
    register(bench, ledger, capabilities=capabilities, updates=[chunk("hi"), cost(2.0)])
    session = await bench.session(agent="opencode")
    await bench.run(session, "one")
    await restart(bench)
    register(bench, ledger, capabilities=capabilities, replay=[chunk("hi"), cost(2.0)], updates=[cost(2.5)])
    task = await bench.run(session, "two")
    assert task.usage.cost_usd == 0.5
    assert (await bench.again(session)).usage.cost_usd == 2.5
