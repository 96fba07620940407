"""Secrets of the user's environment, the config and the token: in no record, log, answer, file or list of processes."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders.daemons import Program, program, start
from tests.builders.http import Caller

CANARY = "canary"
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": f"{CANARY}-cloud",
    "GITHUB_TOKEN": f"{CANARY}-forge",
    "ANTHROPIC_API_KEY": f"{CANARY}-vendor",
    "OPENAI_API_KEY": f"{CANARY}-vendor",
    "HTTPS_PROXY": f"http://user:{CANARY}-proxy@127.0.0.1:1",
    "AGOR_TOKEN": f"{CANARY}-agor",
    "PGPASSWORD": f"{CANARY}-database",
}
CONFIG = f"""
[agents.mine]
command = ["agor-has-no-such-program"]
env = {{ MY_KEY = "{CANARY}-config" }}
"""
SCRIPT = "run: env; cat /proc/$PPID/environ | tr '\\\\0' '\\\\n'\nsay: done"
SERVICES = ("sessions", "tasks", "messages", "boards", "repos", "worktrees", "approvals", "agents")
DROP_PRIVILEGES = """
import ctypes, os, sys
for capability in range(64):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
UNPRIVILEGED = (sys.executable, "-S", "-c", DROP_PRIVILEGES)
"""Runs a command without root's capabilities, so that it may look into other processes as far as their user may."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


async def run_to_its_end(owner: Caller, prompt: str) -> Any:
    session = await owner.post("/sessions", {"agent": "demo", "prompt": prompt})
    identifier = session["session_id"]
    for _ in range(2_000):
        waiting = (await owner.get(f"/approvals?session_id={identifier}&status=pending"))["data"]
        for approval in waiting:
            await owner.call("PATCH", f"/approvals/{approval['approval_id']}", {"decision": "allow"})
        if (session := await owner.get(f"/sessions/{identifier}"))["status"] in ("idle", "failed"):
            return session
    raise AssertionError(session["status"])


async def everything_that_is_answered(it: Program, owner: Caller) -> bytes:
    """Every record, a page of the feed, and errors of several kinds."""
    answers = [await owner.call("GET", f"/{service}?$limit=1000") for service in SERVICES]
    answers += [await owner.call("GET", path) for path in ("/health", "/openapi.json", "/search?q=canary", "/feed")]
    answers += [
        await owner.call("POST", "/sessions", {"agent": "mine", "prompt": "hi"}),
        await owner.call("POST", "/sessions", {"agent": "demo", "cwd": "/nowhere"}),
        await owner.call("GET", "/sessions/nothing"),
        await owner.call("POST", "/sessions", raw=b"{"),
        await it.caller.call("GET", "/health", headers=[("Host", "evil"), ("Authorization", f"Bearer {CANARY}")]),
    ]
    assert [answer.status for answer in answers[-5:]] == [422, 400, 404, 400, 403]
    return b"\n".join(answer.raw for answer in answers)


def list_processes() -> bytes:
    return subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, check=True).stdout


def readable_files(home: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}


@linux
async def test_no_secret_is_recorded_logged_answered_or_listed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG.replace("\n[", '\n[daemon]\nlog_level = "debug"\n[', 1))
    with program(home, environ=SECRETS, wrapped=UNPRIVILEGED) as it:
        owner = Caller(socket=Path(it.said["socket"]))
        session = await run_to_its_end(owner, SCRIPT)
        assert session["status"] == "idle"
        answered = await everything_that_is_answered(it, owner)
        assert session["session_id"].encode() in answered
        assert b"AGOR_SESSION_ID=" in answered, "the agent's environment was printed"
        commands = await asyncio.to_thread(list_processes)
        files = readable_files(home)
    token = files[home / "token"].strip()
    found = [file.name for file, content in files.items() if CANARY.encode() in content]
    assert found == ["config.toml"]
    assert [file.name for file, content in files.items() if token in content] == ["token"]
    for text in (answered, commands):
        assert CANARY.encode() not in text.replace(b"q=canary", b"")
        assert token not in text


@linux
def test_no_other_process_of_the_user_reads_the_daemon_s(tmp_path: Path) -> None:
    with program(tmp_path / "home", environ=SECRETS, wrapped=UNPRIVILEGED) as it:
        for name in ("environ", "maps"):
            assert read_of(it.process.pid, name) is None, name
        assert b"agor_daemon" in (read_of(it.process.pid, "cmdline") or b"")


@linux
def test_the_reader_of_this_test_reads_what_is_not_hidden() -> None:
    command = [*UNPRIVILEGED, "sh", "-c", "echo ready; read -r it"]
    environ = {"KEY": CANARY, "PATH": os.environ["PATH"]}
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline() == b"ready\n"
        assert CANARY.encode() in (read_of(reading.pid, "environ") or b"")
        assert read_of(reading.pid, "maps")
        reading.communicate(b"\n")


def read_of(pid: int, name: str) -> bytes | None:
    """What another process of the user reads below ``/proc/PID``; None if it is refused."""
    command = [*UNPRIVILEGED, "cat", f"/proc/{pid}/{name}"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    return done.stdout if done.returncode == 0 else None


def test_a_password_in_the_database_s_address_is_not_told(tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://user:{CANARY}@127.0.0.1:1/agor"
    failed = start(tmp_path / "home", environ={"AGOR_DATABASE_URL": url})
    _, stderr = failed.process.communicate(timeout=60)
    assert failed.process.returncode != 0
    assert "error" in failed.said
    assert CANARY not in str(failed.said)
    assert CANARY.encode() not in stderr
    for file, content in readable_files(tmp_path / "home").items():
        assert CANARY.encode() not in content, file
