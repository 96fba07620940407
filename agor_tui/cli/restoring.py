"""``agor task restore``: a session's files as they were at one of its tasks."""

from collections.abc import Sequence
from urllib.parse import quote

import click

from agor_core.domain.restoration import Restoration
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.records import task_of, typed
from agor_tui.state.clean import line
from agor_tui.state.figures import files
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment


@verb("restore")
@click.argument("task_id", metavar="TASK", type=ID)
@click.argument("paths", metavar="[PATH]…", nargs=-1)
@click.option("--start", is_flag=True, help="As they were before the task; else after it.")
@click.option("--undo", is_flag=True, help="Undo the last restoration to this task.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@pass_invocation
def restore(
    invocation: Invocation, task_id: str, paths: tuple[str, ...], start: bool, undo: bool, dry_run: bool
) -> None:
    """Restore a session's files as they were at a task.

    A PATH is a file or folder as the task names it, below the top of the working tree; without any, all files are
    restored. First a checkpoint of what is there is taken, which --undo goes back to. Branch and commits stay as they
    are. A file that is in no checkpoint, because it is ignored or too large, stays, and is named.
    """
    if start and undo:
        raise click.UsageError("--start and --undo exclude each other.")
    body: dict[str, object] = {"paths": list(paths), "dry_run": dry_run}
    if start or undo:
        body["point"] = "start" if start else "before"
    path = f"/tasks/{quote(task_id, safe='')}/restore"
    record = invocation.daemon.call("POST", path, body=body, repeatable=False)
    if invocation.json:
        invocation.out.record(record)
        return
    done = typed(Restoration, record)
    _print(invocation, done, task_of(invocation.daemon.get("tasks", done.task_id)).position)


def _print(invocation: Invocation, done: Restoration, position: int) -> None:
    out, would = invocation.out, "would be " if done.dry_run else ""
    when = {"start": f"at the start of task {position}", "end": f"at the end of task {position}"}
    then = when.get(done.point, f"before they were restored to task {position}")
    if done.remade:
        invocation.notice("The worktree was gone; it was made again.")
    if not done.written_count and not done.removed_count:
        out.text(f"The files are as they were {then}.")
    for count, names, what in (
        (done.written_count, done.written, f"{would}as they were {then}"),
        (done.removed_count, done.removed, f"{would}removed, which were not there then"),
    ):
        _list(invocation, count, names, what)
    if done.kept_count:
        _list(invocation, done.kept_count, done.kept, "left as they are, because no checkpoint holds them")
    if done.before is not None and done.point != "before":
        invocation.notice(f"This is undone by: agor task restore {done.task_id} --undo")


def _list(invocation: Invocation, count: int, names: Sequence[str], what: str) -> None:
    if not count:
        return
    invocation.out.line([Segment(files(count), Tone.STRONG), Segment(f" {what}")])
    for name in names:
        invocation.out.line([Segment(line(name), Tone.MUTED)], indent=2)
    if count > len(names):
        invocation.out.line([Segment(f"and {count - len(names)} more", Tone.MUTED)], indent=2)
