"""Which sessions a comparison is of: their ids in a query, each with a point if it is not now."""

from collections.abc import Mapping
from typing import Any

from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.comparison import MOST_SESSIONS, Comparison
from agor_core.errors import InvalidInput
from agor_core.ids import SessionId
from agor_core.repositories import sessions
from agor_daemon.services.context import CompareCalls
from agor_daemon.supervisor.workspaces import points
from agor_daemon.supervisor.workspaces.points import PointName


async def comparison(store: Store, comparing: CompareCalls, query: Mapping[str, Any]) -> Comparison:
    """``sessions=ID,ID@task:2,…``. Raises InvalidInput, NotFound and Ambiguous."""
    if others := sorted(query.keys() - {"sessions"}):
        raise InvalidInput(f"{others[0]}: a comparison takes sessions.", place=others[0])
    given = query.get("sessions", "")
    texts = [text.strip() for one in (given if isinstance(given, list) else [given]) for text in str(one).split(",")]
    names = [_name(text) for text in texts if text]
    if not 1 <= len(names) <= MOST_SESSIONS:
        raise InvalidInput(f"sessions: name at least one and at most {MOST_SESSIONS}.", place="sessions")

    def read(r: Reader) -> list[tuple[SessionId, PointName]]:
        return [(sessions.resolve(r, reference), point) for reference, point in names]

    wanted = await store.read(read)
    if len({session_id for session_id, _ in wanted}) < len(wanted):
        raise InvalidInput("sessions: one is named twice.", place="sessions")
    return await comparing.run(wanted)


def _name(text: str) -> tuple[str, PointName]:
    """An id, and the point after its ``@``."""
    reference, _, point = text.partition("@")
    return reference, points.parse(point or "now", "sessions")
