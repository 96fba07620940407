"""The commands of a repo: set-up and tear-down of worktrees, from its settings or from a committed ``.agor.toml``.

A repository is foreign: what its file says runs only after a person has seen it, which is remembered by its hash.
"""

import asyncio
import codecs
import contextlib
import hashlib
import os
import signal
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agor_core.domain.repo import Repo
from agor_core.domain.worktree import Worktree

FILE = ".agor.toml"
LARGEST_FILE = 64 * 1024
MOST_OUTPUT = 64 * 1024
"""Characters; of a longer output the end is kept."""
Kind = Literal["setup", "teardown", "check"]
KINDS = ("setup", "teardown", "check")
_AFTER_KILL = 5.0


@dataclass(frozen=True, slots=True)
class CommandFile:
    """A ``.agor.toml``: its whole ``text``, the ``hash`` of that, and the commands in it."""

    text: str
    hash: str
    commands: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a command: its exit code (None: the time was over) and the end of its output."""

    code: int | None
    output: str


def read_file(worktree: Path) -> CommandFile | None:
    """The command file of a working tree; None if there is none, or nothing in it can be read as a command."""
    file = worktree / FILE
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > LARGEST_FILE:
            return None
        content = file.read_bytes()
        document: dict[str, Any] = tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    commands: dict[str, str] = {
        kind: value for kind in KINDS if isinstance(value := document.get(kind), str) and value.strip()
    }
    return CommandFile(content.decode(), hashlib.sha256(content).hexdigest(), commands) if commands else None


def allowed_command(repo: Repo, worktree: Path, kind: Kind) -> str | None:
    """The command that may run without a question: of the settings, else of a file that was allowed."""
    own: str | None = getattr(repo.settings, kind)
    if own is not None:
        return own
    found = read_file(worktree)
    return found.commands.get(kind) if found is not None and found.hash in repo.trust.commands else None


def place_environment(repo: Repo, tree: Worktree) -> dict[str, str]:
    """What programs are told of the place where they run: paths, and the first of ten ports of their own."""
    ports = {} if tree.port_base is None else {"AGOR_PORT_BASE": str(tree.port_base)}
    return {"AGOR_REPO": repo.local_path, "AGOR_WORKTREE": tree.path, **ports}


async def run(
    command: str, cwd: Path, env: Mapping[str, str], *, seconds: float, on_output: Callable[[str], None] | None = None
) -> Result:
    """Run a command by the shell, in a process group of its own that is gone afterwards; ``on_output`` gets its end."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", command, cwd=cwd, env=dict(env), start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = ""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    try:
        async with asyncio.timeout(seconds):
            while process.stdout is not None and (piece := await process.stdout.read(16 * 1024)):
                output = (output + decoder.decode(piece).replace("\0", "\N{REPLACEMENT CHARACTER}"))[-MOST_OUTPUT:]
                if on_output is not None:
                    on_output(output)
            return Result(await process.wait(), output)
    except TimeoutError:
        return Result(None, output)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _AFTER_KILL)
