"""``agor session watch``: a conversation live."""

from contextlib import closing
from typing import Any

import click

from agor_core.domain.approval import Approval
from agor_core.domain.message import Message
from agor_core.domain.task import ENDED
from agor_core.wire.feed import Change, Delta, Frame, Hello, Resync
from agor_tui.cli.context import session_argument
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.questions import print_question
from agor_tui.cli.records import found, typed
from agor_tui.cli.session.transcript import TranscriptPrinter
from agor_tui.cli.waiting import outcome, say_outcome
from agor_tui.client.feed import follow
from agor_tui.state.glyphs import Tone
from agor_tui.state.questions import request_title
from agor_tui.state.segments import Segment

SERVICES = ("sessions", "tasks", "messages", "approvals")


@verb("watch")
@session_argument
@click.option("-f", "--follow", "for_ever", is_flag=True, help="Continue with later tasks; end with Ctrl-C.")
@pass_invocation
def watch(invocation: Invocation, session: str, for_ever: bool) -> int:
    """Print a session's conversation as it happens, from the beginning of the turn that runs until its end.

    If nothing runs it prints the last turn.
    """
    session_id = str(invocation.daemon.get("sessions", session)["session_id"])
    watched = _Watch(invocation, session_id, for_ever=for_ever)
    with closing(follow(invocation.paths, services=SERVICES)) as frames:
        next(frames)
        ended = watched.catch_up()
        while not ended:
            ended = watched.take(next(frames))
    watched.transcript.end()
    say_outcome(invocation, watched.task)
    return outcome(watched.task) if watched.task is not None else Exit.OK


class _Watch:
    def __init__(self, invocation: Invocation, session_id: str, *, for_ever: bool) -> None:
        self._invocation = invocation
        self._session_id = session_id
        self._for_ever = for_ever
        self._complete: set[str] = set()
        self.task: dict[str, Any] | None = None
        self.transcript = TranscriptPrinter(invocation.out, invocation.glyphs, self._message)

    def catch_up(self) -> bool:
        """Print the turn so far; True if it has ended and no other is to be watched."""
        daemon = self._invocation.daemon
        if self.task is None:
            self.task = self._turn()
        else:
            self.task = daemon.get("tasks", self.task["task_id"])
        if self.task is None:
            self._invocation.notice("No tasks yet.")
            return not self._for_ever
        query = {"task_id": self.task["task_id"], "$sort[index]": 1}
        for record in found(daemon, "messages", query, 1_000_000):
            self._show(record)
        for record in daemon.find("approvals", {"session_id": self._session_id, "status": "pending"})["data"]:
            self._asks(record)
        return self.task["status"] in ENDED and not self._for_ever

    def take(self, received: Frame) -> bool:
        """Apply a frame; True if the turn has ended and no other is to be watched."""
        match received:
            case Delta(service="messages") if not self._invocation.json:
                self.transcript.delta(received)
            case Hello() | Resync():
                return self.catch_up()
            case Change(record={"session_id": changed}) if changed != self._session_id:
                pass
            case Change(service="messages", event="created" | "patched" | "updated"):
                self._show(received.record)
            case Change(service="approvals", record={"status": "pending"}):
                self._asks(received.record)
            case Change(service="tasks"):
                return self._task(received.record)
            case _:
                pass
        return False

    def _task(self, record: dict[str, Any]) -> bool:
        if self._for_ever or self.task is None or record["task_id"] == self.task["task_id"]:
            self.task = record
            return record["status"] in ENDED and not self._for_ever
        return False

    def _turn(self) -> dict[str, Any] | None:
        """The first task that has not ended, else the last."""
        daemon = self._invocation.daemon
        query: dict[str, object] = {"session_id": self._session_id, "$limit": 1}
        open_tasks = {**query, "status[$nin]": sorted(ENDED), "$sort[position]": 1}
        tasks = (
            daemon.find("tasks", open_tasks)["data"] or daemon.find("tasks", {**query, "$sort[position]": -1})["data"]
        )
        return dict(tasks[0]) if tasks else None

    def _show(self, record: dict[str, Any]) -> None:
        if not self._invocation.json:
            self.transcript.message(typed(Message, record))
        elif record["complete"] and record["message_id"] not in self._complete:
            self._complete.add(record["message_id"])
            self._invocation.out.json_line(record)

    def _asks(self, record: dict[str, Any]) -> None:
        if self._invocation.json:
            return
        self.transcript.end()
        asked = typed(Approval, record)
        out = self._invocation.out
        sign = out.styled(f"{self._invocation.glyphs.needs_you} needs you: ", Tone.WARNING)
        out.text(f"{sign}{request_title(asked.tool)}")
        print_question(self._invocation, asked.tool, indent=2)
        out.line([Segment(f"  agor approval allow {asked.approval_id}", Tone.MUTED)])

    def _message(self, identifier: str) -> Message:
        return typed(Message, self._invocation.daemon.get("messages", identifier))
