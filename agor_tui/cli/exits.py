"""The end of a command: stderr and the exit code. No other module writes to stderr or chooses a code."""

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
    REFUSED = 5
    INTERRUPTED = 130


LONGEST_REASON = 2000
"""Cells of an error's sentence: it may repeat an argument of megabytes."""
USAGE_CODES = (400, 413)
"""Status codes of requests that are malformed or too large, whatever the state of the daemon."""


def say(message: str) -> None:
    """Print a notice or an error on stderr, cleaned of control characters; a closed stderr is ignored."""
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
        case DaemonError() if error.code == 409 and "conflicts" in error.failure.errors:  # files meet
            return Exit.REFUSED
        case DaemonError() if error.code in USAGE_CODES:
            return Exit.USAGE
        case _:
            return Exit.FAILED


def boundary(work: Callable[[], int]) -> int:
    """Do the work of a command and answer its exit code; every expected error becomes one sentence.

    A closed pipe at stdout is no failure: its reader has all that it wants.
    """
    try:
        code = _guarded(work)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
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
    except UnicodeEncodeError:  # arguments that are not UTF-8 contain surrogates
        say("An argument, or the name of a folder, is not UTF-8 text.")
        return Exit.USAGE
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _say_why(f"{place}{error.strerror or error}.")
        return Exit.FAILED


def _say_why(reason: str) -> None:
    say(cut(reason, LONGEST_REASON))


def _discard_stdout() -> None:
    """Redirect a broken stdout to nowhere, so that the interpreter's flush at exit prints no error."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
