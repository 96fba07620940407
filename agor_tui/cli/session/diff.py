"""``agor session diff``: what changed between two points of sessions, to read, as figures, or as a patch."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import click

from agor_tui.cli.context import session_argument
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.tables import TableColumn
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("FILE", gives=True),
    TableColumn("", right=True),
    TableColumn("", right=True),
    TableColumn(""),
)
MOST_NAMED = 3
NO_FILE = ("path[]", ".git")
"""A path that no difference has: the answer has what is to be known of its points, and no figures."""
Query = Sequence[tuple[str, str]]


@verb("diff")
@session_argument
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--from", "start", metavar="POINT", help="base (the default), fork, now, task:N or task:N:start.")
@click.option("--to", "end", metavar="POINT", help="now (the default), or another point.")
@click.option("--stat", is_flag=True, help="Only the figures of each file.")
@pass_invocation
def diff(
    invocation: Invocation, session: str, paths: tuple[str, ...], start: str | None, end: str | None, stat: bool
) -> None:
    """Print what changed in a session since it began, or between two points.

    Uncommitted and untracked work counts. task:N is the end of that task, and ID@POINT a point of another session. On a
    terminal every character is shown. Piped, it is a whole patch, binary files included, that git apply takes.
    """
    points = [(name, point) for name, point in (("from", start), ("to", end)) if point is not None]
    show(invocation, session, [*points, *(("path[]", path) for path in paths)], stat=stat)


def show(invocation: Invocation, session: str, query: Query, *, stat: bool = False) -> None:
    """Print a difference as the options say: as JSON, as figures, for people or as a patch."""
    out = invocation.out
    if invocation.json:
        out.record(whole(invocation, session, query, stat=stat))
    elif stat:
        _print_figures(invocation, whole(invocation, session, query, stat=True))
    elif out.terminal:
        _print_for_people(invocation, _pages(invocation, session, query, stat=False))
    else:
        empty = True
        for piece in invocation.daemon.stream(f"{_address(session)}/patch?{urlencode(query)}"):
            out.raw(piece)
            empty = False
        if empty:
            invocation.notice("Nothing changed.")
        points = [pair for pair in query if pair[0] in ("from", "to")]
        _say_notes(invocation, next(_pages(invocation, session, [*points, NO_FILE], stat=True)))


def whole(invocation: Invocation, session: str, query: Query, *, stat: bool) -> dict[str, Any]:
    """All pages as one answer."""
    answer: dict[str, Any] = {}
    for page in _pages(invocation, session, query, stat=stat):
        if not answer:
            answer = page
            continue
        for name in ("files", "changes"):
            answer[name] += page[name]
        answer["diff"] = None if stat else answer["diff"] + page["diff"]
        answer["cut"] |= page["cut"]
        answer["next"] = None
    return answer


def _pages(invocation: Invocation, session: str, query: Query, *, stat: bool) -> Iterator[dict[str, Any]]:
    at: int | None = 0
    while at is not None:
        asked = [*query, *([("stat", "true")] if stat else []), *([("skip", str(at))] if at else [])]
        page: dict[str, Any] = invocation.daemon.call("GET", f"{_address(session)}/diff", query=asked)
        at = page["next"]
        yield page


def _address(session: str) -> str:
    return f"/sessions/{quote(session, safe='')}"


def _print_for_people(invocation: Invocation, pages: Iterator[dict[str, Any]]) -> None:
    from agor_tui.cli.patches import diff_lines, total
    from agor_tui.state.patch import of_answer

    out = invocation.out
    first = True
    for page in pages:
        patch = of_answer(page)
        if first:
            _say_notes(invocation, page)
            if not page["diffstat"]["files"]:
                invocation.notice("Nothing changed.")
                return
            out.line(total(of_answer({**page, "diff": "", "cut": True}), invocation.glyphs))
        for segments in diff_lines(patch, invocation.glyphs):
            out.text("".join(out.styled(segment.text, segment.tone) for segment in segments))
        first = False


def _print_figures(invocation: Invocation, answer: dict[str, Any]) -> None:
    from agor_tui.cli.patches import total
    from agor_tui.state.patch import of_answer

    _say_notes(invocation, answer)
    if not answer["changes"]:
        invocation.notice("Nothing changed.")
        return
    invocation.out.table(COLUMNS, [_row(invocation, change) for change in answer["changes"]])
    invocation.out.line(total(of_answer({**answer, "diff": "", "cut": True}), invocation.glyphs))


def _row(invocation: Invocation, change: dict[str, Any]) -> list[Segment]:
    added, removed = change["insertions"], change["deletions"]
    old = f"{line(change['old_path'])} → " if change["old_path"] else ""
    kinds = [] if change["status"] == "modified" else [change["status"].replace("_", " ")]
    if added is None:
        kinds.append("binary")
    if None not in (change["old_mode"], change["new_mode"]) and change["old_mode"] != change["new_mode"]:
        kinds.append(f"mode {change['old_mode']} → {change['new_mode']}")
    return [
        Segment(f"{old}{line(change['path'])}"),
        Segment(f"+{added}" if added else "", Tone.SUCCESS),
        Segment(f"{invocation.glyphs.minus}{removed}" if removed else "", Tone.ERROR),
        Segment(", ".join(kinds), Tone.MUTED),
    ]


def _say_notes(invocation: Invocation, answer: dict[str, Any]) -> None:
    """What is to be known of the two points: a folder that is gone, files that were too large."""
    for point in (answer["from"], answer["to"]):
        if point["note"]:
            invocation.notice(line(point["note"]))
        if left := point["left_out"]:
            more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
            names = ", ".join(line(name) for name in left[:MOST_NAMED])
            invocation.notice(f"Too large to be shown: {names}{more}.")
        if inside := point["submodules"]:
            invocation.notice(f"Changes inside these submodules are not shown: {line(', '.join(inside))}.")
