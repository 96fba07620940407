"""tmux, where the app runs inside it: sequences for the terminal outside, and the buffer that it pastes from."""

import os
import subprocess
from collections.abc import Mapping

SECONDS = 2.0


def inside(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the app runs in tmux."""
    return bool((os.environ if environ is None else environ).get("TMUX"))


def passed_through(sequence: str) -> str:
    """A sequence that tmux gives on to the terminal outside, where ``allow-passthrough`` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def put(text: str) -> bool:
    """Put a text into tmux's buffer, and where it can into the clipboard outside; False if there is no tmux to ask."""
    for command in (["tmux", "load-buffer", "-w", "-"], ["tmux", "load-buffer", "-"]):  # -w since tmux 3.2
        try:
            done = subprocess.run(command, input=text.encode(), timeout=SECONDS, capture_output=True, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode == 0:
            return True
    return False


def also_copied(text: str) -> str:
    """Put a text into tmux's buffer as well, and the words that say so; empty outside of tmux."""
    return ", and into tmux's buffer" if inside() and put(text) else ""
