"""Reads comparisons and files of them from the daemon, and asks for grafts. No Textual; call it in a thread."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from agor_core.domain.comparison import Comparison
from agor_core.ids import SessionId
from agor_tui.app.loading import Calls
from agor_tui.state import patch
from agor_tui.state.patch import Patch


def comparison(daemon: Calls, session_ids: Sequence[SessionId]) -> Comparison:
    """Compare sessions as they are now."""
    return msgspec.convert(daemon.call("GET", "/compare", query=[("sessions", ",".join(session_ids))]), Comparison)


def file_patch(daemon: Calls, session_id: SessionId, start: str, end: str, paths: Sequence[str]) -> Patch:
    """What differs in one file (under its ``paths``) between two points."""
    query = [("from", start), ("to", end), *(("path[]", path) for path in paths)]
    return patch.of_answer(daemon.call("GET", f"/sessions/{quote(session_id, safe='')}/diff", query=query))


def graft(daemon: Calls, target: SessionId, body: dict[str, Any]) -> dict[str, Any]:
    """Bring changes of another session into this one's files, or with ``dry_run`` see what would change."""
    answer: dict[str, Any] = daemon.call("POST", f"/sessions/{target}/graft", body=body, repeatable=False)
    return answer
