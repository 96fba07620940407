"""``python -m agor_core.agents.demo``: the demo agent on standard input and output, until its input ends."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from agor_core.agents.demo import children
from agor_core.agents.demo.agent import DemoAgent
from agor_core.agents.demo.history import History
from agor_core.agents.demo.jsonrpc import Connection


def main() -> None:
    """Serve; never returns."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _end)
    if sys.stdin.isatty():
        sys.stderr.write("This is an agent: it speaks the Agent Client Protocol on its standard input and output.\n")
    connection = Connection(sys.stdin.buffer, 1)
    try:
        connection.serve(DemoAgent(connection, History(_folder())).handle)
    except BrokenPipeError:
        pass
    finally:
        children.end_all()
    os._exit(0)  # a turn that still runs has nobody to speak to


def _end(number: int, _: Any) -> None:
    children.end_all()
    os._exit(128 + number)


def _folder() -> Path:
    if given := os.environ.get("AGOR_DEMO_HOME"):
        return Path(given)
    return Path(os.environ.get("AGOR_HOME") or "~/.agor").expanduser() / "agents" / "demo"


if __name__ == "__main__":
    main()
