"""``agor review …``: comments on the lines of a session's work, for its agent or another."""

import re
from typing import Any

import click

from agor_core.domain.comment import Comment, CommentStatus
from agor_core.ids import new_id
from agor_tui.cli.context import session_argument
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.records import found, reference, typed
from agor_tui.cli.tables import TableColumn, table
from agor_tui.client.daemon import DaemonError
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.glyphs import Tone
from agor_tui.state.requesters import author
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("STATUS"),
    TableColumn("COMMENT"),
    TableColumn("ON", gives=True),
    TableColumn("KIND", drop=1),
    TableColumn("BY", drop=2),
    TableColumn("AGE", right=True, drop=3),
)
TONES = {"open": Tone.WARNING, "sent": Tone.ACCENT, "resolved": Tone.SUCCESS, "stale": Tone.MUTED}
MOST_LINES = 8
"""Lines of a snippet that a list shows."""
_PLACE = re.compile(r"(.+?):([0-9]{1,9})(?:-([0-9]{1,9}))?", re.DOTALL)
_NOT_LOOKED_AT = (409, 422, 500, 502, 503)
"""Status codes of a look that cannot be taken; comments are listed as they were last seen."""

review = group(
    "review",
    "Comments on the lines of a session's work.",
    {
        "list": LazyVerb("agor_tui.cli.reviews:list_comments", "List the comments on a session's work."),
        "add": LazyVerb("agor_tui.cli.reviews:add", "Comment on lines of a session's files, or on a file."),
        "send": LazyVerb("agor_tui.cli.reviews:send", "Send all open comments as one prompt."),
        "resolve": LazyVerb("agor_tui.cli.reviews:resolve", "Mark comments as resolved, or as open again."),
        "remove": LazyVerb("agor_tui.cli.reviews:remove", "Remove comments."),
    },
)


@verb("list")
@session_argument
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in CommentStatus]),
    help="Only comments with this status.",
)
@limit_option
@pass_invocation
def list_comments(invocation: Invocation, session: str, statuses: tuple[str, ...], limit: int) -> None:
    """List the comments on a session's work, with their lines as they are now."""
    daemon = invocation.daemon
    session_id = reference(daemon, "sessions", session, "session_id")
    _look(invocation, session_id)
    query: dict[str, object] = {"session_id": session_id}
    if statuses:
        query["status[$in]"] = list(statuses)
    records = found(daemon, "comments", query, limit)
    if invocation.json:
        invocation.out.record(records)
    elif invocation.quiet:
        for record in records:
            invocation.out.text(record["comment_id"])
    elif not records:
        invocation.nothing("There are no comments.", limit)
    else:
        _print(invocation, [typed(Comment, record) for record in records])


@verb("add")
@click.argument("session", metavar="SESSION", type=ID)
@click.argument("place", metavar="PATH[:LINE[-LINE]]")
@click.argument("text", metavar="TEXT")
@click.option("--question", is_flag=True, help="Ask: the agent answers, and changes nothing for it.")
@click.option("--side", type=click.Choice(["new", "old"]), default="new", help="The file as it is, or as it was.")
@click.option("--task", metavar="TASK", type=ID, help="As it was at the end of a task; else as it is now.")
@pass_invocation
def add(
    invocation: Invocation, session: str, place: str, text: str, question: bool, side: str, task: str | None
) -> None:
    """Comment on lines of a session's files, or on a file; TEXT is - for stdin.

    PATH is below the top of the session's worktree.
    """
    path, start, end = _parsed(place)
    body: dict[str, Any] = {
        "comment_id": new_id(),
        "session_id": session,
        "path": path,
        "side": side,
        "start_line": start,
        "end_line": end,
        "text": prompt_text(text, "comment"),
        "kind": "question" if question else "note",
        "task_id": task,
    }
    record = invocation.daemon.create("comments", body)
    if invocation.json:
        invocation.out.record(record)
    elif invocation.quiet:
        invocation.out.text(record["comment_id"])
    else:
        _print(invocation, [typed(Comment, record)])


@verb("send")
@session_argument
@click.option("--to", metavar="SESSION", type=ID, help="Another session, such as a fork or a reviewer's.")
@click.option("-w", "--wait", is_flag=True, help="Wait for the end of the task; the exit code is its outcome.")
@pass_invocation
def send(invocation: Invocation, session: str, to: str | None, wait: bool) -> int:
    """Send all open comments as one prompt, to the session or to another; the answer is the task."""
    from agor_tui.cli.tasks import answer

    body = {"to": to, "task_id": new_id()}
    if not wait:
        answer(invocation, invocation.daemon.act(session, "send", body))
        return Exit.OK
    from agor_tui.cli.waiting import outcome, say_outcome, wait_for_task

    def act() -> tuple[str, str | None]:
        task = invocation.daemon.act(session, "send", body)
        return task["session_id"], task["task_id"]

    wait_for_task(invocation, act)
    task = invocation.daemon.get("tasks", str(body["task_id"]))
    answer(invocation, task)
    say_outcome(invocation, task)
    return outcome(task)


@verb("resolve")
@click.argument("comments", metavar="COMMENT…", type=ID, nargs=-1, required=True)
@click.option("--reopen", is_flag=True, help="Open them again, also where their code has changed.")
@pass_invocation
def resolve(invocation: Invocation, comments: tuple[str, ...], reopen: bool) -> None:
    """Mark comments as resolved, or as open again."""
    status = "open" if reopen else "resolved"
    _answer(invocation, [invocation.daemon.patch("comments", one, {"status": status}) for one in comments])


@verb("remove")
@click.argument("comments", metavar="COMMENT…", type=ID, nargs=-1, required=True)
@pass_invocation
def remove(invocation: Invocation, comments: tuple[str, ...]) -> None:
    """Remove comments."""
    _answer(invocation, [invocation.daemon.remove("comments", one) for one in comments])


def _parsed(place: str) -> tuple[str, int | None, int | None]:
    """The path, and the lines if there are any."""
    match = _PLACE.fullmatch(place)
    if match is None:
        return place, None, None
    start = int(match[2])
    return match[1], start, int(match[3]) if match[3] else start


def _look(invocation: Invocation, session_id: str) -> None:
    """Have the lines looked for in the files as they are now."""
    try:
        invocation.daemon.call("GET", f"/sessions/{session_id}/review")
    except DaemonError as error:
        if error.code not in _NOT_LOOKED_AT:
            raise


def _answer(invocation: Invocation, records: list[dict[str, Any]]) -> None:
    """Print one record, or a list of several."""
    if invocation.json:
        invocation.out.record(records[0] if len(records) == 1 else records)
    else:
        _print(invocation, [typed(Comment, record) for record in records])


def _print(invocation: Invocation, comments: list[Comment]) -> None:
    out = invocation.out
    head, *lines = table(COLUMNS, [_row(invocation, one) for one in comments], out.cells)
    out.line(head)
    for comment, segments in zip(comments, lines, strict=True):
        out.line(segments)
        shown = comment.snippet.split("\n") if comment.snippet else []
        for number, text in enumerate(shown[:MOST_LINES], comment.start_line or 1):
            counted = f"{number} " if comment.start_line is not None else ""
            out.line([Segment(f"    {counted}{clean.exact(text)}", Tone.MUTED)])
        if len(shown) > MOST_LINES:
            out.line([Segment(f"    … {len(shown) - MOST_LINES} more lines", Tone.MUTED)])
        for text in clean.block(comment.text).splitlines():
            out.line([Segment(f"    {text}")])


def _row(invocation: Invocation, comment: Comment) -> list[Segment]:
    where = clean.line(comment.title) + (" (before)" if comment.side == "old" else "")
    return [
        Segment(comment.status, TONES[comment.status]),
        Segment(comment.short_id, Tone.MUTED),
        Segment(where, Tone.STRONG),
        Segment(comment.kind, Tone.MUTED),
        Segment(author(comment.author), Tone.MUTED),
        Segment(age(comment.created_at, invocation.now), Tone.MUTED),
    ]
