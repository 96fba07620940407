"""Ids in any form in a query, turned into full ids by the repositories that they belong to."""

from collections.abc import Mapping
from typing import Any

from agor_core.db.connections import Reader
from agor_core.errors import NotFound
from agor_core.query.references import resolve_ids
from agor_core.query.tree import Query
from agor_core.repositories import (
    approvals,
    boards,
    checks,
    comments,
    landings,
    messages,
    races,
    repos,
    sessions,
    tasks,
    worktrees,
)

REPOSITORIES: Mapping[str, Any] = {
    "sessions": sessions,
    "tasks": tasks,
    "messages": messages,
    "boards": boards,
    "repos": repos,
    "worktrees": worktrees,
    "approvals": approvals,
    "checks": checks,
    "races": races,
    "comments": comments,
    "landings": landings,
}


def with_full_ids(reader: Reader, query: Query, others: Mapping[str, Any] | None = None) -> Query:
    """The query with every id in its full form; ``others`` are repositories besides the known ones, by service.

    Raises NotFound and Ambiguous. Messages have full ids only.
    """
    repositories = {**REPOSITORIES, **(others or {})}

    def full(service: str, text: str) -> str:
        if service == "messages":
            raise NotFound("message", text)
        return str(repositories[service].resolve(reader, text))

    return resolve_ids(query, full)
