"""``agor agent list``: the known agents."""

from agor_core.domain.agent import AgentInfo
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, group, pass_invocation, verb
from agor_tui.cli.records import typed
from agor_tui.cli.tables import TableColumn
from agor_tui.state.agents import version
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

COLUMNS = (
    TableColumn(""),
    TableColumn("NAME"),
    TableColumn("TITLE", drop=1),
    TableColumn("VERSION", drop=2),
    TableColumn("", gives=True),
)

agent = group(
    "agent",
    "The known agents, and how to install them.",
    {"list": LazyVerb("agor_tui.cli.agents:list_agents", "List the agents.")},
)


@verb("list")
@pass_invocation
def list_agents(invocation: Invocation) -> None:
    """List the agents."""
    records = invocation.daemon.find("agents")["data"]
    if invocation.json:
        invocation.out.record(records)
        return
    rows = [_row(invocation, typed(AgentInfo, record)) for record in records]
    invocation.out.table(COLUMNS, rows)


def _row(invocation: Invocation, info: AgentInfo) -> list[Segment]:
    glyphs = invocation.glyphs
    mark = (glyphs.done, "installed") if info.installed else (glyphs.idle, "not installed")
    return [
        Segment(" ".join(mark), Tone.SUCCESS if info.installed else Tone.MUTED),
        Segment(line(info.name), Tone.STRONG),
        Segment(line(info.title)),
        Segment(version(info), Tone.MUTED),
        Segment(" ".join(map(line, info.command)) if info.installed else how_to_get(info), Tone.MUTED),
    ]


def how_to_get(info: AgentInfo) -> str:
    """How to install an agent; for an agent of the config, its missing program is all that is known."""
    program = line(info.command[0]) if info.command else ""
    return line(info.install_hint) or f"there is no program {program!r}; see agents.{line(info.name)}.command"
