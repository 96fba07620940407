"""From "the agent is done" to "it is in my branch", by commands, while the checkout holds other work."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agor_core.config.paths import Paths
from agor_tui.client import launch
from tests.builders.repositories import Repository, new_repository


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Repository]:
    yield new_repository(tmp_path / "project", {"a.txt": "one\n", "mine.txt": "mine\n"})
    launch.stop(Paths.from_environment(), force=True)


def agor(folder: Path, *arguments: str, code: int = 0) -> Any:
    command = [sys.executable, "-m", "agor_tui", *arguments, "--json"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == code, (ran.stdout, ran.stderr)
    assert "Traceback" not in ran.stderr
    return json.loads(ran.stdout) if ran.stdout else ran.stderr


def test_a_session_lands_is_taken_back_and_is_refused_where_it_conflicts(project: Repository) -> None:
    here = project.path
    prompt = "write: a.txt two\nrun: git commit -qam half\nwrite: b.txt loose"
    session = agor(here, "session", "create", "--agent", "demo", "--prompt", prompt, "--wait")["session_id"]
    project.write({"mine.txt": "mine, changed\n"})
    plan = agor(here, "land", session, "--dry-run")
    assert (plan["target"], plan["ahead"], plan["behind"]) == ("main", 1, 0)
    assert (plan["conflicts"], plan["uncommitted"]) == ([], ["b.txt"])
    landed = agor(here, "land", session, "--message", "Two texts")
    assert project.text("log", "-1", "--format=%H %s") == f"{landed['after']} Two texts"
    assert project.status() == b" M mine.txt\0"
    assert agor(here, "session", "show", session)["landed"]["after"] == landed["after"]
    assert agor(here, "land", "undo", session)["status"] == "undone"
    assert project.text("log", "--format=%s") == "first"
    project.commit("theirs", **{"a.txt": "three\n"})
    assert agor(here, "land", session, "--dry-run")["conflicts"] == ["a.txt"]
    assert "It conflicts with main in a.txt" in agor(here, "land", session, code=5)
    assert project.text("log", "-1", "--format=%s") == "theirs"
