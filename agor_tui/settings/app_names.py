"""The names of the app's themes and commands, asked of a process that loads the app."""

import json
import subprocess
import sys
from typing import Literal, cast

_PATIENCE = 30
"""Seconds; it takes a third of one."""


def app_names(kind: Literal["themes", "commands"]) -> list[str]:
    """All names of a kind; none where the app cannot be loaded, so that a setting is not refused for that."""
    command = [sys.executable, "-m", "agor_tui.app.names"]
    try:
        ran = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return cast("list[str]", json.loads(ran.stdout)[kind])
