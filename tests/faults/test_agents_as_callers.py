"""An agent that calls the daemon is known as that session's, however its process left, and may do what an agent may.

One way out over both transports, or all of them twice with AGOR_FAULTS=long.
"""

import asyncio
import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from agor_daemon import processes
from tests.builders.daemons import Program, program
from tests.builders.http import Caller
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
pytestmark = pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")

CALLER = """
import json, os, socket, sys, time
way, transport, home, port, out = sys.argv[1:6]
own, other = sys.argv[6:8]

if way in ("setsid", "bare"):
    for last in (False, True):
        if os.fork():
            os._exit(0)
        if not last:
            os.setsid()
if way in ("emptied", "bare"):
    os.execve(sys.executable, [sys.executable, "-S", __file__, "plain", *sys.argv[2:]], {})

def call(method, path, body=None, token=None):
    sent = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\\r\\nHost: localhost:{port}\\r\\nContent-Length: {len(sent)}\\r\\n"
    head += "Connection: close\\r\\n"
    if token:
        head += f"Authorization: Bearer {token}\\r\\n"
    if transport == "unix":
        connected = socket.socket(socket.AF_UNIX)
        connected.connect(home + "/daemon.sock")
    else:
        connected = socket.create_connection((transport, int(port)))
    connected.sendall(head.encode() + b"\\r\\n" + sent)
    answer = b""
    while piece := connected.recv(65536):
        answer += piece
    head, _, body = answer.partition(b"\\r\\n\\r\\n")
    return int(head.split()[1]), json.loads(body)

def status(*given, **more):
    return call(*given, **more)[0]

while not (asked := call("GET", f"/approvals?status=pending&session_id={own}")[1]["data"]):
    time.sleep(0.02)
answered = f"/approvals/{asked[0]['approval_id']}"
said = {"caller": call("GET", "/caller")[1]}
said["spawn"], child = call("POST", f"/sessions/{own}/spawn", {"title": "child", "same_directory": True})
child = child.get("session_id", other)
token = open(home + "/token").read().strip()
said |= {
    "child": child,
    "read": status("GET", "/sessions"),
    "prompt a child": status("POST", f"/sessions/{child}/prompt", {"prompt": "say: hi"}),
    "report": status("PATCH", f"/sessions/{own}", {"description": way}),
    "answer": status("PATCH", answered, {"decision": "allow"}),
    "answer with the token": status("PATCH", answered, {"decision": "allow"}, token=token),
    "prompt itself": status("POST", f"/sessions/{own}/prompt", {"prompt": "say: hi"}),
    "prompt another": status("POST", f"/sessions/{other}/prompt", {"prompt": "say: hi"}),
    "prompt as a task": status("POST", "/tasks", [{"session_id": child, "prompt": "say: 1"},
                                                  {"session_id": other, "prompt": "say: 2"}]),
    "spawn of another": status("POST", f"/sessions/{other}/spawn", {}),
    "fork": status("POST", f"/sessions/{own}/fork", {}),
    "stop a child": status("POST", f"/sessions/{child}/stop"),
    "set its mode": status("PATCH", f"/sessions/{own}", {"mode": "yolo"}),
    "create": status("POST", "/sessions", {"agent": "demo"}),
    "purge": status("DELETE", f"/sessions/{child}?purge=true"),
    "purge many": status("DELETE", "/sessions?archived_at[$ne]=null"),
    "archive many": status("PATCH", "/sessions?agent=demo", {"archived_at": "2026-01-01T00:00:00.000Z"}),
    "a board": status("POST", "/boards", {"name": "b"}),
}
with open(out + ".part", "w") as file:
    json.dump(said, file)
os.rename(out + ".part", out)
"""
ALLOWED = {"spawn": 201, "read": 200, "prompt a child": 201, "report": 200}
WAYS = [("bare", "unix"), ("bare", "127.0.0.1")]
if LONG:
    WAYS = [(way, via) for way in ("plain", "emptied", "setsid", "bare") for via in ("unix", "127.0.0.1", "::1")] * 2


async def test_an_agent_stays_an_agent_whatever_its_process_leaves_behind(tmp_path: Path, promise: Promise) -> None:
    script = tmp_path / "caller.py"
    script.write_text(CALLER)
    with program(tmp_path / "home") as it:
        other = await new_session(it.caller, tmp_path)
        for number, (way, transport) in enumerate(WAYS):
            out = tmp_path / f"said-{number}.json"
            command = [sys.executable, "-S", str(script), way, transport, str(tmp_path / "home"), str(it.said["port"])]
            own = await asking(it.caller, tmp_path, [*command, str(out)], other)
            await check(it, own, await written(out))
    promise("an agent that calls is known as its session's", f"{len(WAYS)} of {len(WAYS)} times")


ORPHAN = """
import http.client, json, os, sys, time
for last in (False, True):
    if os.fork():
        os._exit(0)
    if not last:
        os.setsid()
out, port, question = sys.argv[1:]
open(out + ".pid", "w").write(str(os.getpid()))
while not os.path.exists(out + ".go"):
    time.sleep(0.02)
said = []
for method, path, body in (("GET", "/caller", ""), ("PATCH", question, '{"decision": "allow"}')):
    connection = http.client.HTTPConnection("localhost", int(port))
    connection.request(method, path, body)
    answer = connection.getresponse()
    said.append([answer.status, json.loads(answer.read())])
    connection.close()
os.rename(out + ".pid", out + ".ended")
with open(out + ".part", "w") as file:
    json.dump(said, file)
os.rename(out + ".part", out)
"""


async def test_what_outlives_its_agent_only_reads(tmp_path: Path) -> None:
    """The agent is killed, and a process of it without a trace goes on: the daemon adopted it."""
    script, out = tmp_path / "orphan.py", tmp_path / "said.json"
    script.write_text(ORPHAN)
    with program(tmp_path / "home") as it:
        other = await asking(it.caller, tmp_path, ["true"], "")
        [question] = await pending(it.caller, other)
        address = f"/approvals/{question['approval_id']}"
        own = await new_session(it.caller, tmp_path)
        command = ["env", "-i", sys.executable, str(script), str(out), str(it.said["port"]), address]
        kill = f"while ! test -e {out}.pid; do sleep 0.02; done; kill -9 $PPID"
        await it.caller.post(f"/sessions/{own}/prompt", {"prompt": f"run: {shlex.join(command)}; {kill}"})
        async with asyncio.timeout(60):
            while (await it.caller.get(f"/sessions/{own}"))["status"] != "failed":  # noqa: ASYNC110 - no feed here
                await asyncio.sleep(0.05)
        (tmp_path / "said.json.go").touch()
        (asked, who), (answered, _) = await written(out)
        assert (asked, who["agent"], who["name"], who["session_id"]) == (200, True, "agent", None)
        assert answered == 403
        assert await pending(it.caller, other) == [question]


async def pending(caller: Caller, session_id: str) -> list[dict[str, Any]]:
    """The open questions of a session, as soon as there are any."""
    async with asyncio.timeout(60):
        while not (found := (await caller.get(f"/approvals?status=pending&session_id={session_id}"))["data"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return list(found)


async def asking(caller: Caller, folder: Path, command: list[str], other: str) -> str:
    """A session whose agent starts a command in the background and then waits for an answer."""
    own = await new_session(caller, folder)
    line = shlex.join([*command, own, other]) + " >/dev/null 2>&1 </dev/null &"
    prompt = f"run: setsid sh -c {shlex.quote(line)}\nask: May I?\nwrite: done.txt yes"
    await caller.post(f"/sessions/{own}/prompt", {"prompt": prompt})
    return own


async def check(it: Program, own: str, said: dict[str, Any]) -> None:
    """It was known as its session's, did what agents may, and nothing else happened; the user still answers."""
    assert said.pop("caller") == {
        "agent": True, "name": f"session:{own}", "session_id": own, "may": ["prompt", "report", "spawn"],
    }  # fmt: skip
    child = said.pop("child")
    assert {what: code for what, code in said.items() if code != 403} == ALLOWED
    assert len(said) == 18
    assert (await it.caller.get(f"/sessions/{child}"))["created_by"] == f"session:{own}"
    [task] = (await it.caller.get(f"/tasks?session_id={child}"))["data"]
    assert task["created_by"] == f"session:{own}"
    [question] = (await it.caller.get(f"/approvals?session_id={own}"))["data"]
    assert (question["status"], question["decided_by"]) == ("pending", None)
    who = await it.caller.get("/caller")
    assert (who["agent"], who["may"]) == (False, ["everything"])
    assert await Caller(it.said["port"], socket=Path(it.said["socket"])).get("/caller") == who
    answered = await it.caller.call("PATCH", f"/approvals/{question['approval_id']}", {"decision": "allow"})
    assert (answered.status, answered.body["decided_by"]) == (200, who["name"])


async def new_session(caller: Caller, folder: Path) -> str:
    made = await caller.post("/sessions", {"agent": "demo", "cwd": str(folder)})
    return str(made["session_id"])


async def written(file: Path) -> Any:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)
    return json.loads(await asyncio.to_thread(file.read_text))
