"""Waiting for a task's end by the feed, which is subscribed to before the task begins, so that no change is missed."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from agor_core.domain.approval import Approval, ApprovalStatus
from agor_core.domain.task import ENDED
from agor_core.wire.feed import Change, Frame, Hello, Resync
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.questions import question_lines
from agor_tui.cli.records import typed
from agor_tui.client.feed import follow
from agor_tui.state.clean import line
from agor_tui.state.questions import request_title

SERVICES = ("tasks", "approvals", "messages")
SETUP = "agor-setup-"
"""Begins the ids of the calls that show the set-up of a worktree."""


def wait_for_task(invocation: Invocation, act: Callable[[], tuple[str, str | None]]) -> dict[str, Any] | None:
    """Begin a task by ``act``, wait for its end, and answer its record.

    ``act`` answers the session's id and the task's, or None for the session's first task. Answers None if the session
    has no task. Ctrl-C leaves the task running.
    """
    daemon = invocation.daemon
    with closing(follow(invocation.paths, services=SERVICES)) as frames:
        next(frames)
        session_id, task_id = act()
        task_id = task_id or _first_task(invocation, session_id)
        if task_id is None:
            return None
        try:
            task = daemon.get("tasks", task_id)
            if task["status"] in ENDED:
                return task
            _ask_pending(invocation, session_id)
            return _end_of(invocation, frames, session_id, task_id)
        except KeyboardInterrupt:
            invocation.notice(f"The task goes on; watch it with: agor session watch {session_id}")
            raise


def outcome(task: dict[str, Any] | None) -> int:
    """The exit code for a task's outcome."""
    return Exit.OK if task is None or task["status"] == "completed" else Exit.FAILED


def say_outcome(invocation: Invocation, task: dict[str, Any] | None) -> None:
    """Print the outcome of a task that failed or was cancelled, on stderr."""
    if task is None or task["status"] == "completed":
        return
    reason = line(task.get("error")) or line(task.get("stop_reason"))
    invocation.notice(f"Task {task['position']} {task['status']}" + (f": {reason}" if reason else "."))


def _end_of(invocation: Invocation, frames: Iterator[Frame], session_id: str, task_id: str) -> dict[str, Any]:
    shown: dict[str, str] = {}
    for received in frames:
        match received:
            case Change(service="tasks", id=changed) if changed == task_id:
                task: dict[str, Any] = received.record
            case Hello() | Resync():
                task = invocation.daemon.get("tasks", task_id)
            case Change(service="approvals", record={"session_id": asking}) if asking == session_id:
                _tell(invocation, typed(Approval, received.record))
                continue
            case Change(service="messages", record={"task_id": of_task, "tool": {"call_id": str(call)} as tool}):
                if of_task == task_id and call.startswith(SETUP):
                    _tell_setup(invocation, tool, shown)
                continue
            case _:
                continue
        if task["status"] in ENDED:
            return task
    raise AssertionError("the feed does not end")


def _tell_setup(invocation: Invocation, tool: dict[str, Any], shown: dict[str, str]) -> None:
    """Print on stderr what is new of a set-up's output; ``shown`` is what was printed of each."""
    call, output = str(tool["call_id"]), str(tool.get("output") or "")
    if call not in shown:
        shown[call] = ""
        invocation.notice(line(tool.get("title")))
    new = output.removeprefix(shown[call])
    if tool.get("status") not in ("completed", "failed"):
        new = new[: new.rfind("\n") + 1]  # whole lines
    shown[call] = output[: output.rfind(new) + len(new)] if new else shown[call]
    if new.strip():
        invocation.notice("\n".join(f"  {line(each)}" for each in new.splitlines()))


def _first_task(invocation: Invocation, session_id: str) -> str | None:
    query = {"session_id": session_id, "$sort[position]": 1, "$limit": 1}
    tasks = invocation.daemon.find("tasks", query)["data"]
    return str(tasks[0]["task_id"]) if tasks else None


def _ask_pending(invocation: Invocation, session_id: str) -> None:
    for approval in invocation.daemon.find("approvals", {"session_id": session_id, "status": "pending"})["data"]:
        _tell(invocation, typed(Approval, approval))


def _tell(invocation: Invocation, approval: Approval) -> None:
    if approval.status is not ApprovalStatus.PENDING:
        return
    asked = ["".join(segment.text for segment in each) for each in question_lines(approval.tool, invocation.glyphs)]
    commands = [f"agor approval {answer} {approval.approval_id}" for answer in ("allow", "deny")]
    lines = [f"Needs permission: {request_title(approval.tool)}", *(f"  {each}" for each in (*asked, *commands))]
    invocation.notice("\n".join(lines))
