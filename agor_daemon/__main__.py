"""``python -m agor_daemon``: run the daemon in the foreground, or maintain its database."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

import msgspec

from agor_core.clock import SteadyClock, SystemClock
from agor_core.config.paths import Paths
from agor_core.config.pidfile import DaemonInfo
from agor_core.config.settings import Settings, load
from agor_core.errors import AgorError, AlreadyRunning

EXIT_FAILED = 1
EXIT_CANNOT_START = 4
ANNOUNCED_ALREADY_RUNNING = 5
"""The code in the announcement if another daemon has the home: the starting program may wait for that one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 after a stop, 1 if another daemon has the home, 4 if it could not start."""
    given = _parser().parse_args(arguments)
    paths = Paths.from_environment()
    if given.command == "db":
        return _database(given, paths)
    if given.command == "doctor":
        return _doctor(paths)
    return _run(paths, Announcement(given.ready_fd))


class Announcement:
    """One line of JSON to the starting program, on a descriptor that agents never inherit: ready, or why not."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        if descriptor is not None:
            try:
                os.set_inheritable(descriptor, False)
            except OSError as error:
                raise SystemExit(f"--ready-fd {descriptor}: {error.strerror}.") from None

    def ready(self, info: DaemonInfo) -> None:
        """Say that the daemon answers requests."""
        self._write({"ready": True, **msgspec.structs.asdict(info)})

    def failed(self, sentence: str, code: int) -> None:
        """Say why the daemon does not start, also on stderr."""
        sys.stderr.write(f"{sentence}\n")
        self._write({"error": sentence, "exit": code})

    def _write(self, line: dict[str, object]) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError), os.fdopen(descriptor, "wb") as pipe:
                pipe.write(msgspec.json.encode(line) + b"\n")


def _run(paths: Paths, announcement: Announcement) -> int:
    from agor_daemon import home, memory, secrecy
    from agor_daemon.logging import log_failure
    from agor_daemon.run import run

    try:
        home.make(paths)
        settings = load(paths.config)
        secrecy.forget_variables(name for agent in settings.agents.values() for name in agent.inherit)
        secrecy.hide_memory()
        memory.return_when_free()
        warnings = home.examine(paths, with_database=settings.database_url is None)
        run(settings, paths, SteadyClock(SystemClock()), announcement.ready, warnings)
    except AlreadyRunning as error:  # whose log it is
        announcement.failed(str(error), ANNOUNCED_ALREADY_RUNNING)
        return EXIT_FAILED
    except AgorError as error:
        log_failure(paths.daemon_log, str(error), error, exit=EXIT_CANNOT_START)
        announcement.failed(str(error), EXIT_CANNOT_START)
        return EXIT_CANNOT_START
    except Exception as error:
        sentence = f"The daemon failed: {type(error).__name__}: {error}"
        log_failure(paths.daemon_log, sentence, error, exit=EXIT_FAILED)
        announcement.failed(sentence, EXIT_FAILED)
        raise
    return 0


def _database(given: argparse.Namespace, paths: Paths) -> int:
    from agor_daemon.database_commands import COMMANDS, restore_database

    try:
        settings: Settings = load(paths.config)
        if given.what == "restore":
            return restore_database(settings, paths, sys.stdout.write, given.copy)
        return COMMANDS[given.what](settings, paths, sys.stdout.write)
    except AgorError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED


def _doctor(paths: Paths) -> int:
    """Write one line of JSON for each check; 1 if something is wrong."""
    from agor_daemon import doctor

    findings = doctor.examine(paths)
    for finding in findings:
        sys.stdout.write(msgspec.json.encode(finding).decode() + "\n")
    return EXIT_FAILED if any(finding.state == "bad" for finding in findings) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agor_daemon", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run in the foreground")
    run.add_argument("--ready-fd", type=int, metavar="N", help="write one line of JSON to this descriptor when ready")
    database = commands.add_parser("db", help="maintain the database")
    database.add_argument("what", choices=("migrate", "status", "backup", "check", "restore"))
    database.add_argument("copy", nargs="?", help="the copy to restore; the newest good one, if none is named")
    commands.add_parser("doctor", help="check the home, the database and this machine")
    return parser


if __name__ == "__main__":
    sys.exit(main())
