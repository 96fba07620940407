"""``GET /asyncapi.json``: the frames of the feed, as a WebSocket sends them, in the form of AsyncAPI 3."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from agor_core import __version__
from agor_core.wire.feed import CLOSE_TOO_SLOW, Bookmark, Change, Delta, Hello, Resync
from agor_daemon.endpoint import json, method
from agor_daemon.routes import parameters
from agor_daemon.routes.descriptions import described

FRAMES = (Hello, Change, Delta, Bookmark, Resync)
_ABOUT = (
    "All changes, in one order without gaps. The first frame says where the stream starts; a client that connects "
    "again with its last cursor (since=CURSOR) misses nothing and sees nothing twice. What it sends is ignored. One "
    f"that does not read is disconnected with the close code {CLOSE_TOO_SLOW} and goes on from its last cursor."
)


async def answer(request: Request) -> Response:
    """The endpoint."""
    method(request, "GET")
    return json(document())


def document() -> dict[str, Any]:
    """The AsyncAPI document of the feed."""
    schemas = described(msgspec.json.schema_components(FRAMES, ref_template="#/components/schemas/{name}")[1])
    messages = {frame.__name__: {"payload": {"$ref": f"#/components/schemas/{frame.__name__}"}} for frame in FRAMES}
    query = {parameter["name"]: _schema(parameter) for parameter in parameters.FEED if parameter["name"] != "limit"}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Agor's feed", "version": __version__, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "feed": {
                "address": "/feed",
                "description": _ABOUT,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET", "query": {"type": "object", "properties": query}}},
            }
        },
        "operations": {
            "follow": {
                "action": "send",
                "summary": "Every frame is one JSON object, told apart by its type.",
                "channel": {"$ref": "#/channels/feed"},
            }
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def _schema(parameter: dict[str, Any]) -> dict[str, Any]:
    return {**parameter["schema"], "description": parameter["description"]}
