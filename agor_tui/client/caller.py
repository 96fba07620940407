"""Whether an agent gives this command, as the daemon sees it: for commands that do without the daemon."""

from agor_core.config.paths import Paths
from agor_core.config.settings import EVERYTHING
from agor_core.errors import AgorError
from agor_tui.client.daemon import Daemon
from agor_tui.client.errors import DaemonError, NoDaemon

SECONDS = 1.0
"""Timeout of the question: where no daemon answers, no agent can be told."""


class NotForAgents(AgorError):
    """An agent gave a command that is for people."""


def check_may(paths: Paths, right: str, phrase: str) -> None:
    """Raises NotForAgents if an agent gives this command and has not the right to ``phrase``, such as "stop it".

    It keeps an agent from what it should not do by the command line; files that its user may read or write it can
    reach without.
    """
    daemon = Daemon(paths, timeout=SECONDS)
    try:
        caller = daemon.call("GET", "/caller")
    except (NoDaemon, DaemonError):
        return
    finally:
        daemon.close()
    if caller["agent"] and not {right, EVERYTHING} & {*caller["may"]}:
        raise NotForAgents(
            f"An agent asks this, and may not {phrase}. A person may allow that to agents: "
            f'may = ["{right}"] under [agents] in config.toml.'
        )
