"""An agent's process from its start to its end, when others fail or lose patience in between."""

import asyncio
from pathlib import Path

from agor_core.config import pidfile
from agor_core.domain.task import TaskStatus
from agor_core.errors import StoreFull
from agor_daemon.supervisor.limits import Limits
from tests.daemon.supervisor.conftest import children

CHATTERING = """
import json, sys, threading, time
def say(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    sys.stdout.flush()
def chatter():
    while True:
        say(method="session/update", params={"sessionId": "s", "update": {"sessionUpdate": "heartbeat"}})
        time.sleep(0.02)
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "session/load":
        threading.Thread(target=chatter, daemon=True).start()
    capabilities = {"loadSession": True}
    result = {"protocolVersion": 1, "sessionId": "s", "stopReason": "end_turn", "agentCapabilities": capabilities}
    say(id=request["id"], result=result)
"""

DEAF = """
import json, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
for line in sys.stdin:
    result = {"protocolVersion": 1, "sessionId": "s", "stopReason": "end_turn"}
    print(json.dumps({"jsonrpc": "2.0", "id": json.loads(line)["id"], "result": result}), flush=True)
time.sleep(600)
"""


def without_room(bench, monkeypatch):
    """The store's disk is full; answers what ends that."""
    write = bench.store.write

    async def refuse(work):
        raise StoreFull("No room on the disk.")

    monkeypatch.setattr(bench.store, "write", refuse)
    return lambda: monkeypatch.setattr(bench.store, "write", write)


async def test_an_agent_is_told_to_stop_also_while_the_disk_is_full(bench, monkeypatch, tmp_path):
    told = tmp_path / "told"
    code = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    m = json.loads(line)\n"
        "    if m['method'] == 'session/cancel':\n"
        f"        open({str(told)!r}, 'w').close()\n"
        "    elif m['method'] != 'session/prompt':\n"
        "        r = {'protocolVersion': 1, 'sessionId': 's'}\n"
        "        print(json.dumps({'jsonrpc': '2.0', 'id': m['id'], 'result': r}), flush=True)\n"
    )
    bench.scripted("deaf", code)
    await bench.supervisor.close(grace=1)
    bench.start(Limits(cancel=0.5, end=1))
    session = await bench.session(agent="deaf")
    before = children()
    task = await bench.supervisor.prompt(session.session_id, "hello")
    await bench.until(lambda: bench.again(session), lambda found: found.agent_sessions)
    room_again = without_room(bench, monkeypatch)
    closing = asyncio.create_task(bench.supervisor.close(grace=2))
    await bench.until(lambda: asyncio.to_thread(told.exists), bool)
    await bench.until(lambda: asyncio.to_thread(children), lambda found: found <= before)
    assert not closing.done()
    room_again()
    await closing
    assert (await bench.task(task)).status is TaskStatus.CANCELLED


async def test_an_end_is_seen_through_when_its_caller_is_cancelled(bench):
    bench.scripted("deaf", DEAF)
    session = await bench.session(agent="deaf")
    await bench.run(session, "hello")
    agent = bench.supervisor._runners[session.session_id].agent
    agent.grace = 0.3
    pids = await asyncio.to_thread(with_children, agent._connection.process.root.pid)
    assert len(pids) == 2
    ending = asyncio.create_task(agent.end())
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.wait({ending})
    assert ending.cancelled()
    assert [pid for pid in pids if pidfile.start_time(pid) is not None] == []


def with_children(pid):
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


async def test_one_that_chatters_for_ever_after_a_load_is_prompted_all_the_same(bench):
    bench.scripted("chatty", CHATTERING)
    session = await bench.session(agent="chatty")
    await bench.run(session, "one")
    await bench.supervisor.close(grace=2)
    bench.start(Limits(start=2, end=1))
    task = await bench.run(session, "two")
    assert task.status is TaskStatus.COMPLETED
