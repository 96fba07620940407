"""Which agents there are, and what the config does to them."""

from pathlib import Path

import pytest

from agor_core.agents.registry import find, introduced, registry
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


def test_a_known_agent_under_another_name_begins_by_asking() -> None:
    agents = registry(
        _settings(
            **{
                "claude-two": {"command": ["/opt/claude-agent-acp"]},
                "wrapped": {"command": ["/opt/start"], "adapter": "opencode", "env": {"A": "1"}},
                "open": {"command": ["claude-agent-acp"], "mode": "acceptEdits", "model": "opus"},
                "codex": {"mode": "agent"},
            }
        )
    )
    two, claude = agents["claude-two"], agents["claude-code"]
    assert (two.ask_mode, two.fork_point, two.variables) == ("default", "message_id", claude.variables)
    assert (two.name, two.title, two.command) == ("claude-two", "claude-two", ("/opt/claude-agent-acp",))
    wrapped = agents["wrapped"]
    assert wrapped.env == {**agents["opencode"].env, "A": "1"}
    assert (wrapped.ask_unset, wrapped.file_methods) == (True, True)
    assert (agents["open"].ask_mode, agents["open"].model) == ("acceptEdits", "opus")
    assert agents["codex"].ask_mode == "agent"


def test_an_adapter_that_there_is_not() -> None:
    with pytest.raises(InvalidInput, match="'claude' is none of claude-code, codex") as raised:
        registry(_settings(mine={"command": ["x"], "adapter": "claude"}))
    assert raised.value.place == "agents.mine.adapter"


def test_a_stranger_that_gives_a_known_name() -> None:
    stranger = registry(_settings(mine={"command": ["x"], "mode": "plan"}, other={"command": ["x"]}))
    assert introduced(stranger["other"], "OtherAgent") == stranger["other"]
    known = introduced(stranger["other"], "@agentclientprotocol/codex-acp")
    assert (known.known_as, known.ask_mode, known.fork_point) == ("codex", "read-only", "message_id")
    assert introduced(stranger["mine"], "@agentclientprotocol/codex-acp").ask_mode == "plan"


def test_an_added_agent_needs_a_command() -> None:
    with pytest.raises(InvalidInput, match="command") as raised:
        registry(_settings(mine={"env": {"A": "1"}}))
    assert raised.value.place == "agents.mine.command"


def test_finding() -> None:
    agents = registry(Settings())
    assert find(agents, "demo").name == "demo"
    with pytest.raises(InvalidInput, match="there are: claude-code, codex, gemini, cursor, opencode, qwen, demo"):
        find(agents, "gpt")
