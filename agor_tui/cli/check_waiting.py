"""Waiting for the end of a check by the feed, which is subscribed to before the check begins."""

from contextlib import closing
from typing import Any
from urllib.parse import quote

from agor_core.domain.check import CheckStatus
from agor_core.wire.feed import Change, Hello, Resync
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.client.feed import follow


def run_check(invocation: Invocation, session: str, body: dict[str, Any], *, wait: bool = True) -> dict[str, Any]:
    """Begin a check and answer its record, with ``wait`` once it has ended. Ctrl-C stops the check."""
    daemon = invocation.daemon
    path = f"/sessions/{quote(session, safe='')}/check"
    if not wait:
        begun: dict[str, Any] = daemon.call("POST", path, body=body)
        return begun
    with closing(follow(invocation.paths, services=("checks",))) as frames:
        next(frames)
        check: dict[str, Any] = daemon.call("POST", path, body=body)
        check_id = check["check_id"]
        try:
            if check["status"] != CheckStatus.RUNNING:
                return check
            for frame in frames:
                match frame:
                    case Change(id=changed) if changed == check_id:
                        check = frame.record
                    case Hello() | Resync():
                        check = daemon.get("checks", check_id)
                    case _:
                        continue
                if check["status"] != CheckStatus.RUNNING:
                    return check
        except KeyboardInterrupt:
            daemon.call("POST", f"/checks/{check_id}/stop", body={})
            invocation.notice("The check was stopped.")
            raise
    raise AssertionError("the feed does not end")


def outcome(check: dict[str, Any]) -> int:
    """The exit code for the outcome of a check."""
    return Exit.OK if check["status"] == CheckStatus.PASSED else Exit.FAILED
