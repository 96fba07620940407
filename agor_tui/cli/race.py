"""``agor race``: one prompt, several attempts."""

from contextlib import closing
from typing import Any

import click

from agor_core.domain.check import CheckStatus
from agor_core.domain.race import Race
from agor_core.domain.task import ENDED
from agor_core.ids import new_id
from agor_tui.cli.exits import Exit
from agor_tui.cli.folders import absolute
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.records import session_of, typed
from agor_tui.client.feed import follow
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment
from agor_tui.state.titles import session_title

SERVICES = ("sessions", "checks")


@verb("race")
@click.argument("prompt", metavar="PROMPT")
@click.option("-a", "--agent", "agents", metavar="NAMES", multiple=True, required=True, help="Agents, with commas.")
@click.option("--times", metavar="N", type=click.IntRange(1, 20), help="Attempts by each agent.")
@click.option("--check", "command", metavar="COMMAND", help="A command that judges each attempt's files.")
@click.option("--at", metavar="TASK", help="Fork this task, by id, or by number with --session; else new sessions.")
@click.option("--session", metavar="SESSION", type=ID, help="The session that --at is a task of.")
@click.option("-t", "--title", help="The title of the attempts; else made from the prompt.")
@click.option("-b", "--board", metavar="BOARD", type=ID, help="The board for the attempts, by slug or id.")
@click.option("--cwd", metavar="FOLDER", help="The folder to work in; else the current one.")
@click.option("--repo", metavar="REPO", type=ID, help="Work in this repo, by slug or id, instead of a folder.")
@click.option("--base", metavar="COMMIT", help="Where all begin: a branch, tag or commit; else HEAD.")
@click.option("-w", "--wait", is_flag=True, help="Wait for all; the exit code is 0 if one of them succeeded.")
@pass_invocation
def race(invocation: Invocation, /, prompt: str, agents: tuple[str, ...], wait: bool, **options: Any) -> int:
    """Give one prompt to several agents, each in a session of its own, from one commit.

    PROMPT is - for stdin. The check runs after each attempt's task.
    """
    body = _body(invocation, prompt_text(prompt), agents, options)
    daemon = invocation.daemon
    if not wait:
        made = daemon.call("POST", "/races", body=body)
        _show(invocation, made)
        return Exit.OK
    with closing(follow(invocation.paths, services=SERVICES)) as frames:
        next(frames)
        made = daemon.call("POST", "/races", body=body)
        while not _over(sessions := _attempts(invocation, made), checked=made["check"] is not None):
            next(frames)
    _show(invocation, invocation.daemon.get("races", made["race_id"]))
    return (
        Exit.OK if any(_succeeded(session, checked=made["check"] is not None) for session in sessions) else Exit.FAILED
    )


def _body(invocation: Invocation, prompt: str, agents: tuple[str, ...], options: dict[str, Any]) -> dict[str, Any]:
    names = [name.strip() for given in agents for name in given.split(",")]
    if not all(names):
        raise click.UsageError("--agent takes names with commas between them, such as claude-code,codex.")
    at = options["at"]
    if at is not None and at.isdecimal() and len(at) <= 6:
        if options["session"] is None:
            raise click.UsageError("--at with a number needs --session; a task's id does not.")
        options["at"] = int(at)
    body = {name: value for name, value in options.items() if value is not None and name not in ("command", "cwd")}
    body |= {"prompt": prompt, "agents": names, "race_id": new_id()}
    if options["command"] is not None:
        body["check"] = options["command"]
    if at is None and (options["cwd"] is not None or options["repo"] is None):
        body["cwd"] = absolute("." if options["cwd"] is None else options["cwd"], "--cwd")
    if "board" not in body and "board" in invocation.defaults:
        body["board"] = invocation.defaults["board"].value
    return body


def _attempts(invocation: Invocation, made: dict[str, Any]) -> list[dict[str, Any]]:
    return [invocation.daemon.get("sessions", session_id) for session_id in made["session_ids"]]


def _over(sessions: list[dict[str, Any]], *, checked: bool) -> bool:
    """Whether all tasks have ended, and the checks after them."""
    return all(_ended(session) and (not checked or _judged(session)) for session in sessions)


def _ended(session: dict[str, Any]) -> bool:
    return (session.get("current") or {}).get("status") in ENDED


def _judged(session: dict[str, Any]) -> bool:
    """Whether the check after the task has ended; none follows a task that was cancelled."""
    check, current = session.get("check") or {}, session["current"]
    if check.get("task_id") != current["task_id"]:
        return bool(current["status"] == "cancelled")
    return check.get("status") != CheckStatus.RUNNING


def _succeeded(session: dict[str, Any], *, checked: bool) -> bool:
    done = session["current"]["status"] == "completed"
    return done and (not checked or (session.get("check") or {}).get("status") == CheckStatus.PASSED)


def _show(invocation: Invocation, record: dict[str, Any]) -> None:
    out = invocation.out
    if invocation.json:
        out.record(record)
    elif invocation.quiet:
        out.text(str(record["race_id"]))
    else:
        made = typed(Race, record)
        for answer in _attempts(invocation, record):
            session = session_of(answer)
            mark = invocation.glyphs.session(session.status)
            facts = [Segment(str(mark), mark.tone), Segment(f"  {session.short_id}", Tone.MUTED)]
            if session.check is not None:
                judged = invocation.glyphs.check(session.check.status)
                facts.append(Segment(f"  {judged}", judged.tone))
            out.line(
                [
                    *facts,
                    Segment(f"  {session_title(session)}", Tone.STRONG),
                    Segment(f"  {line(session.agent)}", Tone.MUTED),
                ]
            )
        if made.session_ids:
            invocation.notice(f"Its tree: agor session tree {made.session_ids[0]}")
