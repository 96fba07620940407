"""``agor approval …``: the permission requests of agents."""

from typing import Any

import click

from agor_core.domain.approval import Approval
from agor_core.errors import NotFound
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.questions import option_line, print_question
from agor_tui.cli.records import found, typed
from agor_tui.cli.tables import TableColumn, table
from agor_tui.client.daemon import DaemonError
from agor_tui.state.ages import age
from agor_tui.state.answers import grant_words
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
TONES = {"pending": Tone.WARNING, "allowed": Tone.SUCCESS, "denied": Tone.ERROR}

approval = group(
    "approval",
    "Permissions that agents ask for.",
    {
        "list": LazyVerb("agor_tui.cli.approvals:list_approvals", "List the pending approvals."),
        "allow": LazyVerb("agor_tui.cli.approvals:allow", "Allow a tool call."),
        "deny": LazyVerb("agor_tui.cli.approvals:deny", "Deny a tool call."),
        "grants": LazyVerb("agor_tui.cli.grants:list_grants", "List what is allowed from now on, or take it back."),
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
                styled = "".join(invocation.out.styled(part.text, part.tone) for part in option_line(option))
                invocation.out.text(f"    {styled}")


@verb("allow")
@click.argument("approval_id", metavar="APPROVAL", type=ID)
@click.option("--always", is_flag=True, help="Also from now on: as the agent offers it, else the same call, by Agor.")
@click.option("--option", metavar="ID", help="One of the agent's own options, as the list names it.")
@pass_invocation
def allow(invocation: Invocation, approval_id: str, always: bool, option: str | None) -> None:
    """Allow a tool call. APPROVAL may also be the session that asks."""
    if always and option is not None:
        raise click.UsageError("--always and --option exclude each other: an option says for how long it allows.")
    _decide(invocation, approval_id, {"decision": option or ("always" if always else "allow")})


@verb("deny")
@click.argument("approval_id", metavar="APPROVAL", type=ID)
@click.option("--reason", metavar="TEXT", help="Tell the agent why: in its turn if it can, else as the next prompt.")
@pass_invocation
def deny(invocation: Invocation, approval_id: str, reason: str | None) -> None:
    """Deny a tool call. APPROVAL may also be the session that asks."""
    _decide(invocation, approval_id, {"decision": "deny"} if reason is None else {"decision": "deny", "reason": reason})


def _decide(invocation: Invocation, given: str, answer: dict[str, Any]) -> None:
    daemon = invocation.daemon
    try:
        record = daemon.patch("approvals", given, answer)
    except DaemonError as error:
        if error.code != 404:
            raise
        record = daemon.patch("approvals", _of_session(invocation, given, error), answer)
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
        if answered.granted == "kept":
            invocation.notice(
                f"Allowed: {grant_words(answered.tool)}. agor approval grants lists it, and takes it back."
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
