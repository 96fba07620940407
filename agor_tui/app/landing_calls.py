"""The calls of the app about landings: what one would meet, the landing with what is put away, its undoing."""

from collections.abc import Sequence
from typing import Any

import msgspec

from agor_core.domain.landing import Landing, LandingPlan
from agor_core.domain.session import Session
from agor_core.ids import SessionId
from agor_tui.app.loading import Calls
from agor_tui.client.errors import DaemonError


def plan(daemon: Calls, session_id: SessionId, body: dict[str, Any]) -> LandingPlan:
    """What a landing would meet."""
    answer = daemon.call("POST", f"/sessions/{session_id}/land", body={**body, "dry_run": True})
    return msgspec.convert(answer, LandingPlan)


def land(daemon: Calls, session_id: SessionId, body: dict[str, Any], away: Sequence[SessionId]) -> dict[str, Any]:
    """Land, and put sessions ``away``: archived, their worktrees let go.

    Answers the landing, with ``archived``, the sessions that are, and ``refused``, the daemon's sentences for what
    stays.
    """
    record: dict[str, Any] = daemon.call("POST", f"/sessions/{session_id}/land", body=body)
    archived: list[Session] = []
    refused: list[str] = []
    for identifier in away:
        try:
            gone = msgspec.convert(daemon.remove("sessions", identifier), Session)
            archived.append(gone)
            if gone.repo.managed_worktree and gone.repo.worktree_id is not None:
                daemon.call("POST", f"/worktrees/{gone.repo.worktree_id}/release", body={})
        except DaemonError as error:
            refused.append(error.message)
    return {"landing": msgspec.convert(record, Landing), "archived": archived, "refused": refused}


def undo(daemon: Calls, landing_id: str, *, revert: bool) -> Landing:
    """Take a landing back."""
    return msgspec.convert(daemon.call("POST", f"/landings/{landing_id}/undo", body={"revert": revert}), Landing)
