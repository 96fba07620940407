"""The records and bodies of the interface as JSON schemas, by name."""

from collections.abc import Iterable
from typing import Any

import msgspec

from agor_core.domain.beginning import Beginning
from agor_core.domain.comparison import Comparison
from agor_core.domain.standing import DiskUse
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Bookmark, Change, Delta, Hello, Resync
from agor_daemon.routes.caller import CallerReport
from agor_daemon.routes.descriptions import described
from agor_daemon.routes.health import HealthReport
from agor_daemon.services.action import Action
from agor_daemon.services.contract import Service
from agor_daemon.services.search import SearchPage

Schema = dict[str, Any]


def components(services: Iterable[Service], actions: Iterable[Action]) -> Schema:
    """All schemas by name: those of the records, the bodies and the other answers."""
    kinds: list[type[msgspec.Struct] | None] = [
        Failure,
        HealthReport,
        CallerReport,
        Beginning,
        Comparison,
        DiskUse,
        Hello,
        Change,
        Delta,
        Bookmark,
        Resync,
        SearchPage,
    ]
    for service in services:
        kinds += [service.record_type, service.create_type, service.patch_type]
    for action in actions:
        kinds += [action.body, action.answer]
    known = dict.fromkeys(kind for kind in kinds if kind is not None)
    _, schemas = msgspec.json.schema_components(known, ref_template="#/components/schemas/{name}")
    return described(schemas)


def ref(kind: type[msgspec.Struct]) -> Schema:
    """The schema of a record, by reference."""
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def one_or_list(schema: Schema) -> Schema:
    """A record, or a list of them."""
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def page(record: Schema) -> Schema:
    """The answer of ``find``."""
    number = {"type": "integer"}
    return {
        "type": "object",
        "required": ["total", "limit", "skip", "data"],
        "properties": {
            "total": {"type": ["integer", "null"]},
            "limit": number,
            "skip": number,
            "data": {"type": "array", "items": record},
            "next": {
                "type": "object",
                "description": "There only if the page grew too long: the parameter that goes on after it.",
                "properties": {"$after": {"type": "string"}, "$before": {"type": "string"}},
            },
        },
    }


def feed_page() -> Schema:
    """A page of the feed."""
    return {
        "type": "object",
        "required": ["data", "cursor", "more"],
        "properties": {
            "data": {"type": "array", "items": {"anyOf": [ref(Change), ref(Resync)]}},
            "cursor": {"type": "string"},
            "more": {"type": "boolean"},
        },
    }
