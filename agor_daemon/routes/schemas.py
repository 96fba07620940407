"""The records and bodies that the interface is made of, as JSON schemas under their names."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval
from agor_core.domain.board import Board
from agor_core.domain.genealogy import Genealogy
from agor_core.domain.message import Message
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.worktree import Worktree
from agor_core.wire import requests
from agor_core.wire.failure import Failure
from agor_core.wire.feed import Change, Resync
from agor_daemon.routes.health import HealthReport
from agor_daemon.services.search import SearchPage
from agor_daemon.services.tasks import TaskDiff

Schema = dict[str, Any]

RECORDS: Mapping[str, type[msgspec.Struct]] = {
    "sessions": Session,
    "tasks": Task,
    "messages": Message,
    "boards": Board,
    "repos": Repo,
    "worktrees": Worktree,
    "approvals": Approval,
    "agents": AgentInfo,
}
BODIES: Mapping[tuple[str, str], type[msgspec.Struct]] = {
    ("sessions", "create"): requests.CreateSession,
    ("sessions", "patch"): requests.PatchSession,
    ("tasks", "create"): requests.CreateTask,
    ("tasks", "patch"): requests.PatchTask,
    ("boards", "create"): requests.CreateBoard,
    ("boards", "patch"): requests.PatchBoard,
    ("repos", "create"): requests.CreateRepo,
    ("repos", "patch"): requests.PatchRepo,
    ("worktrees", "create"): requests.CreateWorktree,
    ("approvals", "patch"): requests.DecideApproval,
}
ACTIONS: Mapping[str, tuple[type[msgspec.Struct] | None, type[msgspec.Struct]]] = {
    "prompt": (requests.Prompt, Task),
    "fork": (requests.Fork, Session),
    "spawn": (requests.Spawn, Session),
    "stop": (None, Session),
    "complete": (requests.Complete, Session),
    "genealogy": (None, Genealogy),
    "diff": (None, TaskDiff),
}


def components() -> Schema:
    """All schemas by name."""
    kinds = [*RECORDS.values(), *BODIES.values(), Failure, HealthReport, Change, Resync, SearchPage]
    kinds += [kind for pair in ACTIONS.values() for kind in pair if kind is not None]
    _, schemas = msgspec.json.schema_components(dict.fromkeys(kinds), ref_template="#/components/schemas/{name}")
    return schemas


def ref(kind: type[msgspec.Struct]) -> Schema:
    """The schema of a record, by reference."""
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def one_or_list(schema: Schema) -> Schema:
    """A record, or a list of them."""
    return {"anyOf": [schema, {"type": "array", "items": schema}]}


def page(record: Schema) -> Schema:
    """What a find answers."""
    number = {"type": "integer"}
    return {
        "type": "object",
        "required": ["total", "limit", "skip", "data"],
        "properties": {
            "total": {"type": ["integer", "null"]},
            "limit": number,
            "skip": number,
            "data": {"type": "array", "items": record},
        },
    }


def feed_page() -> Schema:
    """What a page of the feed answers."""
    return {
        "type": "object",
        "required": ["data", "cursor", "more"],
        "properties": {
            "data": {"type": "array", "items": {"anyOf": [ref(Change), ref(Resync)]}},
            "cursor": {"type": "string"},
            "more": {"type": "boolean"},
        },
    }
