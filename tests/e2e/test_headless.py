"""The whole product without a screen, with the demo agent in a real repository."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_tui.client import launch

FIRST = """plan: Write | Commit | Say
write: a.txt first
step:
run: git add -A && git commit -q -m x
step:
say: done
step:"""


@dataclass(frozen=True)
class Agor:
    folder: Path

    def __call__(self, *arguments: str, code: int = 0, stdin: str | None = None) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "agor_tui", "--no-tui", *arguments],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
        assert "Traceback" not in ran.stderr
        return ran.stdout

    def json(self, *arguments: str, code: int = 0, stdin: str | None = None) -> Any:
        return json.loads(self(*arguments, "--json", code=code, stdin=stdin))


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def agor(tmp_path: Path) -> Iterator[Agor]:
    repo = tmp_path / "project"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")
    (repo / "README").write_text("hello\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "begin")
    yield Agor(repo)
    launch.stop(Paths.from_environment(), force=True)


def test_the_whole_way(agor: Agor) -> None:
    before = git(agor.folder, "status", "--porcelain", "--branch") + git(agor.folder, "rev-parse", "HEAD")

    session = agor.json("session", "create", "--agent", "demo", "--title", "The way", "--wait", "--prompt", FIRST)
    assert session["status"] == "idle"
    assert session["current"]["plan_done"] == session["current"]["plan_total"] == 3
    tree = Path(session["repo"]["cwd"])
    assert (tree / "a.txt").read_text().strip() == "first"
    assert git(tree, "log", "--format=%s").splitlines() == ["x", "begin"]

    second = agor.json("session", "prompt", session["short_id"], "write: b.txt two\nwrite: a.txt second", "--wait")
    assert (second["status"], second["position"]) == ("completed", 2)
    assert sorted(Path(name).name for name in second["files"]) == ["a.txt", "b.txt"]
    assert second["git_state"]["sha_at_end"].endswith("-dirty")
    shown = agor.json("session", "diff", session["short_id"], "--stat")
    assert (shown["files"], shown["from"]["commit"]) == (
        ["a.txt", "b.txt"],
        git(agor.folder, "rev-parse", "HEAD").strip(),
    )
    assert agor.json("session", "show", session["short_id"])["git_state"]["diffstat"] == shown["diffstat"]
    patch = agor("session", "diff", session["short_id"], "b.txt", "a.txt", "--from", "task:1")
    (tree / "a.txt").write_text("by hand\n")
    assert "+by hand" in agor("session", "diff", session["short_id"], str(tree / "a.txt"), "--from", "task:2")
    git(tree, "checkout", "-q", "a.txt")
    (tree / "b.txt").unlink()
    subprocess.run(["git", "apply"], cwd=tree, input=patch, text=True, check=True)

    fork = agor.json(
        "session",
        "fork",
        session["short_id"],
        "--at",
        "1",
        "--title",
        "Forked",
        "--prompt",
        "write: c.txt three",
        "--wait",
    )
    forked = Path(fork["repo"]["cwd"])
    assert forked != tree
    assert (forked / "a.txt").read_text().strip() == "first"
    assert (forked / "c.txt").exists()
    assert not (forked / "b.txt").exists()
    assert (tree / "a.txt").read_text().strip() == "second"
    assert not (tree / "c.txt").exists()
    assert fork["genealogy"]["forked_from_session_id"] == session["session_id"]
    assert fork["genealogy"]["fork_point_task_id"] == session["tasks"][0]

    recalled = agor.json("session", "prompt", fork["short_id"], "recall:", "--wait")
    said = agor("session", "watch", fork["short_id"])
    assert recalled["status"] == "completed"
    assert "write: a.txt first" in said
    assert "b.txt" not in said

    spawn = agor.json("session", "spawn", session["short_id"], "--title", "Spawned", "--prompt", "say: hello", "--wait")
    assert spawn["genealogy"]["parent_session_id"] == session["session_id"]

    drawn = agor("session", "tree", session["short_id"]).splitlines()
    assert [line.split("  demo ")[0].strip() for line in drawn] == [
        "●─1─2◂   The way",
        "│ └↱─1─2 Forked",
        "└↳─1     Spawned",
    ]
    assert "forked after 1 · native" in drawn[1]
    assert "spawned from 2" in drawn[2]

    agor("daemon", "restart")
    listed = agor.json("session", "list")
    assert [one["title"] for one in listed] == ["Spawned", "Forked", "The way"]
    assert listed[2]["current"] == agor.json("session", "show", session["short_id"])["current"]
    after = agor.json("session", "prompt", session["short_id"], "recall:", "--wait")
    assert after["status"] == "completed"

    tasks = agor.json("task", "list", session["short_id"])
    assert [task["position"] for task in tasks] == [1, 2, 3]
    patch = agor("task", "diff", tasks[1]["short_id"])
    assert "+second" in patch
    shown = agor("session", "show", session["short_id"])
    assert shown.index("GIT") < shown.index("PLAN") < shown.index("TASKS") < shown.index("TREE")
    assert before == git(agor.folder, "status", "--porcelain", "--branch") + git(agor.folder, "rev-parse", "HEAD")


def test_permission_is_asked_for_and_given_from_another_command(agor: Agor) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "agor_tui", "session", "create", "--agent", "demo", "--wait", "--json", "--prompt", "-"],
        cwd=agor.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stdin is not None
        assert waiting.stderr is not None
        waiting.stdin.write("ask: May I?\nwrite: a.txt allowed\\n")
        waiting.stdin.close()
        told = [waiting.stderr.readline().strip() for _ in range(4)]
        assert told[:3] == ["Needs permission: May I?", "a.txt  +1", "+ allowed"]
        command = told[3].split()
        assert agor.json("session", "list", "--status", "needs-you")[0]["status"] == "awaiting_permission"
        assert "needs you" in agor()
        assert agor(*command[1:]).startswith("allowed")
        waiting.stdin = None
        out, _ = waiting.communicate(timeout=30)
    session = json.loads(out)
    assert waiting.returncode == 0
    assert (Path(session["repo"]["cwd"]) / "a.txt").read_text().strip() == "allowed"
    assert agor.json("approval", "list") == []
    assert [one["status"] for one in agor.json("approval", "list", "--all")] == ["allowed"]


def test_how_a_task_ends_is_the_exit_code(agor: Agor) -> None:
    session = agor.json("session", "create", "--agent", "demo", "--wait", "--prompt", "fail: no luck", code=1)
    assert session["status"] == "failed"
    task = agor.json("session", "prompt", session["short_id"], "say: well", "--wait")
    assert task["status"] == "completed"
    assert agor("session", "show", "ffffffff", code=3) == ""
    assert agor("session", "create", "--agent", "nobody", code=2) == ""
    assert agor("session", "create", "--agent", "codex", "--prompt", "x", code=1) == ""
    assert len(agor.json("session", "list")) == 1


def test_a_wait_outlives_the_daemon(agor: Agor) -> None:
    """Killed in the middle, the daemon is started again, settles the task, and the waiting command hears of it."""
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "agor_tui",
            "session",
            "create",
            "--agent",
            "demo",
            "--wait",
            "--json",
            "-p",
            "sleep: 60",
        ],
        cwd=agor.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        deadline = time.monotonic() + 30
        while not agor.json("session", "list", "--status", "running"):
            assert time.monotonic() < deadline
        info = pidfile.read(Paths.from_environment().pid)
        assert info is not None
        os.kill(info.pid, signal.SIGKILL)
        out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 1, err
    assert json.loads(out)["status"] == "failed"


def test_stop_complete_archive_rename_and_boards(agor: Agor) -> None:
    board = agor.json("board", "create", "Experiments")
    session = agor.json("session", "create", "--agent", "demo", "--board", "experiments", "--prompt", "sleep: 60")
    stopped = agor.json("session", "stop", session["short_id"])
    assert stopped["status"] == "idle"
    assert agor.json("session", "rename", session["short_id"], "New name", "--no-board")["board_id"] is None
    assert agor.json("board", "show", "experiments")["session_count"] == 0
    moved = agor.json("session", "rename", session["short_id"], "--board", board["short_id"])
    assert (moved["title"], moved["board_id"]) == ("New name", board["board_id"])
    assert agor.json("session", "list", "--board", "experiments")[0]["session_id"] == session["session_id"]
    assert agor.json("session", "complete", session["short_id"])["status"] == "completed"
    assert agor.json("session", "archive", session["short_id"])["archived_at"]
    assert agor.json("session", "list") == []
    assert len(agor.json("session", "list", "--archived")) == 1
    assert agor.json("session", "archive", session["short_id"], "--undo")["archived_at"] is None
    assert [repo["slug"] for repo in agor.json("repo", "list")] == ["project"]
    assert len(agor.json("worktree", "list", "--repo", "project")) == 1
    assert agor("daemon", "token").strip()
    assert agor("db", "check").strip() == "ok"
    assert agor("daemon", "logs", "-n", "1")
    assert agor("daemon", "stop") == agor("daemon", "stop") == ""
    assert "not running" in agor("daemon", "status", code=4)


def test_without_a_name_the_agent_is_the_config_s_or_the_first_installed(agor: Agor) -> None:
    assert agor.json("session", "create")["agent"] == "demo"
    agor("config", "set", "sessions.agent", "cursor")
    assert agor.json("session", "create")["agent"] == "cursor"


def test_a_repository_is_added_once_however_often_it_is_said(agor: Agor) -> None:
    first = agor.json("repo", "add", ".")
    assert agor.json("repo", "add", str(agor.folder)) == first
    assert agor.json("repo", "list") == [first]
