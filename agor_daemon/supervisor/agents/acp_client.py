"""The client's side of the protocol: requests for permission go to a person, file methods stay in the folder."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from agor_daemon.supervisor.agents import confined_files

AskPermission = Callable[[Mapping[str, Any]], Awaitable[str | None]]
"""Decides on raw ``session/request_permission`` params: the chosen option's id, None if the request was cancelled."""


class AcpClient:
    """The handlers that the SDK calls by name."""

    def __init__(self, sdk: ModuleType, folder: Path, ask: AskPermission) -> None:
        self._sdk = sdk
        self._folder = folder
        self._ask = ask

    async def request_permission(self, session_id: str, tool_call: Any, options: list[Any], **meta: Any) -> Any:
        params = {
            "sessionId": session_id,
            "toolCall": _raw(tool_call),
            "options": [_raw(option) for option in options],
            "_meta": meta,
        }
        chosen = await self._ask(params)
        schema = self._sdk.schema
        if chosen is None:
            return schema.RequestPermissionResponse(outcome=schema.DeniedOutcome(outcome="cancelled"))
        outcome = schema.AllowedOutcome(outcome="selected", option_id=chosen)
        return schema.RequestPermissionResponse(outcome=outcome)

    async def read_text_file(
        self,
        session_id: str,  # noqa: ARG002 - the SDK names it
        path: str,
        line: int | None = None,
        limit: int | None = None,
        **_meta: Any,
    ) -> Any:
        try:
            content = await asyncio.to_thread(confined_files.read, self._folder, path, line=line, limit=limit)
        except FileNotFoundError:
            raise self._sdk.RequestError.resource_not_found(path) from None
        except (OSError, ValueError, confined_files.OutsideFolder) as error:
            raise self._refusal(error) from None
        return self._sdk.schema.ReadTextFileResponse(content=content)

    async def write_text_file(
        self,
        session_id: str,  # noqa: ARG002 - the SDK names it
        path: str,
        content: str,
        **_meta: Any,
    ) -> Any:
        try:
            await asyncio.to_thread(confined_files.write, self._folder, path, content)
        except (OSError, ValueError, confined_files.OutsideFolder) as error:
            raise self._refusal(error) from None
        return self._sdk.schema.WriteTextFileResponse()

    def _refusal(self, error: Exception) -> Exception:
        refusal: Exception = self._sdk.RequestError(-32602, str(error))
        return refusal


def capabilities(sdk: ModuleType, *, file_methods: bool) -> Any:
    """The client capabilities that an agent is offered."""
    files = sdk.schema.FileSystemCapabilities(read_text_file=file_methods, write_text_file=file_methods)
    return sdk.schema.ClientCapabilities(fs=files, terminal=False)


def _raw(model: Any) -> Any:
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)
