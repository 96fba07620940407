"""``agor session list``, and the table of sessions."""

from collections.abc import Sequence

import click

from agor_core.domain.session import Session, SessionStatus
from agor_tui.cli.conditions import parameters
from agor_tui.cli.context import narrowed
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, limit_option, pass_invocation, verb
from agor_tui.cli.records import found, reference, session_of
from agor_tui.cli.tables import TableColumn
from agor_tui.state import check_facts
from agor_tui.state.ages import age
from agor_tui.state.clean import cut, line
from agor_tui.state.figures import changes, money, progress
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment
from agor_tui.state.session_status import mark_of
from agor_tui.state.titles import session_title

STATUSES = {
    **{status.value: status for status in SessionStatus},
    "needs-you": SessionStatus.AWAITING_PERMISSION,
    "done": SessionStatus.COMPLETED,
}
COLUMNS = (
    TableColumn("STATUS"),
    TableColumn("ID"),
    TableColumn("TITLE", gives=True),
    TableColumn("AGENT", drop=2),
    TableColumn("PLAN", drop=3),
    TableColumn("REPO", gives=True, drop=5),
    TableColumn("BRANCH", gives=True, drop=5),
    TableColumn("CHANGES", right=True, drop=4),
    TableColumn("COST", right=True, drop=6),
    TableColumn("CHECK", drop=3),
    TableColumn("AGE", right=True, drop=1),
)


@verb("list")
@click.option(
    "--status",
    type=click.Choice(list(STATUSES)),
    multiple=True,
    help="Only sessions with this status; may be repeated.",
)
@click.option("-b", "--board", metavar="BOARD", type=ID, help="Only sessions on this board, by slug or id.")
@click.option("-a", "--agent", metavar="NAME", help="Only sessions of this agent.")
@click.option("--repo", metavar="REPO", type=ID, help="Only sessions in this repo, by slug or id.")
@click.option("--archived", is_flag=True, help="Only the archived ones.")
@click.option("--everything", is_flag=True, help="Also what the defaults for board, agent and repo leave out.")
@click.option("--where", metavar="QUERY", help="Conditions, as in 'task_count[$gt]=3&title=x', or in JSON.")
@limit_option
@pass_invocation
def list_sessions(
    invocation: Invocation,
    status: tuple[str, ...],
    board: str | None,
    agent: str | None,
    repo: str | None,
    archived: bool,
    everything: bool,
    where: str | None,
    limit: int,
) -> None:
    """List sessions, the newest first."""
    given = {} if where is None else parameters(where)
    newest_first = not any(name.startswith("$sort") for name in given)
    query: dict[str, object] = {**({"$sort[created_at]": -1} if newest_first else {}), **given}
    daemon = invocation.daemon
    if not everything:
        board, agent, repo = (
            narrowed(invocation, name, given) for name, given in (("board", board), ("agent", agent), ("repo", repo))
        )
    if status:
        query["status[$in]"] = [STATUSES[name].value for name in status]
    if agent is not None:
        query["agent"] = agent
    if board is not None:
        query["board_id"] = reference(daemon, "boards", board, "board_id")
    if repo is not None:
        query["repo.repo_id"] = reference(daemon, "repos", repo, "repo_id")
    if archived:
        query["archived_at[$ne]"] = None
    records = found(daemon, "sessions", query, limit)
    if invocation.json:
        invocation.out.record(records)
    elif invocation.quiet:
        for record in records:
            invocation.out.text(record["session_id"])
    elif records:
        print_sessions(invocation, [session_of(record) for record in records])
        if len(records) == limit:
            which = "newest" if newest_first else "first"
            invocation.notice(f"The {which} {limit}; see more with --limit.")
    else:
        invocation.nothing("No sessions." if query.keys() - {"$sort[created_at]"} else "No sessions yet.", limit)


def print_sessions(invocation: Invocation, sessions: Sequence[Session], *, indent: int = 0) -> None:
    """Print sessions as a table, in the given order; with their repos if they are in several."""
    several = len({session.repo.repo_id for session in sessions} - {None}) > 1
    rows = [_row(invocation, session, repo=several) for session in sessions]
    invocation.out.table(COLUMNS, rows, indent=indent)


def _row(invocation: Invocation, session: Session, *, repo: bool) -> list[Segment]:
    glyphs, current = invocation.glyphs, session.current
    mark = mark_of(session, glyphs)
    genealogy = session.genealogy
    kin = glyphs.fork if genealogy.forked_from_session_id else glyphs.spawn if genealogy.parent_session_id else ""
    title = session_title(session)
    plan = progress(current.plan_done, current.plan_total, 10, glyphs) if current is not None else ""
    return [
        Segment(str(mark), mark.tone),
        Segment(session.short_id, Tone.MUTED),
        Segment(f"{title} {kin}" if kin else title, Tone.STRONG),
        Segment(cut(line(session.agent), 14)),
        Segment(plan),
        Segment(line(session.repo.repo_slug) if repo else "", Tone.MUTED),
        Segment(cut(line(session.git_state.ref), 32), Tone.MUTED),
        Segment(changes(session.changed, glyphs)),
        Segment(money(session.usage.cost_usd)),
        check_facts.of_session(session, invocation.glyphs) or Segment(""),
        Segment(age(session.updated_at, invocation.now), Tone.MUTED),
    ]
