"""The settings of MCP servers that agents are told of."""

from typing import Literal

import msgspec


class McpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[mcp.NAME]``: an MCP server that agents are told of: a ``command`` that starts it, or a ``url``.

    ``kind`` of a url is ``http`` or ``sse``. ``agents`` and ``repos`` (slugs) narrow it to these.
    """

    command: tuple[str, ...] = ()
    env: dict[str, str] = {}
    url: str | None = None
    headers: dict[str, str] = {}
    kind: Literal["http", "sse"] = "http"
    agents: tuple[str, ...] = ()
    repos: tuple[str, ...] = ()
