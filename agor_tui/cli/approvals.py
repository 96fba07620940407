"""``agor approval …``: the permission requests of agents."""

from typing import Any

import click

from agor_core.domain.approval import Approval
from agor_core.errors import NotFound
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.questions import print_question
from agor_tui.cli.records import found, typed
from agor_tui.cli.tables import TableColumn, table
from agor_tui.client.daemon import DaemonError
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.questions import request_title
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn("STATUS"),
    TableColumn("APPROVAL"),
    TableColumn("SESSION", drop=1),
    TableColumn("WANTS", gives=True),
    TableColumn("AGE", right=True, drop=2),
)
KINDS = {"allow_once": "once", "allow_always": "for good", "reject_once": "denies", "reject_always": "denies for good"}
"""What an option of this kind does."""
TONES = {"pending": Tone.WARNING, "allowed": Tone.SUCCESS, "denied": Tone.ERROR}

approval = group(
    "approval",
    "Permissions that agents ask for.",
    {
        "list": LazyVerb("agor_tui.cli.approvals:list_approvals", "List the pending approvals."),
        "allow": LazyVerb("agor_tui.cli.approvals:allow", "Allow a tool call."),
        "deny": LazyVerb("agor_tui.cli.approvals:deny", "Deny a tool call."),
    },
)


@verb("list")
@click.option("--all", "everything", is_flag=True, help="Include answered approvals.")
@limit_option
@pass_invocation
def list_approvals(invocation: Invocation, everything: bool, limit: int) -> None:
    """List the pending approvals."""
    query: dict[str, object] = {"$sort[created_at]": -1}
    if not everything:
        query["status"] = "pending"
    records = found(invocation.daemon, "approvals", query, limit)
    if invocation.json:
        invocation.out.record(records)
    elif not records:
        invocation.nothing("Nothing waits for an answer.", limit)
    else:
        asked = [typed(Approval, record) for record in records]
        head, *lines = table(COLUMNS, [_row(invocation, one) for one in asked], invocation.out.cells)
        invocation.out.line(head)
        for one, segments in zip(asked, lines, strict=True):
            invocation.out.line(segments)
            title = request_title(one.tool)
            if all(segment.text.strip() != title for segment in segments):
                invocation.out.text(f"    {title}")
            print_question(invocation, one.tool, indent=4)
            for option in one.options if one.status == "pending" else ():
                segments = [Segment(f"    {clean.exact(option.id)}  ", Tone.ACCENT), Segment(line(option.name))]
                invocation.out.line([*segments, Segment(f"  {KINDS.get(option.kind, option.kind)}", Tone.MUTED)])


@verb("allow")
@click.argument("approval_id", metavar="APPROVAL", type=ID)
@click.option("--always", is_flag=True, help="Also allow similar calls from now on, if the agent offers that.")
@click.option("--option", metavar="ID", help="One of the agent's own options, as the list names it.")
@pass_invocation
def allow(invocation: Invocation, approval_id: str, always: bool, option: str | None) -> None:
    """Allow a tool call. APPROVAL may also be the session that asks."""
    if always and option is not None:
        raise click.UsageError("--always and --option exclude each other: an option says for how long it allows.")
    _decide(invocation, approval_id, option or ("always" if always else "allow"))


@verb("deny")
@click.argument("approval_id", metavar="APPROVAL", type=ID)
@pass_invocation
def deny(invocation: Invocation, approval_id: str) -> None:
    """Deny a tool call. APPROVAL may also be the session that asks."""
    _decide(invocation, approval_id, "deny")


def _decide(invocation: Invocation, given: str, decision: str) -> None:
    daemon = invocation.daemon
    try:
        record = daemon.patch("approvals", given, {"decision": decision})
    except DaemonError as error:
        if error.code != 404:
            raise
        record = daemon.patch("approvals", _of_session(invocation, given, error), {"decision": decision})
    if invocation.json:
        invocation.out.record(record)
    else:
        answered = typed(Approval, record)
        invocation.out.line(
            [
                Segment(answered.status, TONES.get(answered.status, Tone.MUTED)),
                Segment(f"  {line(answered.tool.title) or answered.tool.kind}"),
            ]
        )


def _of_session(invocation: Invocation, given: str, unknown: DaemonError) -> str:
    """The pending approval of a session."""
    daemon = invocation.daemon
    try:
        session: dict[str, Any] = daemon.get("sessions", given)
    except DaemonError as error:
        if error.code == 404:
            raise unknown from None
        raise
    waiting = daemon.find("approvals", {"session_id": session["session_id"], "status": "pending"})["data"]
    if not waiting:
        raise NotFound("approval", given, f"The session {session['short_id']} waits for no answer.")
    return str(waiting[0]["approval_id"])


def _row(invocation: Invocation, asked: Approval) -> list[Segment]:
    return [
        Segment(asked.status, TONES.get(asked.status, Tone.MUTED)),
        Segment(asked.approval_id, Tone.MUTED),
        Segment(_short(asked.session_id), Tone.MUTED),
        Segment(request_title(asked.tool)),
        Segment(age(asked.created_at, invocation.now), Tone.MUTED),
    ]


def _short(identifier: str) -> str:
    from agor_core.ids import short_id

    return short_id(identifier)
