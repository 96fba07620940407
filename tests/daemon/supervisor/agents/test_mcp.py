"""The user's MCP servers reach every opening of a conversation, for their agents and repos."""

import json
import sys

import pytest

from agor_core.agents.mcp import in_repo, servers_of
from agor_core.agents.registry import AgentSpec
from agor_core.config.mcp_settings import McpSettings
from agor_core.domain.message import Role
from agor_core.errors import InvalidInput
from agor_core.wire.requests import Fork
from tests.daemon.supervisor.turns.test_grants import LEDGER_AGENT

GIVEN = {
    "files": McpSettings(command=("mcp-files", "--root", "."), env={"LEVEL": "1"}),
    "web": McpSettings(url="http://localhost:1/mcp", headers={"Authorization": "x"}),
    "old": McpSettings(url="http://localhost:1/sse", kind="sse"),
    "theirs": McpSettings(command=("x",), agents=("other",)),
    "repo": McpSettings(command=("y",), repos=("shop",)),
}
FILES = {
    "name": "files", "command": "mcp-files", "args": ["--root", "."], "env": [{"name": "LEVEL", "value": "1"}],
}  # fmt: skip
WEB = {
    "type": "http", "name": "web", "url": "http://localhost:1/mcp",
    "headers": [{"name": "Authorization", "value": "x"}],
}  # fmt: skip


def test_they_are_narrowed_to_agents_and_repos() -> None:
    servers = servers_of(GIVEN, "mine")
    assert [server.name for server in in_repo(servers, None)] == ["files", "web", "old"]
    assert [server.name for server in in_repo(servers, "shop")] == ["files", "web", "old", "repo"]
    assert "theirs" in [server.name for server in servers_of(GIVEN, "other")]


@pytest.mark.parametrize("given", [McpSettings(), McpSettings(command=("x",), url="http://x")])
def test_one_that_is_neither_started_nor_at_an_address_is_refused(given: McpSettings) -> None:
    with pytest.raises(InvalidInput, match=r"mcp\.bad needs either"):
        servers_of({"bad": given}, "mine")


async def test_each_opening_tells_of_them(bench, tmp_path):
    ledger = tmp_path / "ledger"
    capabilities = {
        "loadSession": True, "mcpCapabilities": {"http": True}, "sessionCapabilities": {"resume": {}, "fork": {}},
    }  # fmt: skip
    command = (sys.executable, str(LEDGER_AGENT), str(ledger), json.dumps({"capabilities": capabilities}))
    bench.agents["mine"] = AgentSpec("mine", "Mine", command, ask_unset=True, mcp=servers_of(GIVEN, "mine"))
    session = await bench.session(agent="mine")
    task = await bench.run(session, "one")
    notes = [m.text for m in await bench.messages(task) if m.role is Role.SYSTEM]
    assert notes == ["Mine takes no MCP servers at such addresses: old."]
    await bench.supervisor.fork(session.session_id, Fork())
    await bench.supervisor.close(grace=1)
    bench.start()
    await bench.run(session, "two")
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    told = {e["method"]: e["params"]["mcpServers"] for e in entries if "mcpServers" in (e.get("params") or {})}
    assert told == {how: [FILES, WEB] for how in ("session/new", "session/fork", "session/resume")}
