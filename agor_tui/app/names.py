"""The names that settings of the app may have: ``python -m agor_tui.app.names`` prints them as JSON.

The command line asks this process for them, as it does not load Textual itself.
"""

import json
import sys

from textual.theme import BUILTIN_THEMES

from agor_tui.app.controllers.registry import command_ids
from agor_tui.app.theme import THEMES


def names() -> dict[str, list[str]]:
    """The ``themes``, ours first, and the ids of the ``commands`` that can have a key of their own."""
    return {"themes": [*(one.name for one in THEMES), *BUILTIN_THEMES], "commands": sorted(command_ids())}


if __name__ == "__main__":
    json.dump(names(), sys.stdout)
