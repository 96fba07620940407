"""``agor daemon …``: the daemon's process, log and token."""

import os
import stat
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click
import msgspec

from agor_core import __version__
from agor_core.config import private_file
from agor_core.errors import AgorError
from agor_tui.cli.ending import tell_how_to_go_on, tell_what_ends
from agor_tui.cli.exits import Exit
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import LazyVerb, group, pass_invocation, together, verb
from agor_tui.client import launch, process
from agor_tui.client.caller import check_may
from agor_tui.client.launch import State, Status
from agor_tui.state.ages import duration
from agor_tui.state.clean import block
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

LOG_POLL_SECONDS = 0.2
HOW_TO_END = together(
    click.option(
        "-w",
        "--wait",
        is_flag=True,
        help="Let running turns finish first. Meanwhile no prompt is taken; queued tasks continue at the next start.",
    ),
    click.option(
        "--force",
        is_flag=True,
        help=f"Kill the daemon if it has not ended after {launch.STOP_SECONDS:.0f} seconds, or does not answer.",
    ),
)

_HERE = "agor_tui.cli.daemon"

daemon = group(
    "daemon",
    "Start, stop and inspect the daemon.",
    {
        "start": LazyVerb(f"{_HERE}:start", "Start the daemon in the background."),
        "stop": LazyVerb(f"{_HERE}:stop", "Stop the daemon; without --wait running turns are cancelled."),
        "restart": LazyVerb(f"{_HERE}:restart", "Stop the daemon and start it again."),
        "status": LazyVerb(f"{_HERE}:status", "Print the daemon's status; exit 0 if it runs, else 4."),
        "run": LazyVerb(f"{_HERE}:run", "Run the daemon in the foreground."),
        "logs": LazyVerb(f"{_HERE}:logs", "Print the daemon's log."),
        "token": LazyVerb(f"{_HERE}:token", "Print the token for calls over TCP."),
    },
)


@verb("start")
@pass_invocation
def start(invocation: Invocation) -> int:
    """Start the daemon in the background. Nothing happens if it runs."""
    started = launch.start(invocation.paths)
    return _answer(invocation, "started" if started else "running")


@verb("stop")
@HOW_TO_END
@pass_invocation
def stop(invocation: Invocation, wait: bool, force: bool) -> None:
    """Stop the daemon; without --wait running turns are cancelled. Nothing happens if it does not run."""
    _check(wait=wait, force=force)
    check_may(invocation.paths, "settings", "stop the daemon")
    if not wait:
        tell_what_ends(invocation)
    ran = launch.stop(invocation.paths, wait=wait, force=force)
    if invocation.json:
        invocation.out.record({"state": State.NOT_RUNNING, "stopped": ran})
    else:
        invocation.notice("The daemon has stopped." if ran else "The daemon was not running.")


@verb("restart")
@HOW_TO_END
@pass_invocation
def restart(invocation: Invocation, wait: bool, force: bool) -> int:
    """Stop the daemon and start it again."""
    _check(wait=wait, force=force)
    check_may(invocation.paths, "settings", "restart the daemon")
    ended = 0 if wait else tell_what_ends(invocation)
    ran = launch.restart(invocation.paths, wait=wait, force=force)
    code = _answer(invocation, "restarted" if ran else "started")
    tell_how_to_go_on(invocation, ended)
    return code


@verb("status")
@pass_invocation
def status(invocation: Invocation) -> int:
    """Print the daemon's status; exit 0 if it runs, else 4. This never starts it."""
    return _answer(invocation, None)


@verb("run")
@pass_invocation
def run(invocation: Invocation) -> None:
    """Run the daemon in the foreground; Ctrl-C stops it."""
    command = process.command("run")
    os.execve(command[0], command, process.environment(invocation.paths))  # noqa: S606 - our own program


@verb("logs")
@click.option(
    "-n", "--lines", type=click.IntRange(0), default=100, show_default=True, help="The number of lines, the last ones."
)
@click.option("-f", "--follow", is_flag=True, help="Continue with new lines; end with Ctrl-C.")
@pass_invocation
def logs(invocation: Invocation, lines: int, follow: bool) -> None:
    """Print the daemon's log."""
    file = invocation.paths.daemon_log
    if not file.exists() and not follow:
        invocation.notice("There is no log yet.")
        return
    for text in _log(file, lines, follow=follow):
        invocation.out.piece(block(text))


@verb("token")
@pass_invocation
def token(invocation: Invocation) -> None:
    """Print the token for calls over TCP: Authorization: Bearer TOKEN."""
    check_may(invocation.paths, "settings", "have the token")
    file = invocation.paths.token
    try:
        descriptor = private_file.open_regular(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise AgorError("There is no token yet; the daemon makes it when it starts: agor daemon start") from None
    except OSError as error:
        raise AgorError(f"The token {file} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as stream:
        found = os.fstat(descriptor)
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise AgorError(f"{file} is not private to you; its token is not used. Delete it and restart the daemon.")
        text = stream.read().strip()
    if invocation.json:
        invocation.out.record({"token": text})
    else:
        invocation.out.text(text)


def _check(*, wait: bool, force: bool) -> None:
    if wait and force:
        raise click.UsageError("--wait and --force exclude each other.")


def _answer(invocation: Invocation, done: str | None) -> int:
    found = launch.status(invocation.paths)
    if invocation.json:
        invocation.out.record(_record(found))
    elif not invocation.quiet or done is None:
        for segments in _lines(invocation, found, done):
            invocation.out.line(segments)
    return Exit.OK if found.state is State.RUNNING else Exit.NO_DAEMON


def _record(found: Status) -> dict[str, Any]:
    told: dict[str, Any] = found.health or (msgspec.to_builtins(found.info) if found.info is not None else {})
    return {**told, "state": found.state, "client_version": __version__}


def _lines(invocation: Invocation, found: Status, done: str | None) -> Iterator[list[Segment]]:
    glyphs, health = invocation.glyphs, found.health or {}
    if found.state is State.NOT_RUNNING:
        yield [Segment(f"{glyphs.idle} not running", Tone.MUTED), Segment("  start it with: agor daemon start")]
        return
    if found.state is State.NOT_RESPONDING:
        pid = f"  pid {found.info.pid}" if found.info is not None else ""
        yield [Segment(f"{glyphs.failed} not responding", Tone.ERROR), Segment(pid)]
        yield [Segment("  end it with: agor daemon stop --force", Tone.MUTED)]
    else:
        yield [
            Segment(f"{glyphs.running} {done or 'running'}", Tone.SUCCESS),
            Segment(f"  version {health.get('version')}, pid {health.get('pid')}, "),
            Segment(f"up {duration(float(health.get('uptime') or 0))}"),
        ]
        if health.get("version") != __version__:
            yield _fact("mismatch", f"this program is version {__version__}; they should be the same")
        running = int(health.get("sessions_running") or 0)
        yield _fact("port", f"{health.get('port')}")
        yield _fact("socket", f"{health.get('socket')}")
        clients = int(health.get("clients") or 0)
        yield _fact("schema", f"{health.get('schema')}")
        yield _fact("running", f"{running} session{'' if running == 1 else 's'}")
        yield _fact("clients", f"{clients} on the feed")
        yield _fact("memory", f"{health.get('memory_mb')} MB")
        yield _fact("database", f"{health.get('database')}")
        if health.get("sqlite"):
            yield _fact("sqlite", f"{health.get('sqlite')}")
        for warning in health.get("warnings") or []:
            yield [Segment(f"  {'warning':<9}", Tone.WARNING), Segment(block(str(warning)))]
    yield _fact("home", str(invocation.paths.home))
    yield _fact("log", str(health.get("log") or invocation.paths.daemon_log))


def _fact(name: str, value: str) -> list[Segment]:
    return [Segment(f"  {name:<9}", Tone.MUTED), Segment(block(value))]


def _log(file: Path, lines: int, *, follow: bool) -> Iterator[str]:
    """The last lines of a file, with ``follow`` also new ones, across rotations."""
    stream = None
    try:
        if file.exists():
            stream = _opened(file)
            yield from deque(stream, maxlen=lines)
        while follow:
            if stream is not None and (text := stream.readline()):
                yield text
                continue
            if stream is None or _replaced(file, stream.fileno()):
                if stream is not None:
                    stream.close()
                stream = _opened(file) if file.exists() else None
            time.sleep(LOG_POLL_SECONDS)
    finally:
        if stream is not None:
            stream.close()


def _opened(file: Path) -> TextIO:
    try:
        return os.fdopen(private_file.open_regular(file), encoding="utf-8", errors="replace")
    except OSError as error:
        raise AgorError(f"The log {file} cannot be read: {error.strerror}.") from None


def _replaced(file: Path, descriptor: int) -> bool:
    try:
        return file.stat().st_ino != os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
