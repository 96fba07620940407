"""The calls of the app about landings: what one would meet, the landing with what is put away, its undoing."""

from collections.abc import Sequence
from typing import Any

import msgspec

from agor_core.domain.landing import Landing, LandingPlan
from agor_core.domain.pull_request import Publication, PullRequestStatus
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


def publication(daemon: Calls, session_id: SessionId, body: dict[str, Any]) -> Publication:
    """What publishing would do; a pull request that is open is looked at."""
    answer = daemon.call("POST", f"/sessions/{session_id}/publish", body={**body, "dry_run": True})
    planned = msgspec.convert(answer, Publication)
    if planned.pull_request is None:
        return planned
    try:
        seen = request_status(daemon, session_id, {})
    except DaemonError:
        return planned
    return msgspec.structs.replace(planned, pull_request=seen.pull_request)


def publish(daemon: Calls, session_id: SessionId, body: dict[str, Any]) -> Publication:
    """Push the branch and open a pull request."""
    return msgspec.convert(daemon.call("POST", f"/sessions/{session_id}/publish", body=body), Publication)


def request_status(daemon: Calls, session_id: SessionId, body: dict[str, Any]) -> PullRequestStatus:
    """How the session's pull request stands."""
    answer = daemon.call("POST", f"/sessions/{session_id}/pull_request", body=body)
    return msgspec.convert(answer, PullRequestStatus)
