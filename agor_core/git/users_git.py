"""Git as its user runs it, with the user's hooks, signing, identity and config: for what a person asked to be done.

Everything else goes through :mod:`agor_core.git.process`, where none of those run. Here, too, nobody is asked anything.
Output goes to files and not to pipes: a git whose reader is killed goes on to its end.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agor_core.errors import Conflict, GitFailed
from agor_core.git.durability import SYNCED
from agor_core.git.environment import USERS_OWN
from agor_core.git.porcelain import printable
from agor_core.git.process import LARGEST_STDERR, Outcome, not_started

HOOKS_TIMEOUT = 900.0
"""Seconds that a command may take with its hooks."""
MOST_SAID = 6
LONGEST_SAID = 600
_IDENTITY = ("GIT_AUTHOR_", "GIT_COMMITTER_")
_QUIET = {
    "GIT_EDITOR": "true",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_PAGER": "cat",
    "GIT_SEQUENCE_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "",
    "LC_MESSAGES": "C",
}
_STEADY = (
    ("advice.statusHints", "false"),
    ("core.quotePath", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("merge.ff", "true"),
    ("merge.stat", "false"),
    ("rebase.updateRefs", "false"),
)
"""What a config may change about the commands that are run here, so that they would not do what is expected."""


@dataclass(frozen=True, slots=True)
class UsersGit:
    """Runs git with these variables; ``config`` comes on top of the user's own."""

    environ: Mapping[str, str]
    config: tuple[tuple[str, str], ...] = ()

    async def attempt(
        self,
        *arguments: str,
        cwd: Path,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = HOOKS_TIMEOUT,
    ) -> Outcome:
        """Run git. Raises GitFailed if it cannot be started or takes too long."""
        run = run_program("git", *arguments, cwd=cwd, env=self.environment(env), stdin=stdin, timeout=timeout)
        try:
            return await run
        except OSError as error:
            raise not_started(cwd, error) from error

    async def git(self, *arguments: str, cwd: Path, stdin: bytes | None = None) -> bytes:
        """The output of a command. Raises Conflict, with what git or a hook said, where it refuses."""
        outcome = await self.attempt(*arguments, cwd=cwd, stdin=stdin)
        if outcome.code != 0:
            raise Conflict(f"git {arguments[0]} was refused: {told(outcome)}.")
        return outcome.stdout

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables for git, or for a program that runs it."""
        result = {
            name: value
            for name, value in self.environ.items()
            if not name.startswith("GIT_") or name in USERS_OWN or name.startswith(_IDENTITY)
        }
        if "LC_ALL" in result:  # which would decide over the language of messages
            result["LANG"] = result.pop("LC_ALL")
        settings = [*SYNCED, *_STEADY, *self.config]
        result |= _QUIET | {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings):
            result |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return {**result, **(extra or {})}


async def run_program(
    *command: str, cwd: Path, env: Mapping[str, str], stdin: bytes | None = None, timeout: float = HOOKS_TIMEOUT
) -> Outcome:
    """Run a program in a process group of its own. Raises OSError, and GitFailed if it takes too long."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        given.write(stdin or b"")
        given.seek(0)
        process = await asyncio.create_subprocess_exec(
            *command, cwd=os.fspath(cwd), env=dict(env), stdin=given, stdout=out, stderr=said, start_new_session=True
        )
        try:
            async with asyncio.timeout(timeout):
                code = await process.wait()
        except TimeoutError as error:
            name = " ".join(command[:2])
            raise GitFailed(f"{name} took longer than {timeout:g} seconds and was ended.") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return Outcome(code, _content(out), _end(said))


def told(outcome: Outcome) -> str:
    """The last lines that git and its hooks said, as part of a sentence."""
    lines = [
        printable(line).strip() for line in (outcome.stderr or outcome.stdout).decode("utf-8", "replace").split("\n")
    ]
    lines = [line for line in lines if line and not line.startswith("hint:")]
    said = "; ".join(lines[-MOST_SAID:])[-LONGEST_SAID:].rstrip(".")
    return said or f"it ended with code {outcome.code}"


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _end(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LARGEST_STDERR))
    return file.read()
