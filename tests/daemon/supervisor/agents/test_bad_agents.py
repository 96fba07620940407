"""Agents that are missing, die, hang, lie or talk nonsense: one clear sentence, nothing left, the next prompt works."""

import sys

import pytest

from agor_core.domain.message import Role
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import TaskStatus
from agor_core.errors import AgentNotInstalled, InvalidInput
from agor_core.repositories import tasks
from agor_daemon.supervisor.limits import Limits
from tests.daemon.supervisor.conftest import children

READ = "import sys, json\nfor line in sys.stdin:\n    m = json.loads(line)\n"
ANSWER = "    print(json.dumps({'jsonrpc': '2.0', 'id': m['id'], 'result': %s}), flush=True)\n"


async def test_one_that_is_not_installed_stores_nothing(bench):
    bench.scripted("ghost", "", command=("no-such-program-anywhere",), install_hint="get ghost")
    session = await bench.session(agent="ghost")
    with pytest.raises(AgentNotInstalled, match="get ghost"):
        await bench.supervisor.prompt(session.session_id, "hello")
    assert await bench.store.read(lambda r: tasks.of_session(r, session.session_id)) == []
    assert (await bench.again(session)).status is SessionStatus.IDLE


async def test_an_empty_prompt_is_refused(bench):
    session = await bench.session()
    with pytest.raises(InvalidInput):
        await bench.supervisor.prompt(session.session_id, "  \n ")


async def test_one_that_dies_at_once(bench):
    bench.scripted("brittle", "import sys; sys.stderr.write('first\\nno config found\\n'); sys.exit(3)")
    session = await bench.session(agent="brittle")
    before = children()
    task = await bench.run(session, "hello")
    assert task.status is TaskStatus.FAILED
    assert task.error == "Brittle exited with code 3 before it could start; it said last: no config found."
    assert (await bench.again(session)).status is SessionStatus.FAILED
    assert children() <= before
    bench.agents["brittle"] = bench.agents["demo"]
    assert (await bench.run(session, "say: back")).status is TaskStatus.COMPLETED
    assert (await bench.again(session)).status is SessionStatus.IDLE


async def test_one_that_hangs_in_initialize(bench):
    await bench.supervisor.close(grace=1)
    bench.scripted("sleepy", "import time; time.sleep(600)")
    bench.start(Limits(start=0.5, end=2))
    session = await bench.session(agent="sleepy")
    before = children()
    task = await bench.run(session, "hello")
    assert (task.status, task.error) == (TaskStatus.FAILED, "Sleepy did not start within 0.5 seconds.")
    assert children() <= before


async def test_one_that_cannot_be_run(bench, tmp_path):
    program = tmp_path / "agent"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    bench.scripted("broken", "", command=(str(program),))
    task = await bench.run(await bench.session(agent="broken"), "hello")
    assert task.status is TaskStatus.FAILED
    assert "cannot be started" in task.error


async def test_one_with_another_version_of_the_protocol(bench):
    bench.scripted("future", READ + ANSWER % "{'protocolVersion': 7}")
    task = await bench.run(await bench.session(agent="future"), "hello")
    assert task.error == "Future speaks version 7 of the Agent Client Protocol, Agor speaks version 1."


async def test_one_that_answers_nonsense(bench):
    bench.scripted("odd", READ + ANSWER % "['what']")
    task = await bench.run(await bench.session(agent="odd"), "hello")
    assert task.status is TaskStatus.FAILED
    assert task.error.startswith("Odd answered outside the protocol, asked to start")


async def test_garbage_on_stdout_is_passed_over(bench):
    lines = [
        "not json",
        "42",
        "null",
        "[1]",
        '"text"',
        "{}",
        '{"id": []}',
        '{"id": 99, "error": 7}',
        "{" * 3000,
        '{"method": 5}',
    ]
    code = (
        f"import os, sys\nfor line in {lines!r}:\n    print(line)\nprint('\\x00\\xff')\nsys.stdout.flush()\n"
        f"os.execv({sys.executable!r}, [{sys.executable!r}, '-P', '-m', 'agor_core.agents.demo'])"
    )
    bench.scripted("noisy", code)
    task = await bench.run(await bench.session(agent="noisy"), "garbage:", "say: clear words")
    assert (task.status, task.error) == (TaskStatus.COMPLETED, None)
    assert "clear words" in task.report


async def test_one_that_speaks_another_language_is_quoted(bench):
    await bench.supervisor.close(grace=1)
    bench.start(Limits(start=0.5))
    bench.scripted("odd", "import time\nprint('Welcome! \x1b[1mWhat now?', flush=True)\ntime.sleep(60)")
    task = await bench.run(await bench.session(agent="odd"), "say: hi")
    assert task.status is TaskStatus.FAILED
    why = "it printed what is not the Agent Client Protocol: 'Welcome! [1mWhat now?'"
    assert task.error == f"Odd did not start within 0.5 seconds; {why}."


async def test_megabytes_of_stderr_do_not_block(bench):
    task = await bench.run(await bench.session(), "stderr: 3000000", "say: through")
    assert task.status is TaskStatus.COMPLETED


async def test_one_that_exits_in_the_turn(bench):
    session = await bench.session()
    task = await bench.run(session, "say: so far", "exit: 7")
    assert task.status is TaskStatus.FAILED
    assert task.error.startswith("Demo exited with code 7 before it could finish the turn")
    said = await bench.messages(task)
    assert "so far" in said[-1].text
    assert all(m.complete for m in said)
    task = await bench.run(session, "recall:")
    assert "so far" in await bench.said(task)


async def test_one_that_ignores_the_cancel_is_ended(bench):
    await bench.supervisor.close(grace=1)
    bench.start(Limits(cancel=0.3, end=0.5))
    session = await bench.session()
    task = await bench.supervisor.prompt(session.session_id, "say: begun\nhang:")
    await bench.running(task)
    await bench.supervisor.stop(session.session_id)
    assert (await bench.task(task)).status is TaskStatus.CANCELLED
    assert (await bench.run(session, "say: again")).status is TaskStatus.COMPLETED


async def test_stop_while_it_starts(bench):
    bench.scripted("sleepy", "import time; time.sleep(600)")
    session = await bench.session(agent="sleepy")
    task = await bench.supervisor.prompt(session.session_id, "hello")
    await bench.supervisor.stop(session.session_id)
    assert (await bench.task(task)).status is TaskStatus.CANCELLED


async def test_a_mode_that_is_not_there_is_said(bench):
    task = await bench.run(await bench.session(mode="reckless"), "say: hi")
    assert task.status is TaskStatus.FAILED
    assert "reckless" in task.error


async def test_one_whose_folder_was_deleted_does_not_work_on_in_nowhere(bench, folder):
    session = await bench.session()
    await bench.run(session, "say: one")
    folder.rmdir()
    task = await bench.run(session, "say: two")
    assert task.status is TaskStatus.FAILED
    assert task.error == f"The session's folder {folder} is not there any more; fork the session to go on."


TWO_TONGUED = """
import json, sys
result = {"protocolVersion": 1, "agentCapabilities": {}, "sessionId": "ours", "stopReason": "end_turn"}
def update(session, text):
    content = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
    params = {"sessionId": session, "update": content}
    print(json.dumps({"jsonrpc": "2.0", "method": "session/update", "params": params}))
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "session/prompt":
        update("ours", "kept")
        update("another", "foreign")
        update("ours", " as well")
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
"""


async def test_an_update_of_another_conversation_is_not_recorded(bench):
    bench.scripted("two", TWO_TONGUED)
    task = await bench.run(await bench.session(agent="two"), "hello")
    assert [m.text for m in await bench.messages(task)] == ["hello", "kept as well"]


WORDY = """
import json, sys
result = {"protocolVersion": 1, "agentCapabilities": {"loadSession": True}, "sessionId": "s", "stopReason": "end_turn"}
for line in sys.stdin:
    request = json.loads(line)
    answer = {"jsonrpc": "2.0", "id": request["id"], "result": result}
    if request["method"] == METHOD:
        if LONG == "update":
            print(json.dumps({"jsonrpc": "2.0", "method": "session/update", "params": {"update": "x" * 2**26}}))
        else:
            answer["result"] = {**result, "x": "x" * 2**26}
    print(json.dumps(answer), flush=True)
"""


def wordy(long: str, method: str) -> str:
    """An agent whose update or answer is too long when this method is called."""
    return WORDY.replace("METHOD", repr(method)).replace("LONG", repr(long))


@pytest.mark.parametrize("long", ["update", "answer"])
async def test_a_line_that_is_too_long_fails_the_turn_with_one_sentence(bench, long):
    bench.scripted("wordy", wordy(long, "session/prompt"))
    session = await bench.session(agent="wordy")
    before = children()
    task = await bench.run(session, "hello")
    assert (task.status, task.error) == (
        TaskStatus.FAILED,
        "Wordy sent a line of more than 24 MB before it could finish the turn.",
    )
    assert [m.role for m in await bench.messages(task)] == [Role.USER]
    assert children() <= before
    bench.agents["wordy"] = bench.agents["demo"]
    assert (await bench.run(session, "say: back")).status is TaskStatus.COMPLETED


async def test_a_replay_with_a_line_that_is_too_long_begins_a_new_conversation(bench):
    bench.scripted("wordy", wordy("update", "session/load"))
    session = await bench.session(agent="wordy")
    assert (await bench.run(session, "one")).status is TaskStatus.COMPLETED
    await bench.supervisor.close(grace=1)
    bench.start()
    task = await bench.run(session, "two")
    assert (task.status, task.error) == (TaskStatus.COMPLETED, None)
    assert "a new one was given the transcript" in (await bench.messages(task))[1].text


async def test_one_that_dies_in_the_middle_of_a_line(bench):
    half = "    if m['method'] == 'session/prompt': sys.stdout.write('{\"method\":\"session/upd'); sys.exit(4)\n"
    bench.scripted("brittle", READ + half + ANSWER % "{'protocolVersion': 1, 'sessionId': 's'}")
    task = await bench.run(await bench.session(agent="brittle"), "hello")
    assert (task.status, task.error) == (
        TaskStatus.FAILED,
        "Brittle exited with code 4 before it could finish the turn.",
    )
    assert [m.role for m in await bench.messages(task)] == [Role.USER]
