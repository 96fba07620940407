"""Whether an agent is there, and what of our environment it sees."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agor_core.agents.installed import agent_environment, resolve_command
from agor_core.agents.registry import registry
from agor_core.config.settings import Settings
from tests.builders.programs import without

AGENTS = registry(Settings())

PASSED = frozenset({
    "HOME", "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TZ", "SHELL", "USER", "LOGNAME", "TMPDIR",
    "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "CURSOR_API_KEY",
    "DASHSCOPE_API_KEY", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL",
    "AGOR_DEMO_HOME",
})  # fmt: skip

KEPT = frozenset({
    "AGOR_TOKEN", "AGOR_DATABASE_URL", "AGOR_PORT", "DATABASE_URL", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "NPM_TOKEN", "STRIPE_API_KEY", "SECRET_KEY",
    "GIT_DIR", "GIT_INDEX_FILE", "PYTHONPATH", "PYTHONHOME", "LD_PRELOAD", "HOMEX",
})  # fmt: skip


@pytest.mark.parametrize("agent", AGENTS)
def test_what_an_agent_sees_is_what_is_allowed(agent: str) -> None:
    spec = replace(AGENTS[agent], env={})
    seen = agent_environment(spec, dict.fromkeys((*PASSED, *KEPT), "value"))
    assert set(seen) == PASSED


def test_the_config_s_environment_wins() -> None:
    spec = replace(AGENTS["gemini"], env={"PATH": "/opt", "AWS_PROFILE": "work"})
    assert agent_environment(spec, {"PATH": "/bin", "AWS_PROFILE": "home", "HOME": "/h"}) == {
        "PATH": "/opt",
        "AWS_PROFILE": "work",
        "HOME": "/h",
    }


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
