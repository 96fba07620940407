"""Finds an agent's program on this machine."""

import os
import shutil

from agor_core.agents.registry import AgentSpec


def resolve_command(spec: AgentSpec, path: str) -> tuple[str, ...] | None:
    """The command with its program's full path, looked up on a ``PATH``; None if it is not installed."""
    program, *arguments = spec.command
    found = shutil.which(os.path.expanduser(program), path=path)  # noqa: PTH111 - keeps a bare name bare
    return None if found is None else (found, *arguments)
