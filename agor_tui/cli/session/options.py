"""``agor session set``, and the options of the verbs that make sessions: mode, model and further ones of the agent."""

from collections.abc import Sequence
from typing import Any

import click

from agor_core.domain.agent import AgentInfo
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, together, verb
from agor_tui.cli.records import session_of, typed
from agor_tui.cli.session.answers import answer
from agor_tui.state.agent_options import choosable, info_of
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

MAIN = ("mode", "model")
agent_options = together(
    click.option("--mode", help="The agent's permission mode."),
    click.option("--model", help="The agent's model."),
    click.option(
        "-o", "--option", "pairs", metavar="NAME=VALUE", multiple=True, help="A further option, such as effort=high."
    ),
)
"""The options of the verbs that make sessions."""


def options_of(pairs: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` pairs by name. Raises UsageError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"Write NAME=VALUE, as in effort=high, not {pair!r}.")
        found[name.strip()] = value.strip()
    return found


@verb("set")
@click.argument("session", metavar="SESSION", type=ID)
@click.argument("pairs", metavar="[NAME=VALUE]…", nargs=-1)
@pass_invocation
def set_options(invocation: Invocation, session: str, pairs: tuple[str, ...]) -> None:
    """Change mode, model and further options of the agent, as in: mode=plan model=opus effort=high.

    The agent is told at once. Without a pair it lists what the agent offers. mode= and model= without a value leave it
    to the agent, if it does not run.
    """
    given = options_of(pairs)
    if not given:
        _list(invocation, session)
        return
    body: dict[str, Any] = {name: value or None for name, value in given.items() if name in MAIN}
    if options := {name: value for name, value in given.items() if name not in MAIN}:
        body["options"] = options
    answer(invocation, invocation.daemon.patch("sessions", session, body))


def _list(invocation: Invocation, session: str) -> None:
    """List what there is to choose, with what is in use."""
    record = invocation.daemon.get("sessions", session)
    shown = session_of(record)
    found = [typed(AgentInfo, one) for one in invocation.daemon.find("agents", {"name": shown.agent})["data"]]
    offered = choosable(info_of(found, shown.agent), shown)
    if invocation.json:
        invocation.out.record(record)
        return
    if not offered:
        invocation.notice(f"What {line(shown.agent)} offers is known once it has run.")
    for one in offered:
        invocation.out.line([Segment(line(one.key), Tone.STRONG), Segment(f"  {line(one.name)}", Tone.MUTED)])
        for value in one.values:
            mark = invocation.glyphs.running if value.id == one.now else " "
            named = "" if value.name == value.id else f"  {line(value.name)}"
            invocation.out.line([Segment(f"  {mark} "), Segment(line(value.id)), Segment(named, Tone.MUTED)])
