"""The output of a git process in pieces, of whatever size: no more of it is in memory than the reader has asked for."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from agor_core.git.environment import environment
from agor_core.git.process import LARGEST_STDERR, Outcome, failure, not_started

PIECE = 256 * 1024
SILENT_SECONDS = 120.0
"""Seconds that git may take for the next piece."""


async def stream(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> AsyncGenerator[bytes, None]:
    """Run git and yield its standard output. The process is ended when the reader stops.

    Raises:
        GitFailed: git or the folder is missing, git answered with an error, or was silent for too long.
    """
    with tempfile.TemporaryFile() as said:
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                cwd=os.fspath(cwd),
                env=environment(os.environ, env, ()),
                start_new_session=True,
                limit=PIECE,
            )
        except OSError as error:
            raise not_started(cwd, error) from error
        try:
            output = process.stdout
            while output is not None:
                async with asyncio.timeout(SILENT_SECONDS):
                    piece = await output.read(PIECE)
                if not piece:
                    break
                yield piece
            code = await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if code != 0:
            said.seek(0)
            raise failure(Outcome(code, b"", said.read(LARGEST_STDERR)), *arguments)
