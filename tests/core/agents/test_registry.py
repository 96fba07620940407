"""Which agents there are, and what the config does to them."""

from pathlib import Path

import pytest

from agor_core.agents.registry import find, registry
from agor_core.config.settings import Settings, convert
from agor_core.errors import InvalidInput


def _settings(**agents: object) -> Settings:
    return convert({"agents": agents}, Path("config.toml"))


def test_the_agents_we_know() -> None:
    agents = registry(Settings())
    assert list(agents) == ["claude-code", "codex", "gemini", "cursor", "opencode", "qwen", "demo"]
    assert all(name == spec.name and spec.title and spec.command and spec.install_hint for name, spec in agents.items())
    assert {name for name, spec in agents.items() if spec.fork_point == "message_id"} == {
        "claude-code",
        "codex",
        "demo",
    }
    assert agents["claude-code"].ask_mode == "default"


def test_an_adapter_is_one_session_s() -> None:
    spec = registry(Settings())["demo"]
    assert spec.adapter() is not spec.adapter()


def test_the_config_adds_and_changes() -> None:
    agents = registry(
        _settings(
            mine={"command": ["my-agent", "--acp"], "env": {"A": "1"}},
            gemini={"env": {"B": "2"}},
            qwen={"command": ["/opt/qwen"], "title": "Our Qwen"},
        )
    )
    assert list(agents)[-1] == "mine"
    assert (agents["mine"].title, agents["mine"].command, agents["mine"].env) == (
        "mine",
        ("my-agent", "--acp"),
        {"A": "1"},
    )
    assert agents["mine"].ask_mode is None
    assert (agents["gemini"].command, agents["gemini"].env) == (("gemini", "--acp"), {"B": "2"})
    assert (agents["qwen"].command, agents["qwen"].title) == (("/opt/qwen",), "Our Qwen")
    assert agents["qwen"].ask_mode == "default"


def test_an_added_agent_needs_a_command() -> None:
    with pytest.raises(InvalidInput, match="command") as raised:
        registry(_settings(mine={"env": {"A": "1"}}))
    assert raised.value.place == "agents.mine.command"


def test_finding() -> None:
    agents = registry(Settings())
    assert find(agents, "demo").name == "demo"
    with pytest.raises(InvalidInput, match="there are: claude-code, codex, gemini, cursor, opencode, qwen, demo"):
        find(agents, "gpt")
