"""``agor task …``, and the timeline of tasks."""

from collections.abc import Sequence
from typing import Any

import click

from agor_core.domain.task import Task
from agor_core.ids import is_id
from agor_tui.cli.context import session_argument
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.records import reference, task_of, tasks_of
from agor_tui.cli.tables import TableColumn
from agor_tui.state import check_facts
from agor_tui.state.ages import took
from agor_tui.state.clean import block, line
from agor_tui.state.figures import changes, money, progress
from agor_tui.state.glyphs import Tone
from agor_tui.state.requesters import agent_who
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("", right=True),
    TableColumn("STATUS"),
    TableColumn("ID", drop=2),
    TableColumn("TASK", gives=True),
    TableColumn("PLAN", drop=3),
    TableColumn("TIME", right=True, drop=1),
    TableColumn("CHANGES", right=True),
    TableColumn("COST", right=True, drop=4),
    TableColumn("CHECK", drop=2),
)

task = group(
    "task",
    "The tasks of a session and what they changed.",
    {
        "list": LazyVerb("agor_tui.cli.tasks:list_tasks", "List a session's tasks in order."),
        "show": LazyVerb("agor_tui.cli.tasks:show", "Show a task: prompt, plan, files, git."),
        "diff": LazyVerb("agor_tui.cli.tasks:diff", "Print what a task changed: to read, or as a patch."),
        "retry": LazyVerb("agor_tui.cli.retrying:retry", "Prompt a session again with the prompt of a task."),
        "restore": LazyVerb("agor_tui.cli.restoring:restore", "Restore a session's files as they were at a task."),
    },
)


@verb("list")
@session_argument
@limit_option
@pass_invocation
def list_tasks(invocation: Invocation, session: str, limit: int) -> None:
    """List a session's tasks in order, the newest where there are more than the limit."""
    daemon = invocation.daemon
    records = tasks_of(daemon, reference(daemon, "sessions", session, "session_id"), limit)
    if not records and is_id(session):
        daemon.get("sessions", session)
    if invocation.json:
        invocation.out.record(records)
    elif invocation.quiet:
        for record in records:
            invocation.out.text(record["task_id"])
    elif records:
        print_tasks(invocation, [task_of(record) for record in records])
        if records[0]["position"] > 1:
            invocation.notice(f"The newest {len(records)}; see more with --limit.")
    else:
        invocation.nothing("No tasks yet.", limit)


@verb("show")
@click.argument("task_id", metavar="TASK", type=ID)
@pass_invocation
def show(invocation: Invocation, task_id: str) -> None:
    """Show a task: prompt, plan, files, git."""
    record = invocation.daemon.get("tasks", task_id)
    if invocation.json:
        invocation.out.record(record)
        return
    shown, out, glyphs = task_of(record), invocation.out, invocation.glyphs
    print_tasks(invocation, [shown])
    out.heading("PROMPT", agent_who("asked", shown.created_by))
    for text in block(shown.full_prompt).splitlines():
        out.line([Segment(text)], indent=2)
    if shown.error:
        out.line([Segment(line(shown.error), Tone.ERROR)])
    if shown.plan:
        out.heading("PLAN", progress(sum(e.status == "completed" for e in shown.plan), len(shown.plan), 10, glyphs))
        for entry in shown.plan:
            mark = glyphs.plan(entry.status)
            out.line([Segment(f"{mark.glyph} ", mark.tone), Segment(line(entry.content))], indent=2)
    git = shown.git_state
    if shown.files or git.sha_at_start:
        out.heading("GIT", f"{git.sha_at_start or '?'} to {git.sha_at_end or 'now'}")
        for name in shown.files:
            out.line([Segment(line(name))], indent=2)
        for name in git.left_out:
            out.line([Segment(f"{line(name)} was too large for the checkpoint", Tone.MUTED)], indent=2)


@verb("diff")
@click.argument("task_id", metavar="TASK", type=ID)
@pass_invocation
def diff(invocation: Invocation, task_id: str) -> None:
    """Print what a task changed: to read, or as a patch.

    On a terminal every character is shown. Piped, it is a whole patch, binary files included, that git apply takes.
    """
    from urllib.parse import quote

    path = f"/tasks/{quote(task_id, safe='')}"
    if invocation.json:
        invocation.out.record(invocation.daemon.call("GET", f"{path}/diff"))
    elif invocation.out.terminal:
        _print_diff(invocation, invocation.daemon.call("GET", f"{path}/diff"))
        not_shown(invocation, task_id)
    else:
        empty = True
        for piece in invocation.daemon.stream(f"{path}/patch"):
            invocation.out.raw(piece)
            empty = False
        if empty:
            invocation.notice("Nothing changed.")
        not_shown(invocation, task_id)


def not_shown(invocation: Invocation, task_id: str) -> None:
    """Say what the task changed and no difference holds."""
    state = task_of(invocation.daemon.get("tasks", task_id)).git_state
    pairs = (
        ("Changes inside these submodules are not shown", state.submodules),
        ("Too large to be shown", state.left_out),
    )
    for what, paths in pairs:
        if paths:
            invocation.notice(f"{what}: {line(', '.join(paths))}.")


def answer(invocation: Invocation, record: dict[str, Any]) -> None:
    """Print a task as JSON, as its id, or as a line."""
    if invocation.json:
        invocation.out.record(record)
    elif invocation.quiet:
        invocation.out.text(str(record["task_id"]))
    else:
        shown = task_of(record)
        mark = invocation.glyphs.task(shown.status)
        invocation.out.line(
            [
                Segment(str(mark), mark.tone),
                Segment(f"  {shown.short_id}  ", Tone.MUTED),
                Segment(f"{shown.position} {line(shown.description) or line(shown.full_prompt)}", Tone.STRONG),
                Segment(f"  {changes(shown.git_state.diffstat, invocation.glyphs)}", Tone.MUTED),
            ]
        )


def print_tasks(invocation: Invocation, tasks: Sequence[Task], *, indent: int = 0) -> None:
    """Print tasks as a timeline: number, status, prompt, duration, changes."""
    rows = [_row(invocation, task) for task in tasks]
    invocation.out.table(COLUMNS, rows, indent=indent)


def _row(invocation: Invocation, task: Task) -> list[Segment]:
    glyphs = invocation.glyphs
    mark = glyphs.task(task.status)
    done = sum(entry.status == "completed" for entry in task.plan)
    return [
        Segment(str(task.position), Tone.MUTED),
        Segment(str(mark), mark.tone),
        Segment(task.short_id, Tone.MUTED),
        Segment(line(task.description) or line(task.full_prompt)),
        Segment(progress(done, len(task.plan), 6, glyphs)),
        Segment(took(task.started_at, task.completed_at, invocation.now), Tone.MUTED),
        Segment(changes(task.git_state.diffstat, glyphs)),
        Segment(money(task.usage.cost_usd)),
        check_facts.of_task(task, invocation.glyphs) or Segment(""),
    ]


def _print_diff(invocation: Invocation, answer: dict[str, Any]) -> None:
    from agor_tui.cli.patches import diff_lines, total
    from agor_tui.state.patch import of_answer

    out = invocation.out
    patch = of_answer(answer)
    if not patch.lines:
        invocation.notice("Nothing changed.")
        return
    for segments in (total(patch, invocation.glyphs), *diff_lines(patch, invocation.glyphs)):
        out.text("".join(out.styled(segment.text, segment.tone) for segment in segments))
