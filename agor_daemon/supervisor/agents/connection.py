"""A connection to one agent process over the Agent Client Protocol: a few calls in front of the SDK.

Every failure is an AgentFailed with one sentence, which names the agent and quotes the end of its stderr.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Mapping, Sequence
from types import ModuleType
from typing import Any, Self, TypeVar

from agor_core import __version__
from agor_core.agents.mcp import McpServer
from agor_core.errors import AgentFailed
from agor_daemon.supervisor.agents.acp_client import AcpClient, capabilities
from agor_daemon.supervisor.agents.line_splitter import LONGEST
from agor_daemon.supervisor.agents.process import AgentProcess
from agor_daemon.supervisor.agents.transport import AgentTransport

T = TypeVar("T")
AUTH_REQUIRED = -32000
NOT_FOUND = -32002
STEER = "steer"
"""The capability to take a message into a turn that runs (``_session/steering``)."""


class SessionLost(AgentFailed):
    """The agent does not know the conversation that it had open."""


class LineTooLong(AgentFailed):
    """The agent sent a line that is too long to be read, which ended the connection."""


async def load_sdk() -> ModuleType:
    """The SDK, imported in a thread: that takes most of a second."""
    return await asyncio.to_thread(importlib.import_module, "acp")


class AgentConnection:
    """A connection that owns its process: the process ends with it."""

    def __init__(
        self, title: str, sdk: ModuleType, process: AgentProcess, transport: AgentTransport, client: AcpClient
    ) -> None:
        self.process = process
        self.version: str | None = None
        self.agent_name: str | None = None
        self.capabilities: frozenset[str] = frozenset()
        self._title = title
        self._sdk = sdk
        self._transport = transport
        self._servers: list[Any] = []
        self._peer = sdk.connect_to_agent(client, transport, use_unstable_protocol=True)

    @property
    def alive(self) -> bool:
        """Whether the process runs and its output is open."""
        return not self.process.exited.is_set() and not self.process.output_ended

    async def initialize(self, timeout: float, *, file_methods: bool) -> Self:
        """Agree on the protocol's version and exchange capabilities. Raises AgentFailed."""
        answer = await self._ask(
            self._peer.initialize(
                protocol_version=self._sdk.PROTOCOL_VERSION,
                client_capabilities=capabilities(self._sdk, file_methods=file_methods),
                client_info=self._sdk.schema.Implementation(name="agor", title="Agor", version=__version__),
            ),
            "start",
            timeout,
        )
        if answer.protocol_version != self._sdk.PROTOCOL_VERSION:
            raise AgentFailed(
                f"{self._title} speaks version {answer.protocol_version} of the Agent Client Protocol, "
                f"Agor speaks version {self._sdk.PROTOCOL_VERSION}."
            )
        self.version = answer.agent_info.version if answer.agent_info else None
        self.agent_name = answer.agent_info.name if answer.agent_info else None
        self.capabilities = _capabilities(answer.agent_capabilities, answer.field_meta)
        return self

    def serve(self, servers: Sequence[McpServer]) -> list[str]:
        """Tell the agent of these MCP servers with each opening; the names of those that it does not take."""
        taken = [server for server in servers if server.needs is None or server.needs in self.capabilities]
        schema = self._sdk.schema
        models = {None: schema.McpServerStdio, "mcp_http": schema.HttpMcpServer, "mcp_sse": schema.SseMcpServer}
        self._servers = [models[server.needs].model_validate(server.params()) for server in taken]
        return [server.name for server in servers if server not in taken]

    async def new(self, cwd: str, timeout: float) -> str:
        """Open a new conversation: its id."""
        answer = await self._ask(self._peer.new_session(cwd=cwd, mcp_servers=self._servers), "open a session", timeout)
        return str(answer.session_id)

    async def load(self, agent_session_id: str, cwd: str, timeout: float) -> None:
        """Open a conversation again; the agent replays all of its updates meanwhile."""
        call = self._peer.load_session(cwd=cwd, session_id=agent_session_id, mcp_servers=self._servers)
        await self._ask(call, "load its session", timeout)

    async def resume(self, agent_session_id: str, cwd: str, timeout: float) -> None:
        """Open a conversation again, without a replay."""
        call = self._peer.resume_session(cwd=cwd, session_id=agent_session_id, mcp_servers=self._servers)
        await self._ask(call, "resume its session", timeout)

    async def fork(self, agent_session_id: str, cwd: str, at_message: str | None, timeout: float) -> str:
        """Open a fork of another conversation, at its end or at the turn of a message: its id."""
        meta: dict[str, Any] = {}
        if at_message is not None:
            meta["jetbrains"] = {"air": {"fork": {"version": 1, "messageId": at_message}}}
        call = self._peer.fork_session(session_id=agent_session_id, cwd=cwd, mcp_servers=self._servers, **meta)
        answer = await self._ask(call, "fork its session", timeout)
        return str(answer.session_id)

    async def set_mode(self, agent_session_id: str, mode: str, timeout: float) -> None:
        """Set the permission mode."""
        call = self._peer.set_session_mode(session_id=agent_session_id, mode_id=mode)
        await self._ask(call, f"enter its mode {mode!r}", timeout)

    async def set_option(self, agent_session_id: str, option: str, value: str, timeout: float) -> None:
        """Set one of the options that the agent offers for a conversation."""
        call = self._peer.set_config_option(session_id=agent_session_id, config_id=option, value=value)
        await self._ask(call, f"take {value!r} as its {option}", timeout)

    async def set_model(self, agent_session_id: str, model: str, timeout: float) -> None:
        """Set the model by a method of its own (https://agentclientprotocol.com/protocol/draft/schema)."""
        params = {"sessionId": agent_session_id, "modelId": model}
        await self._ask(self._request("session/set_model", params), f"use its model {model!r}", timeout)

    async def prompt(self, agent_session_id: str, blocks: list[dict[str, Any]]) -> Mapping[str, Any]:
        """Run one turn and return its raw result."""
        content = [self._sdk.schema.TextContentBlock.model_validate(block) for block in blocks]
        answer = await self._ask(
            self._peer.prompt(session_id=agent_session_id, prompt=content), "finish the turn", None
        )
        raw: Mapping[str, Any] = answer.model_dump(mode="json", by_alias=True, exclude_none=True)
        return raw

    async def steer(self, agent_session_id: str, text: str, timeout: float) -> bool:
        """Put a message into the running turn; False if none runs. Raises AgentFailed."""
        params = {
            "sessionId": agent_session_id,
            "prompt": [{"type": "text", "text": text}],
            "_meta": {"steering": {"idleBehavior": "promptRequired"}},
        }
        answer = await self._ask(self._request("_session/steering", params), "take a message into its turn", timeout)
        return isinstance(answer, dict) and answer.get("outcome") == "injected"

    async def cancel(self, agent_session_id: str) -> None:
        """Ask the agent to end its turn; an agent that is gone needs no asking."""
        try:
            await self._peer.cancel(session_id=agent_session_id)
        except ConnectionError:
            return

    async def end(self, grace: float) -> None:
        """End the process and its descendants; pending calls fail."""
        try:
            await self.process.end(grace)
        finally:
            await self._peer.close()

    async def _request(self, method: str, params: Mapping[str, Any]) -> Any:
        """The result of a request that the SDK has no call for."""
        response = await self._transport.request(method, params)
        if (error := response.get("error")) is not None:
            raise self._sdk.RequestError(error.get("code"), str(error.get("message")), error.get("data"))
        return response.get("result")

    async def _ask(self, call: Awaitable[T], what: str, timeout: float | None) -> T:
        try:
            async with asyncio.timeout(timeout):
                return await call
        except TimeoutError:
            raise AgentFailed(
                f"{self._title} did not {what} within {timeout:g} seconds{self._last_output()}."
            ) from None
        except ConnectionError:
            raise await self._why_ended(what) from None
        except self._sdk.RequestError as error:
            kind = SessionLost if error.code == NOT_FOUND else AgentFailed
            raise kind(self._refusal(what, error)) from None
        except ValueError as error:  # pydantic's ValidationError is one
            reason = str(error).splitlines()[0]
            raise AgentFailed(f"{self._title} answered outside the protocol, asked to {what}: {reason}.") from None

    async def _why_ended(self, what: str) -> AgentFailed:
        """Why the connection ended; the exit code is known a moment after the end of output."""
        if self.process.line_too_long:
            return LineTooLong(f"{self._title} sent a line of more than {LONGEST // 2**20} MB before it could {what}.")
        try:
            await asyncio.wait_for(self.process.exited.wait(), 1)
        except TimeoutError:
            return AgentFailed(f"{self._title} closed its output before it could {what}{self._last_output()}.")
        code = self.process.returncode or 0
        ended = f"was ended by signal {-code}" if code < 0 else f"exited with code {code}"
        return AgentFailed(f"{self._title} {ended} before it could {what}{self._last_output()}.")

    def _refusal(self, what: str, error: Any) -> str:
        if error.code == AUTH_REQUIRED:
            return f"{self._title} is not signed in; sign in with its own program, then prompt again."
        return f"{self._title} could not {what}: {_reason(error)}."

    def _last_output(self) -> str:
        """A clause with the agent's last words, for the end of a sentence; empty if there are none."""
        if words := self.process.last_words():
            return f"; it said last: {words.rstrip('.')}"
        strange = self._transport.strange
        return f"; it printed what is not the Agent Client Protocol: {strange!r}" if strange else ""


def _reason(error: Any) -> str:
    """The message of a JSON-RPC error, with the details that agents put beside an empty phrase."""
    message = str(error).strip().rstrip(".")
    data = error.data
    details = data.get("details") or data.get("message") if isinstance(data, dict) else data
    if isinstance(details, str) and details.strip() and details.strip() not in message:
        message = f"{message}: {details.strip().rstrip('.')}"
    return message[:1000] or "it gave no reason"


def _capabilities(answer: Any, meta: Any) -> frozenset[str]:
    found = set()
    match meta:
        case {"steering": {"supported": True}}:
            found.add(STEER)
        case _:
            pass
    if answer is not None:
        if answer.load_session:
            found.add("load")
        sessions = answer.session_capabilities
        served = answer.mcp_capabilities
        found |= {f"mcp_{kind}" for kind in ("http", "sse") if served is not None and getattr(served, kind, False)}
        for name in ("list", "resume", "fork", "close"):
            if sessions is not None and getattr(sessions, name, None) is not None:
                found.add(name)
    return frozenset(found)
