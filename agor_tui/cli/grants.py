"""``agor approval grants``: what a person allowed from now on and Agor keeps; one can be taken back."""

import click

from agor_core.domain.approval import Approval
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, limit_option, pass_invocation, verb
from agor_tui.cli.questions import print_question
from agor_tui.cli.records import found, typed
from agor_tui.cli.tables import TableColumn, table
from agor_tui.state.ages import age
from agor_tui.state.answers import grant_title
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("GRANT"),
    TableColumn("SESSION", drop=1),
    TableColumn("ALLOWS", gives=True),
    TableColumn("BY", drop=3),
    TableColumn("AGE", right=True, drop=2),
)


@verb("grants")
@click.option("--session", "session_id", metavar="SESSION", type=ID, help="Only those of this session.")
@click.option("--take-back", "taken", metavar="GRANT", type=ID, help="Take one back: the call is asked about again.")
@limit_option
@pass_invocation
def list_grants(invocation: Invocation, session_id: str | None, taken: str | None, limit: int) -> None:
    """List what is allowed from now on, or take it back.

    These are grants that Agor keeps, each for a session. What an agent keeps by itself is not among them; its option
    says so when it is chosen.
    """
    if taken is not None:
        record = invocation.daemon.patch("approvals", taken, {"granted": "taken_back"})
        if invocation.json:
            invocation.out.record(record)
        else:
            title = grant_title(typed(Approval, record))
            invocation.out.line([Segment("taken back", Tone.WARNING), Segment(f"  {title}")])
        return
    query: dict[str, object] = {"granted": "kept", "$sort[created_at]": -1}
    if session_id is not None:
        query["session_id"] = invocation.daemon.get("sessions", session_id)["session_id"]
    records = found(invocation.daemon, "approvals", query, limit)
    if invocation.json:
        invocation.out.record(records)
    elif not records:
        invocation.nothing("Nothing is allowed from now on.", limit)
    else:
        grants = [typed(Approval, record) for record in records]
        head, *lines = table(COLUMNS, [_row(invocation, one) for one in grants], invocation.out.cells)
        invocation.out.line(head)
        for one, segments in zip(grants, lines, strict=True):
            invocation.out.line(segments)
            print_question(invocation, one.tool, indent=4)


def _row(invocation: Invocation, grant: Approval) -> list[Segment]:
    from agor_core.ids import short_id

    return [
        Segment(grant.approval_id, Tone.MUTED),
        Segment(short_id(grant.session_id), Tone.MUTED),
        Segment(grant_title(grant)),
        Segment(grant.decided_by or "", Tone.MUTED),
        Segment(age(grant.created_at, invocation.now), Tone.MUTED),
    ]
