"""The user's MCP servers, of the config's ``[mcp.NAME]``, as an agent is told of them when it opens a conversation.

https://agentclientprotocol.com/protocol/session-setup#mcp-servers
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agor_core.config.mcp_settings import McpSettings
from agor_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server that a command starts, or that is at a ``url``; in these ``repos`` (none: in all places)."""

    name: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "http"
    repos: tuple[str, ...] = ()

    @property
    def needs(self) -> str | None:
        """The capability that an agent needs for it; None for one that every agent takes."""
        return None if self.url is None else f"mcp_{self.kind}"

    def params(self) -> dict[str, Any]:
        """The server in the protocol's form."""
        if self.url is not None:
            return {"type": self.kind, "name": self.name, "url": self.url, "headers": _pairs(self.headers)}
        return {"name": self.name, "command": self.command[0], "args": [*self.command[1:]], "env": _pairs(self.env)}


def servers_of(settings: Mapping[str, McpSettings], agent: str) -> tuple[McpServer, ...]:
    """The servers that an agent is told of. Raises InvalidInput for one that is neither started nor at an address."""
    found = []
    for name, given in settings.items():
        if bool(given.command) is (given.url is not None):
            place = f"mcp.{name}"
            raise InvalidInput(f"{place} needs either a command that starts it or a url.", place=place)
        if not given.agents or agent in given.agents:
            found.append(McpServer(name, given.command, given.env, given.url, given.headers, given.kind, given.repos))
    return tuple(found)


def in_repo(servers: Sequence[McpServer], repo_slug: str | None) -> list[McpServer]:
    """Those of the servers that are for sessions in this repo."""
    return [server for server in servers if not server.repos or repo_slug in server.repos]


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
