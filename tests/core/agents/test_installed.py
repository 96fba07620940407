"""Whether an agent is there."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from agor_core.agents.installed import resolve_command
from agor_core.agents.registry import registry
from agor_core.config.settings import Settings
from tests.builders.programs import without

AGENTS = registry(Settings())


def test_a_program_is_looked_up_on_the_path_given(tmp_path: Path) -> None:
    program = tmp_path / "gemini"
    assert resolve_command(AGENTS["gemini"], str(tmp_path)) is None
    program.touch()
    assert resolve_command(AGENTS["gemini"], str(tmp_path)) is None, "not executable"
    program.chmod(0o755)
    assert resolve_command(AGENTS["gemini"], str(tmp_path)) == (str(program), "--acp")
    assert resolve_command(AGENTS["gemini"], "") is None


def test_on_the_path_of_a_test_there_are_programs_but_no_agents(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
    for program in ("one/gemini", "one/tool", "two/other"):
        (tmp_path / program).touch(mode=0o755)
    path = without(["gemini"], f"{tmp_path}/one:{tmp_path}/two:{tmp_path}/nowhere", tmp_path / "links")
    found = [shutil.which(program, path=path) for program in ("gemini", "tool", "other")]
    assert found == [None, str(tmp_path / "links/0/tool"), str(tmp_path / "two/other")]
    assert [spec.name for spec in AGENTS.values() if resolve_command(spec, os.environ["PATH"])] == ["demo"]


def test_a_full_path_needs_no_lookup(tmp_path: Path) -> None:
    program = tmp_path / "mine"
    spec = replace(AGENTS["gemini"], command=(str(program), "-x"))
    assert resolve_command(spec, "") is None
    program.touch(mode=0o755)
    assert resolve_command(spec, "") == (str(program), "-x")


def test_the_demo_is_always_there_and_starts_from_anywhere(tmp_path: Path) -> None:
    command = resolve_command(AGENTS["demo"], "")
    assert command is not None
    assert command[0] == sys.executable
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    (tmp_path / "agor_core").mkdir()
    ended = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
