"""Known agents under other names: by the command, and by the name that a program gives."""

import pytest

from agor_core.agents.recognition import by_command, by_name


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (["claude-agent-acp"], "claude-code"),
        (["/opt/bin/claude-agent-acp", "--x"], "claude-code"),
        (["npx", "-y", "@agentclientprotocol/claude-agent-acp@0.101.0"], "claude-code"),
        (["node", "/usr/lib/node_modules/@agentclientprotocol/codex-acp/dist/index.js"], "codex"),
        (["node", "/x/node_modules/opencode-ai/bin/run.js", "acp"], "opencode"),
        (["sh", "-c", "A=1 exec qwen --acp"], "qwen"),
        (["env", "A=1", "gemini", "--acp"], "gemini"),
        (["C.cmd", "gemini.cmd"], "gemini"),
        (["python3", "-m", "agor_core.agents.demo"], "demo"),
        (["vibe-acp"], None),
        (["/opt/gemini/bin/mine"], None),
        (["my-claude-agent-acp-wrapper"], None),
        ([], None),
    ],
)
def test_by_the_command(command, kind) -> None:
    assert by_command(command) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("@agentclientprotocol/claude-agent-acp", "claude-code"),
        ("@agentclientprotocol/codex-acp", "codex"),
        ("OpenCode", "opencode"),
        ("gemini-cli", "gemini"),
        ("qwen-code", "qwen"),
        ("demo", "demo"),
        ("@mistralai/mistral-vibe", None),
        ("", None),
        (None, None),
    ],
)
def test_by_its_own_name(name, kind) -> None:
    assert by_name(name) == kind
