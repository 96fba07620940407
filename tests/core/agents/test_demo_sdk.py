"""The demo agent with the protocol's own Python SDK as its client: every frame is one that the SDK accepts."""

import asyncio
import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import acp
    from acp import schema

from agor_core.agents.installed import resolve_command
from agor_core.agents.registry import registry
from agor_core.config.settings import Settings

DEMO = registry(Settings())["demo"]


class Client(acp.Client):
    """Keeps what came, as the SDK read it, and allows everything."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.asked: list[Any] = []
        self.raw: list[dict[str, Any]] = []
        self.first_update = asyncio.Event()

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.updates.append(update)

    async def request_permission(self, session_id: str, tool_call: Any, options: Any, **_: Any) -> Any:
        self.asked.append(tool_call)
        outcome = schema.AllowedOutcome(outcome="selected", option_id=options[0].option_id)
        return schema.RequestPermissionResponse(outcome=outcome)

    def observe(self, event: Any) -> None:
        if event.direction.value == "incoming" and event.message.get("method") == "session/update":
            self.raw.append(event.message["params"])
            self.first_update.set()


@asynccontextmanager
async def connected(client: Client, home: Path, cwd: Path) -> AsyncIterator[Any]:
    command = resolve_command(DEMO, "")
    assert command is not None
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=cwd,
        env={**DEMO.environment(os.environ), "AGOR_DEMO_HOME": str(home)},
        limit=2**24,
    )
    connection = acp.connect_to_agent(
        client, process.stdin, process.stdout, use_unstable_protocol=True, observers=[client.observe]
    )
    try:
        yield connection
    finally:
        await connection.close()
        process.stdin.close()
        await process.wait()


async def test_a_whole_conversation(tmp_path: Path, cwd: Path) -> None:
    client = Client()  # type: ignore[abstract]
    script = (
        "plan: A | B\nthink: hm\nsay: hello there\nask: May I?\nwrite: a.txt hi\nread: a.txt\nrun: echo out\n"
        "run: exit 1\nstep:\ndelete: a.txt\ngarbage:\nsay: bye"
    )
    async with connected(client, tmp_path / "history", cwd) as agent:
        begun = await agent.initialize(protocol_version=acp.PROTOCOL_VERSION)
        assert begun.agent_info.name == "demo"
        assert begun.agent_capabilities.session_capabilities.fork is not None
        session = await agent.new_session(cwd=str(cwd), mcp_servers=[])
        assert session.modes.current_mode_id == "auto"
        await agent.set_session_mode(session_id=session.session_id, mode_id="ask")
        ended = await agent.prompt(session_id=session.session_id, prompt=[acp.text_block(script)])
        assert ended.stop_reason == "end_turn"
        assert ended.usage.output_tokens > 0
        message_id = client.raw[-2]["update"]["messageId"]
        forked = await agent.fork_session(
            session_id=session.session_id,
            cwd=str(cwd),
            mcp_servers=[],
            jetbrains={"air": {"fork": {"version": 1, "messageId": message_id}}},
        )
        await agent.prompt(session_id=forked.session_id, prompt=[acp.text_block("recall:")])
        await agent.resume_session(session_id=session.session_id, cwd=str(cwd), mcp_servers=[])
        listed = await agent.list_sessions()
        assert {one.session_id for one in listed.sessions} == {session.session_id, forked.session_id}
        before = len(client.raw)
        await agent.load_session(session_id=session.session_id, cwd=str(cwd), mcp_servers=[])
        assert client.raw[before]["update"]["content"]["text"] == script
        await agent.close_session(session_id=forked.session_id)
    assert len(client.asked) == 1
    kinds = {params["update"]["sessionUpdate"] for params in client.raw}
    assert kinds == {
        "agent_message_chunk",
        "agent_thought_chunk",
        "user_message_chunk",
        "tool_call",
        "tool_call_update",
        "plan",
        "current_mode_update",
        "usage_update",
    }


async def test_every_frame_is_valid_as_it_stands(tmp_path: Path, cwd: Path) -> None:
    """The SDK mends much by itself; here it must have nothing to mend."""
    client = Client()  # type: ignore[abstract]
    async with connected(client, tmp_path / "history", cwd) as agent:
        session = await agent.new_session(cwd=str(cwd), mcp_servers=[])
        for prompt in ("hello", "plan: A | B\nstep:\nask: ?\nrun: sleep 0.3; echo x\nwrite: /x y\nwrite: a b\nread: a"):
            await agent.prompt(session_id=session.session_id, prompt=[acp.text_block(prompt)])
    assert len(client.raw) > 10
    for params in client.raw:
        read = schema.SessionNotification.model_validate(params)
        written = read.model_dump(by_alias=True, exclude_unset=True, mode="json")
        assert written == params


async def test_cancelling(tmp_path: Path, cwd: Path) -> None:
    client = Client()  # type: ignore[abstract]
    async with connected(client, tmp_path / "history", cwd) as agent:
        session = await agent.new_session(cwd=str(cwd), mcp_servers=[])
        turn = asyncio.create_task(
            agent.prompt(session_id=session.session_id, prompt=[acp.text_block("say: on it\nhang:")])
        )
        async with asyncio.timeout(20):
            await client.first_update.wait()
            await agent.cancel(session_id=session.session_id)
            assert (await turn).stop_reason == "cancelled"


async def test_errors(tmp_path: Path, cwd: Path) -> None:
    async with connected(Client(), tmp_path / "history", cwd) as agent:  # type: ignore[abstract]
        with pytest.raises(acp.RequestError) as raised:
            await agent.prompt(session_id="none", prompt=[acp.text_block("hi")])
        assert raised.value.code == -32002
        session = await agent.new_session(cwd=str(cwd), mcp_servers=[])
        with pytest.raises(acp.RequestError, match="no reason"):
            await agent.prompt(session_id=session.session_id, prompt=[acp.text_block("fail: no reason")])
