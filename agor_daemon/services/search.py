"""Full-text search over sessions, tasks and messages, narrowed by board, agent, repo, status and time."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agor_core.clock import parse_timestamp, timestamp
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.session import SessionStatus
from agor_core.errors import InvalidInput
from agor_core.query.values import read_integer
from agor_core.repositories import boards, repos, search
from agor_core.repositories.search import MOST, Hit

DEFAULT_LIMIT = 20
PARAMETERS = ("q", "board", "agent", "repo", "status", "since", "until", "begun", "limit")
NEW = "new"
"""The status of sessions that rest and whose end was not seen."""
STATUSES = (*SessionStatus, NEW)


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """The hits, the newest first."""

    limit: int
    data: list[Hit]


async def search_page(store: Store, query: Mapping[str, Any]) -> SearchPage:
    """The hits of a search. Raises InvalidInput, NotFound and Ambiguous."""
    for name, value in query.items():
        if name not in PARAMETERS:
            raise InvalidInput(f"{name}: a search takes {', '.join(PARAMETERS)}.", place=name)
        if not isinstance(value, str):
            raise InvalidInput(f"{name}: is given more than once.", place=name)
    if "q" not in query:
        raise InvalidInput("q: is required: the words to look for.", place="q")
    limit = min(read_integer(query.get("limit", DEFAULT_LIMIT), "limit"), MOST)
    if limit < 0:
        raise InvalidInput("limit: must not be negative.", place="limit")

    narrowed = _narrowed(query)

    def work(reader: Reader) -> list[Hit]:
        return search.find(
            reader,
            query["q"],
            board_id=boards.resolve(reader, query["board"]) if query.get("board") else None,
            agent=query.get("agent") or None,
            repo_id=repos.resolve(reader, query["repo"]) if query.get("repo") else None,
            limit=limit,
            **narrowed,
        )

    return SearchPage(limit=limit, data=await store.read_many(work))


def _narrowed(query: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions on status and time. Raises InvalidInput."""
    narrowed: dict[str, Any] = {"begun": query.get("begun") == "true"}
    if status := query.get("status"):
        if status not in STATUSES:
            raise InvalidInput(f"status: must be one of {', '.join(STATUSES)}.", place="status")
        narrowed |= {"status": SessionStatus.IDLE, "unseen": True} if status == NEW else {"status": status}
    for name in ("since", "until"):
        if query.get(name):
            narrowed[name] = _time(name, query[name])
    return narrowed


def _time(name: str, text: str) -> str:
    try:
        return timestamp(parse_timestamp(text))
    except (ValueError, OverflowError):
        raise InvalidInput(f"{name}: must be a time such as 2026-01-31T09:05:00.123Z.", place=name) from None
