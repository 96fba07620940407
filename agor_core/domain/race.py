"""A race: several sessions that try one prompt, from one base."""

import msgspec

from agor_core.ids import RaceId, SessionId, TaskId


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """One race; ``session_ids`` are its attempts, in the order in which they were asked for.

    ``base`` is the commit that all began from, None outside of git. Attempts at a task are its forks:
    ``source_session_id`` and ``task_id`` name it. ``check`` runs after each attempt's task.
    """

    race_id: RaceId
    prompt: str
    base: str | None = None
    session_ids: tuple[SessionId, ...] = ()
    check: str | None = None
    source_session_id: SessionId | None = None
    task_id: TaskId | None = None
    created_by: str | None = None
    created_at: str
    updated_at: str
