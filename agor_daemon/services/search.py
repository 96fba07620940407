"""Full-text search over sessions, tasks and messages, narrowed by board, agent and repo."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.errors import InvalidInput
from agor_core.query.values import read_integer
from agor_core.repositories import boards, repos, search
from agor_core.repositories.search import MOST, Hit

DEFAULT_LIMIT = 20
PARAMETERS = ("q", "board", "agent", "repo", "limit")


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

    def work(reader: Reader) -> list[Hit]:
        return search.find(
            reader,
            query["q"],
            board_id=boards.resolve(reader, query["board"]) if query.get("board") else None,
            agent=query.get("agent") or None,
            repo_id=repos.resolve(reader, query["repo"]) if query.get("repo") else None,
            limit=limit,
        )

    return SearchPage(limit=limit, data=await store.read_many(work))
