"""``agor graft``: what one session changed in files, brought into another session's worktree."""

import re
from collections.abc import Sequence
from typing import Any

import click

from agor_core.domain.graft import Graft, GraftConflict
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.records import session_of, typed
from agor_tui.state.clean import line
from agor_tui.state.figures import files
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment
from agor_tui.state.titles import session_title

_LINES = re.compile(r"(.+):(\d{1,9})(?:-(\d{1,9}))?", re.DOTALL)


@verb("graft")
@click.argument("source", metavar="FROM", type=ID, required=False)
@click.argument("paths", metavar="[PATH]…", nargs=-1)
@click.option("--into", "target", metavar="SESSION", type=ID, required=True, help="The session whose files change.")
@click.option("--at", metavar="N", help="As FROM had the files after its task N; else as they are now.")
@click.option("--mark", is_flag=True, help="Mark in the text what conflicts, as git does.")
@click.option("--take", is_flag=True, help="Take a file that conflicts as FROM has it.")
@click.option("--undo", is_flag=True, help="Undo the last graft into SESSION, beside what was changed since.")
@click.option("--dry-run", is_flag=True, help="Only say what would change, and what conflicts.")
@pass_invocation
def graft(
    invocation: Invocation,
    source: str | None,
    paths: tuple[str, ...],
    target: str,
    at: str | None,
    mark: bool,
    take: bool,
    undo: bool,
    dry_run: bool,
) -> None:
    """Bring what FROM changed in files into another session.

    It is uncommitted in that session's worktree.

    A PATH is a file or folder below the top of the repository, "." everything that FROM changed. PATH:LINE and
    PATH:LINE-LINE stand for the hunks that show these lines, as FROM has them. Each file is merged three ways with what
    is there. If one conflicts, nothing is changed, all conflicts are named, and the exit code is 5. Branch, commits and
    index stay as they are. What is there is kept first, which --undo goes back to.
    """
    body = _body(source, paths, at, mark=mark, take=take, undo=undo)
    record = invocation.daemon.call(
        "POST", f"/sessions/{target}/graft", body={**body, "dry_run": dry_run}, repeatable=not undo
    )
    if invocation.json:
        invocation.out.record(record)
        return
    _print(invocation, typed(Graft, record))


def _body(
    source: str | None, paths: tuple[str, ...], at: str | None, *, mark: bool, take: bool, undo: bool
) -> dict[str, Any]:
    if mark and take:
        raise click.UsageError("--mark and --take exclude each other.")
    body: dict[str, Any] = {"on_conflict": "mark" if mark else "take" if take else "refuse"}
    if undo:
        if source is not None or at is not None:
            raise click.UsageError("--undo takes the last graft into SESSION back; name no other session and no paths.")
        return {**body, "undo": True}
    if source is None or not paths:
        raise click.UsageError("Say which session the changes come FROM, and the PATHs of the files; . means all.")
    ranges: dict[str, list[tuple[int, int]]] = {}
    whole = []
    for path in paths:
        if (found := _LINES.fullmatch(path)) is None:
            whole.append(path)
        else:
            first = int(found[2])
            ranges.setdefault(found[1], []).append((first, int(found[3] or first)))
    lines = [{"path": path, "lines": of} for path, of in ranges.items()]
    point = {} if at is None else {"at": at if ":" in at or at == "now" else f"task:{at}"}
    return {**body, **point, "from": source, "paths": whole, "lines": lines}


def _print(invocation: Invocation, done: Graft) -> None:
    out, would = invocation.out, "would be " if done.dry_run else ""
    title = session_title(session_of(invocation.daemon.get("sessions", done.session_id)))
    if not done.written and not done.removed and not done.conflicts:
        out.text(f"Nothing to do: {title} has these changes already.")
    merged = set(done.merged)
    _list(invocation, [path for path in done.written if path not in merged], f"{would}written")
    _list(invocation, [path for path in done.written if path in merged], f"{would}merged with what is there")
    _list(invocation, done.removed, f"{would}removed")
    _conflicts(invocation, done.conflicts, dry_run=done.dry_run)
    if done.graft_id is not None and not done.undo and not done.dry_run:
        invocation.notice(f"This is undone by: agor graft --undo --into {done.session_id}")


def _list(invocation: Invocation, names: Sequence[str], what: str) -> None:
    if names:
        invocation.out.line([Segment(files(len(names)), Tone.STRONG), Segment(f" {what}")])
        for name in names:
            invocation.out.line([Segment(line(name), Tone.MUTED)], indent=2)


def _conflicts(invocation: Invocation, conflicts: Sequence[GraftConflict], *, dry_run: bool) -> None:
    if conflicts:
        what = "conflicted" if not dry_run else "conflicts" if len(conflicts) == 1 else "conflict"
        invocation.out.line([Segment(f"{files(len(conflicts))} {what}", Tone.WARNING)])
        for one in conflicts:
            invocation.out.line([Segment(line(one.path)), Segment(f": {one.reason}", Tone.MUTED)], indent=2)
