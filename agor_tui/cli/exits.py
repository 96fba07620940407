"""The end of a command: what goes to stderr, and the exit code. No other module writes there or chooses a code."""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from enum import IntEnum

import click

from agor_core.errors import AgorError, Ambiguous, InvalidInput, NotFound
from agor_tui.client.errors import DaemonError, NoDaemon, WrongVersion
from agor_tui.state.clean import block, cut


class Exit(IntEnum):
    """The exit codes of the command line's contract."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NO_DAEMON = 4
    INTERRUPTED = 130


LONGEST_REASON = 2000
"""Cells of a failure's sentence; it repeats what was given, which may be a file of megabytes."""
MADE_NO_SENSE = (400, 413)
"""What the daemon answers where what was given is at fault, and not how things are: malformed, or too large."""


def say(message: str) -> None:
    """One notice or error on stderr, cleaned of control characters; it is not missed if nobody reads there any more."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(block(message), err=True)


def code_of(error: AgorError) -> Exit:
    """The exit code of an expected error."""
    match error:
        case NoDaemon() | WrongVersion():
            return Exit.NO_DAEMON
        case InvalidInput():
            return Exit.USAGE
        case NotFound() | Ambiguous():
            return Exit.NOT_FOUND
        case DaemonError() if error.code == 404 or (error.code == 409 and "candidates" in error.failure.errors):
            return Exit.NOT_FOUND
        case DaemonError() if error.code in MADE_NO_SENSE:
            return Exit.USAGE
        case _:
            return Exit.FAILED


def boundary(work: Callable[[], int]) -> int:
    """Do the work of a command and answer its exit code; every expected error becomes one sentence.

    A reader of our output that leaves has what it wanted: that is no failure.
    """
    try:
        code = _guarded(work)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return Exit.OK
    return code


def _guarded(work: Callable[[], int]) -> int:
    try:
        return work()
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        say(shown.getvalue().rstrip("\n"))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except AgorError as error:
        _say_why(error.message)
        return code_of(error)
    except UnicodeEncodeError:  # bytes that are no text come in as surrogates, and nothing takes them
        say("What was given, or a folder's name in it, is not UTF-8 text.")
        return Exit.USAGE
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _say_why(f"{place}{error.strerror or error}.")
        return Exit.FAILED


def _say_why(reason: str) -> None:
    say(cut(reason, LONGEST_REASON))


def _forget_stdout() -> None:
    """The reader of our output has left: say nothing, and keep the interpreter from saying it when it flushes."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
