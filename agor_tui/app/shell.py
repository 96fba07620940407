"""The user's shell and editor in a session's folder."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from agor_core.domain.session import Session
from agor_tui.state import clean

GONE = "The folder {folder} is not there any more; a prompt makes a worktree again."
WELCOME = "{folder}\nThis is the folder of the session {title}; exit or Ctrl+D goes back to agor.\n"


def refusal(session: Session) -> str | None:
    """Why no program can run in the session's folder; None if one can."""
    folder = session.repo.cwd
    return None if Path(folder).is_dir() else GONE.format(folder=clean.line(folder))


def run_shell(session: Session) -> str | None:
    """Run the user's shell in the folder until it ends; the reason if it could not be run.

    There ``agor`` takes the session for the one that is meant where none is named.
    """
    title = clean.line(session.title) or session.short_id
    os.write(1, WELCOME.format(folder=clean.line(session.repo.cwd), title=title).encode())
    return _run([os.environ.get("SHELL") or "/bin/sh"], session, "SHELL")


def run_editor(session: Session) -> str | None:
    """Run the user's editor with the folder until it ends; the reason if it could not be run."""
    try:
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    except ValueError as error:
        return f"The editor cannot be run: {error}. Set EDITOR to its command."
    return _run([*command, "."], session, "EDITOR")


def _run(command: Sequence[str], session: Session, variable: str) -> str | None:
    try:
        environment = {**os.environ, "AGOR_CONTEXT_SESSION": session.session_id}
        subprocess.run(command, cwd=session.repo.cwd, env=environment, check=False)
    except (OSError, ValueError) as error:
        return f"{command[0]} cannot be run: {error}. Set {variable} to another program."
    return None
