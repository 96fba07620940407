"""``agor pr …``: a session's branch pushed and offered as a pull request, and what becomes of it."""

from typing import Any
from urllib.parse import quote

import click

from agor_core.domain.pull_request import Publication, PullRequest, PullRequestStatus
from agor_core.errors import InvalidInput
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, LazyVerb, group, pass_invocation, verb
from agor_tui.cli.records import typed
from agor_tui.cli.removal import guarded
from agor_tui.state.clean import block, line
from agor_tui.state.glyphs import Tone
from agor_tui.state.landing_facts import failing_prompt, pull
from agor_tui.state.segments import Segment

MARKS = {"passed": Tone.SUCCESS, "failed": Tone.ERROR, "pending": Tone.ACCENT}

pr = group(
    "pr",
    "Offer a session's branch as a pull request.\n\n"
    "By gh or glab, with your own sign-in there; where neither is installed, the commands to type are printed.",
    {
        "create": LazyVerb("agor_tui.cli.pull_requests:create", "Push the branch and open a pull request."),
        "status": LazyVerb("agor_tui.cli.pull_requests:status", "Say how the pull request and its checks stand."),
    },
)


@verb("create")
@click.argument("session", metavar="SESSION", type=ID)
@click.option("--into", metavar="BRANCH", help="The branch to offer to; else the one that the session began from.")
@click.option("--title", metavar="TEXT", help="The title; else the session's.")
@click.option("--body", metavar="TEXT", help="The text; else the prompts.")
@click.option("-e", "--edit", is_flag=True, help="Edit title and text first.")
@click.option("--draft", is_flag=True, help="Open it as a draft.")
@click.option("--commit", is_flag=True, help="Commit what is uncommitted first.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@pass_invocation
def create(
    invocation: Invocation,
    session: str,
    into: str | None,
    title: str | None,
    body: str | None,
    edit: bool,
    draft: bool,
    commit: bool,
    dry_run: bool,
) -> int:
    """Push the branch and open a pull request.

    The URL is noted on the session. A pull request that is open already is found, and the branch pushed.
    """
    given = {"into": into, "title": title, "body": body}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    asked |= {"draft": draft, "commit": commit}
    path = f"/sessions/{quote(session, safe='')}/publish"
    ends: list[int] = []

    def work() -> None:
        if edit:
            planned = typed(Publication, invocation.daemon.call("POST", path, body={**asked, "dry_run": True}))
            asked.update(_edited(planned))
        record = invocation.daemon.call("POST", path, body={**asked, "dry_run": dry_run})
        ends.append(_show(invocation, record, dry_run=dry_run))

    code = guarded(invocation, work)
    return ends[0] if ends else code


@verb("status")
@click.argument("session", metavar="SESSION", type=ID)
@click.option(
    "--log", metavar="CHECK", is_flag=False, flag_value="", help="Print a check's log; else the first failed."
)
@click.option("--send", is_flag=True, help="Send that log to the session's agent, to mend it.")
@pass_invocation
def status(invocation: Invocation, session: str, log: str | None, send: bool) -> None:
    """Say how the pull request and its checks stand."""
    wanted = "" if send and log is None else log
    path = f"/sessions/{quote(session, safe='')}/pull_request"
    record = invocation.daemon.call("POST", path, body={} if wanted is None else {"log": wanted})
    seen = typed(PullRequestStatus, record)
    if send and seen.log is not None:
        prompt = failing_prompt(seen.check or "a check", seen.log)
        task = invocation.daemon.act(seen.session_id, "prompt", {"prompt": prompt})
        if invocation.json:
            invocation.out.record(task)
        else:
            invocation.notice(f"The log of {line(seen.check)} is sent: agor session watch {seen.session_id}")
        return
    if invocation.json:
        invocation.out.record(record)
        return
    _show_request(invocation, seen.pull_request)
    if seen.log is not None:
        invocation.out.text(block(seen.log))


def _show(invocation: Invocation, record: dict[str, Any], *, dry_run: bool) -> int:
    done = typed(Publication, record)
    by_hand = done.program is None
    if invocation.json:
        invocation.out.record(record)
    elif done.pull_request is not None and not dry_run:
        _show_request(invocation, done.pull_request)
    else:
        facts = (("branch", f"{done.branch} to {done.remote}"), ("into", done.target), ("title", done.title))
        for name, value in (*facts, ("by", done.program or "hand"), ("but", done.obstacle or "")):
            if value:
                invocation.out.line([Segment(f"{name:<8} ", Tone.MUTED), Segment(line(value))])
        for text in block(done.body).splitlines():
            invocation.out.line([Segment(text, Tone.MUTED)], indent=9)
    if by_hand and not invocation.json:
        invocation.notice("Neither gh nor glab is there for this remote; type or open:")
        for command in done.commands:
            invocation.notice(f"  {line(command)}")
    return Exit.FAILED if by_hand and not dry_run else Exit.OK


def _show_request(invocation: Invocation, request: PullRequest) -> None:
    out = invocation.out
    out.line([Segment(line(request.url), Tone.STRONG), Segment(f"  {pull(request)}", Tone.MUTED)])
    for check in request.checks:
        tone = MARKS.get(check.state, Tone.MUTED)
        out.line([Segment(f"{line(check.state):<8} ", tone), Segment(line(check.name))], indent=2)


def _edited(planned: Publication) -> dict[str, str]:
    """Title and text as a person edited them. Raises InvalidInput for an empty title."""
    text = click.edit(f"{planned.title}\n\n{planned.body}\n", extension=".md", require_save=False) or ""
    title, _, body = text.strip().partition("\n")
    if not title.strip():
        raise InvalidInput("The title is empty, so nothing was published.", place="title")
    return {"title": title.strip(), **({"body": body.strip()} if body.strip() else {})}
