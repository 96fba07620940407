"""Checks as the app asks for them: begun, stopped, read with the end of their output."""

from dataclasses import dataclass
from typing import Any

import msgspec

from agor_core.domain.check import Check
from agor_core.ids import SessionId
from agor_tui.app.loading import Calls
from agor_tui.client.errors import DaemonError

LONGEST_OUTPUT = 4 * 2**20
"""Bytes of a log that are read; the daemon keeps no longer ones."""


@dataclass(frozen=True, slots=True)
class NeedsConsent:
    """The repository's own commands are not allowed yet; ``text`` is the file, ``digest`` what allows it."""

    text: str
    digest: str


def begin(daemon: Calls, session_id: SessionId, body: dict[str, Any]) -> Check | NeedsConsent:
    """Begin a check. Raises DaemonError for any other refusal."""
    try:
        return msgspec.convert(daemon.call("POST", f"/sessions/{session_id}/check", body=body), Check)
    except DaemonError as error:
        details = error.failure.errors
        if isinstance(text := details.get("commands"), str) and isinstance(digest := details.get("consent"), str):
            return NeedsConsent(text, digest)
        raise


def stop(daemon: Calls, check: Check) -> Check:
    """Stop a check; the record afterwards."""
    return msgspec.convert(daemon.call("POST", f"/checks/{check.check_id}/stop", body={}), Check)


def latest(daemon: Calls, session_id: SessionId) -> Check | None:
    """The latest check of a session."""
    found = daemon.find("checks", {"session_id": session_id, "$sort[created_at]": -1, "$limit": 1})["data"]
    return msgspec.convert(found[0], Check) if found else None


def read(daemon: Calls, check_id: str) -> tuple[Check, str]:
    """A check, and its output so far; the last lines where the log is gone."""
    check = msgspec.convert(daemon.get("checks", check_id), Check)
    taken = bytearray()
    try:
        for piece in daemon.stream(f"/checks/{check_id}/log"):
            taken += piece
            if len(taken) > LONGEST_OUTPUT:
                break
    except DaemonError:
        return check, check.tail
    return check, taken.decode("utf-8", "replace")
