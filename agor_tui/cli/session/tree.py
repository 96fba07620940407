"""``agor session tree``: the drawing of a genealogy."""

from agor_core.domain.genealogy import Genealogy
from agor_tui.cli.context import session_argument
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import pass_invocation, verb
from agor_tui.cli.records import typed
from agor_tui.state.genealogy_lines import genealogy_lines
from agor_tui.state.genealogy_rows import genealogy_rows


@verb("tree")
@session_argument
@pass_invocation
def tree(invocation: Invocation, session: str) -> None:
    """Draw the tree of a session's forks and spawns.

    Time runs downward. A session is a line with its tasks as numbers; a fork branches off at the last task that it has
    in common with its source, a spawn hangs below its parent.
    """
    answer = invocation.daemon.call("GET", genealogy_path(session))
    if invocation.json:
        invocation.out.record(answer)
        return
    print_tree(invocation, typed(Genealogy, answer), _which(invocation, session))


def genealogy_path(session: str) -> str:
    """The path of a session's genealogy."""
    from urllib.parse import quote

    return f"/sessions/{quote(session, safe='')}/genealogy"


def print_tree(invocation: Invocation, genealogy: Genealogy, here: str, *, indent: int = 1) -> None:
    """Print the drawing of a genealogy; the session ``here`` is marked."""
    rows = genealogy_rows(genealogy, here=here, glyphs=invocation.glyphs)
    for segments in genealogy_lines(rows, invocation.out.cells - indent, invocation.glyphs):
        invocation.out.line(segments, indent=indent)


def _which(invocation: Invocation, given: str) -> str:
    return str(invocation.daemon.get("sessions", given)["session_id"])
