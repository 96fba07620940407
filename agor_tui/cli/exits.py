"""The end of a command: stderr and the exit code. No other module writes to stderr or chooses a code."""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from enum import IntEnum

import click

from agor_core.errors import AgorError, Ambiguous, InvalidInput, NotFound
from agor_core.wire.failure import Failure
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


def boundary(work: Callable[[], int], *, as_json: bool = False) -> int:
    """Do the work of a command and answer its exit code; every expected error becomes one sentence.

    With ``as_json`` it becomes one line of JSON: ``message``, the exit code as ``exit_code``, and ``name``, ``code``,
    ``className`` and ``errors`` as the REST interface has them. A closed pipe at stdout is no failure: its reader has
    all that it wants.
    """
    try:
        code = _guarded(work, _say_as_json if as_json else _say_plainly)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
        return Exit.OK
    return code


def _guarded(work: Callable[[], int], tell: Callable[[Exception, str, int], None]) -> int:
    try:
        return work()
    except click.ClickException as error:
        tell(error, error.format_message(), error.exit_code)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except AgorError as error:
        code = code_of(error)
        tell(error, error.message, code)
        return code
    except UnicodeEncodeError as error:  # arguments that are not UTF-8 contain surrogates
        tell(error, "An argument, or the name of a folder, is not UTF-8 text.", Exit.USAGE)
        return Exit.USAGE
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        tell(error, f"{place}{error.strerror or error}.", Exit.FAILED)
        return Exit.FAILED


def _say_plainly(error: Exception, reason: str, code: int) -> None:  # noqa: ARG001
    """Print an error as a sentence; one of usage with the line that shows it."""
    if isinstance(error, click.ClickException):
        shown = io.StringIO()
        error.show(file=shown)
        say(shown.getvalue().rstrip("\n"))
    else:
        say(cut(reason, LONGEST_REASON))


def _say_as_json(error: Exception, reason: str, code: int) -> None:
    """Print an error as one line of JSON."""
    import msgspec

    message = cut(block(reason), LONGEST_REASON)
    failure = error.failure if isinstance(error, DaemonError) else _FAILURES.get(code, _FAILURES[Exit.FAILED])
    record = {**msgspec.to_builtins(failure), "message": message, "exit_code": code}
    with contextlib.suppress(BrokenPipeError):
        click.echo(msgspec.json.encode(record), err=True)


_FAILURES: dict[int, Failure] = {
    Exit.FAILED: Failure(name="GeneralError", message="", code=500, class_name="general-error"),
    Exit.USAGE: Failure(name="BadRequest", message="", code=400, class_name="bad-request"),
    Exit.NOT_FOUND: Failure(name="NotFound", message="", code=404, class_name="not-found"),
    Exit.NO_DAEMON: Failure(name="Unavailable", message="", code=503, class_name="unavailable"),
    Exit.REFUSED: Failure(name="Conflict", message="", code=409, class_name="conflict"),
}
"""How errors of this program are named, as the daemon names its own."""


def _discard_stdout() -> None:
    """Redirect a broken stdout to nowhere, so that the interpreter's flush at exit prints no error."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
