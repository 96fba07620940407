"""What ends with the daemon: said before it is stopped or restarted, and how to go on afterwards."""

from agor_core.domain.approval import Approval
from agor_core.errors import AgorError
from agor_core.ids import short_id
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.records import typed
from agor_tui.client.daemon import Daemon
from agor_tui.state.figures import counted
from agor_tui.state.questions import request_title

MOST = 100
SECONDS = 5.0


def tell_what_ends(invocation: Invocation) -> int:
    """Say which questions wait and how many turns run; how many of both. A daemon that does not answer has none."""
    daemon = Daemon(invocation.paths, timeout=SECONDS)
    try:
        waiting = daemon.find("approvals", {"status": "pending", "$sort[created_at]": 1, "$limit": MOST})["data"]
        running = int(daemon.health().get("sessions_running") or 0)
    except AgorError:
        return 0
    finally:
        daemon.close()
    if waiting:
        invocation.notice(f"{counted(len(waiting), 'question')} wait{'s' if len(waiting) == 1 else ''} for an answer:")
    for record in waiting:
        asked = typed(Approval, record)
        invocation.notice(f"  {short_id(asked.session_id)} wants: {request_title(asked.tool)}")
    if running:
        task = "The task that runs is" if running == 1 else f"The {running} tasks that run are"
        invocation.notice(f"{task} cancelled{', and so is each question' if waiting else ''}.")
    return running


def tell_how_to_go_on(invocation: Invocation, ended: int) -> None:
    """Say how what was cancelled goes on."""
    if ended:
        invocation.notice("agor session restore --all lets it go on." if ended == 1 else GO_ON)


GO_ON = "agor session restore --all lets them go on."
