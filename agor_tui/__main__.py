"""The program ``agor``: it alone chooses between the full-screen app and the command line."""

import sys
from collections.abc import Sequence

from agor_core.config.paths import Paths
from agor_tui.cli.root import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``agor`` with these arguments, by default those of the process; answers the exit code."""
    return run(sys.argv[1:] if arguments is None else arguments, _open_app)


def _open_app(paths: Paths) -> int | None:
    """Open the app if there is a terminal to open it in."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from agor_tui.app.application import run as run_app  # Textual takes a third of a second to load

    return run_app(paths)


if __name__ == "__main__":
    sys.exit(main())
