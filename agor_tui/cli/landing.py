"""``agor land …``: a session's work brought into a branch, and taken back."""

import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import click

from agor_core.domain.check import CheckStatus
from agor_core.domain.landing import HOWS, Landing, LandingPlan
from agor_core.domain.session import Session
from agor_core.errors import InvalidInput, NotFound
from agor_core.ids import new_id
from agor_tui.cli.check_waiting import run_check
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, limit_option, pass_invocation, verb
from agor_tui.cli.records import PAGE, found, reference, session_of, typed
from agor_tui.cli.removal import guarded
from agor_tui.cli.tables import TableColumn
from agor_tui.client.errors import DaemonError
from agor_tui.state.ages import age
from agor_tui.state.clean import block, line
from agor_tui.state.glyphs import Tone
from agor_tui.state.landing_facts import done, facts, resolving_prompt
from agor_tui.state.segments import Segment
from agor_tui.state.titles import session_title

COLUMNS = (
    TableColumn("ID"),
    TableColumn("MESSAGE", gives=True),
    TableColumn("INTO"),
    TableColumn("AT"),
    TableColumn("HOW", drop=1),
    TableColumn("STATUS"),
    TableColumn("SINCE", right=True),
)

land = group(
    "land",
    "Bring a session's work into a branch.\n\n"
    "agor land SESSION does it: by default everything as one commit on the branch that the session began from, made "
    "by your own git with your hooks, signing and identity. Nothing changes where it conflicts, or where uncommitted "
    "work is in the way; --dry-run says all that beforehand.",
    {
        "undo": LazyVerb("agor_tui.cli.landing:undo", "Take a landing back."),
        "list": LazyVerb("agor_tui.cli.landing:list_landings", "List landings, the latest first."),
    },
    default=LazyVerb("agor_tui.cli.landing:land_session", "Bring a session's work into a branch."),
)


@verb("land")
@click.argument("session", metavar="SESSION", type=ID)
@click.option("--into", metavar="BRANCH", help="The branch; else the one that the session began from.")
@click.option("--how", type=click.Choice(HOWS), default="squash", show_default=True, help="In which form.")
@click.option("-m", "--message", metavar="TEXT", help="The commit's message; else the title and the prompts.")
@click.option("-e", "--edit", is_flag=True, help="Edit the message first.")
@click.option("--commit", is_flag=True, help="For merge and rebase: commit what is uncommitted first.")
@click.option("--check", is_flag=True, help="First run the repo's check; nothing lands unless it passes.")
@click.option("--dry-run", is_flag=True, help="Only say what it would meet.")
@click.option("--archive", is_flag=True, help="Then archive the session, and let its worktree go.")
@click.option("--rivals", is_flag=True, help="Do the same with the other attempts; with --archive.")
@click.option("--resolve", is_flag=True, help="Where it conflicts, prompt the agent to bring the branch in.")
@pass_invocation
def land_session(
    invocation: Invocation,
    session: str,
    into: str | None,
    how: str,
    message: str | None,
    edit: bool,
    commit: bool,
    check: bool,
    dry_run: bool,
    archive: bool,
    rivals: bool,
    resolve: bool,
) -> int:
    """Bring a session's work into a branch.

    The commit is made in a scratch worktree by your own git, with your hooks, signing and identity; then the branch
    moves forward, in your checkout too if it is checked out. It is refused, with the files named, where it conflicts
    and where uncommitted work in the checkout is in the way; nothing changes then.
    """
    if rivals and not archive:
        raise click.UsageError("--rivals goes with --archive.")
    body: dict[str, Any] = {"how": how, "commit": commit}
    body |= {name: value for name, value in (("into", into), ("message", message)) if value is not None}
    path = f"/sessions/{quote(session, safe='')}/land"
    failed: list[LandingPlan] = []

    def work() -> None:
        if dry_run or edit or resolve or check:
            record = invocation.daemon.call("POST", path, body={**body, "dry_run": True})
            plan = typed(LandingPlan, record)
            if dry_run:
                _show_plan(invocation, record, plan)
                return
            if plan.conflicts and plan.obstacle is None and resolve:
                _resolve(invocation, plan)
                return
            if check and not _passes(invocation, plan):
                failed.append(plan)
                return
            body["message"] = _edited(plan.message) if edit else plan.message
        _land(invocation, path, body, archive=archive, rivals=rivals)

    code = guarded(invocation, lambda: _with_ways_out(invocation, work, path, body))
    if failed:
        invocation.refuse("The check did not pass, so nothing was landed.")
        return Exit.REFUSED
    return code


@verb("undo")
@click.argument("landing", metavar="LANDING|SESSION", type=ID)
@click.option("--keep", is_flag=True, help="Only by going back, which keeps uncommitted work; the default.")
@click.option("--revert", is_flag=True, help="By a commit of its own, if the branch has moved on.")
@pass_invocation
def undo(invocation: Invocation, landing: str, keep: bool, revert: bool) -> int:
    """Take a landing back.

    As long as the branch is where the landing left it, it goes back, and uncommitted work stays. Later only a commit
    of its own takes it back, with --revert. A session stands for its latest landing.
    """
    if keep and revert:
        raise click.UsageError("--keep and --revert exclude each other.")
    identifier = _landing_id(invocation, landing)
    return guarded(invocation, lambda: _undo(invocation, identifier, revert=revert))


@verb("list")
@click.argument("session", metavar="[SESSION]", type=ID, required=False)
@limit_option
@pass_invocation
def list_landings(invocation: Invocation, session: str | None, limit: int) -> None:
    """List landings, the latest first; those of a SESSION if it is given."""
    query: dict[str, object] = {"$sort[created_at]": -1}
    if session is not None:
        query["session_id"] = reference(invocation.daemon, "sessions", session, "session_id")
    records = found(invocation.daemon, "landings", query, limit)
    if invocation.json:
        invocation.out.record(records)
    elif not records:
        invocation.nothing("Nothing has landed yet.", limit)
    else:
        invocation.out.table(COLUMNS, [_row(invocation, typed(Landing, record)) for record in records])


def _land(invocation: Invocation, path: str, body: dict[str, Any], *, archive: bool, rivals: bool) -> None:
    record = invocation.daemon.call("POST", path, body={**body, "landing_id": new_id()})
    landing = typed(Landing, record)
    if not invocation.json:
        invocation.out.text(done(landing))
        invocation.notice(f"To take it back: agor land undo {landing.landing_id}")
    away = [] if invocation.json and not archive else _attempts(invocation, landing.session_id)
    for number, attempt in enumerate(away):
        if archive and (rivals or not number):
            _put_away(invocation, attempt.session_id)
        elif not invocation.json:
            identifier = attempt.session_id
            invocation.notice(f"To put away “{session_title(attempt)}”: agor session archive {identifier} --release")
    if invocation.json:
        invocation.out.record(record)


def _attempts(invocation: Invocation, session_id: str) -> list[Session]:
    """The session, and other attempts at the same: of its race, else forks from the same point."""
    session = session_of(invocation.daemon.get("sessions", session_id))
    point = session.genealogy.fork_point_task_id
    if session.race_id is not None:
        query: dict[str, object] = {"race_id": session.race_id}
    elif point is not None:
        query = {"genealogy.fork_point_task_id": point}
    else:
        return [session]
    others = [session_of(record) for record in found(invocation.daemon, "sessions", query, PAGE)]
    return [session, *(other for other in others if other.session_id != session_id)]


def _with_ways_out(invocation: Invocation, work: Callable[[], None], path: str, body: dict[str, Any]) -> None:
    """Do it; where files conflict, say besides how to resolve that."""
    try:
        work()
    except DaemonError as error:
        if "conflicts" in error.failure.errors:
            plan = typed(LandingPlan, invocation.daemon.call("POST", path, body={**body, "dry_run": True}))
            if plan.conflicts and plan.obstacle is None:
                target, place = line(plan.target), shlex.quote(plan.worktree)
                invocation.notice(f"Let the agent bring {target} in: agor land {plan.session_id} --resolve")
                invocation.notice(f"Or do it yourself: cd {place} && git merge {target}")
        raise


def _passes(invocation: Invocation, plan: LandingPlan) -> bool:
    """Whether the check of the files passes; it is not run again where it did."""
    if plan.checked and plan.check is not None and plan.check.status == CheckStatus.PASSED:
        return True
    record = run_check(invocation, plan.session_id, {"check_id": new_id()})
    if record["status"] != CheckStatus.PASSED:
        for text in block(record["tail"]).splitlines():
            invocation.notice(f"  {text}")
    return bool(record["status"] == CheckStatus.PASSED)


def _undo(invocation: Invocation, identifier: str, *, revert: bool) -> None:
    path = f"/landings/{quote(identifier, safe='')}/undo"
    record = invocation.daemon.call("POST", path, body={"revert": revert})
    if invocation.json:
        invocation.out.record(record)
    else:
        invocation.out.text(done(typed(Landing, record)))


def _show_plan(invocation: Invocation, record: dict[str, Any], plan: LandingPlan) -> None:
    out = invocation.out
    if invocation.json:
        out.record(record)
        return
    for name, segments in facts(plan, invocation.glyphs):
        out.line([Segment(f"{name:<10} ", Tone.MUTED), *segments])
    for number, text in enumerate(plan.message.rstrip("\n").split("\n")):
        out.line([Segment(f"{'' if number else 'message':<10} ", Tone.MUTED), Segment(line(text))])


def _resolve(invocation: Invocation, plan: LandingPlan) -> None:
    """Prompt the agent to bring the target in."""
    task = invocation.daemon.act(plan.session_id, "prompt", {"prompt": resolving_prompt(plan)})
    if invocation.json:
        invocation.out.record(task)
    else:
        invocation.notice(f"The agent brings {line(plan.target)} in: agor session watch {plan.session_id}")


def _put_away(invocation: Invocation, session_id: str) -> None:
    """Archive a session and let its worktree go; what a guard refuses is said, and stays."""
    try:
        gone = session_of(invocation.daemon.remove("sessions", session_id))
        if gone.repo.worktree_id is not None and gone.repo.managed_worktree:
            invocation.daemon.call("POST", f"/worktrees/{gone.repo.worktree_id}/release", body={})
    except DaemonError as error:
        invocation.notice(f"{session_id} is not wholly put away: {error.message}")
    else:
        invocation.notice(f"“{session_title(gone)}” is archived; agor session archive {session_id} --undo restores it.")


def _landing_id(invocation: Invocation, given: str) -> str:
    """The id of a landing, or of a session's latest one."""
    try:
        return str(invocation.daemon.get("landings", given)["landing_id"])
    except DaemonError as error:
        if error.code != 404:
            raise
    try:
        session: Session = session_of(invocation.daemon.get("sessions", given))
    except DaemonError as error:
        if error.code != 404:
            raise
        raise NotFound("landing", given, f"No landing and no session has the id {given!r}.") from None
    if session.landed is None:
        raise NotFound("landing", given, f"Nothing of the session {session.short_id} has landed.")
    return session.landed.landing_id


def _edited(message: str) -> str:
    """The message as a person edited it. Raises InvalidInput for an empty one."""
    text = click.edit(message, extension=".txt", require_save=False)
    if text is None or not text.strip():
        raise InvalidInput("The message is empty, so nothing was landed.", place="message")
    return text


def _row(invocation: Invocation, landing: Landing) -> list[Segment]:
    return [
        Segment(landing.landing_id, Tone.MUTED),
        Segment(line(landing.message.partition("\n")[0]), Tone.STRONG),
        Segment(line(landing.target)),
        Segment(landing.after[:7]),
        Segment(landing.how, Tone.MUTED),
        Segment(str(landing.status)),
        Segment(age(landing.created_at, invocation.now), Tone.MUTED),
    ]
