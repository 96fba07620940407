"""The program ``agor``: it alone chooses between the full-screen app and the command line."""

import sys
from collections.abc import Sequence

from agor_core.config.paths import Paths
from agor_core.errors import AgorError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``agor`` with these arguments, by default those of the process; answers the exit code.

    Where the app opens at once, the command line is not loaded, which takes as long as a third of the app.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    failed: AgorError | None = None
    try:
        if not arguments and (code := _open_app(Paths.from_environment())) is not None:
            return code
    except AgorError as error:
        failed = error
    from agor_tui.cli.root import run, told

    return run(arguments, _open_app) if failed is None else told(failed)


def _open_app(paths: Paths) -> int | None:
    """Open the app if there is a terminal to open it in."""
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        return None
    from agor_tui.app.application import run as run_app  # Textual takes a third of a second to load

    return run_app(paths)


def _is_terminal(stream: object) -> bool:
    """Whether a stream, which may be closed, is a terminal."""
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty is not None and isatty())
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
