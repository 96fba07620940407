"""``python -m agor_daemon``: run the daemon in the foreground, or look after its database."""

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
SAID_ALREADY_RUNNING = 5
"""Instead of the exit code, to the starting program: another daemon has the home, and it may wait for that one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when it was told to stop, 1 when another daemon has the home, 4 when it could not start."""
    given = _parser().parse_args(arguments)
    paths = Paths.from_environment()
    if given.command == "db":
        return _database(given.what, paths)
    return _run(paths, Announcement(given.ready_fd))


class Announcement:
    """The one line of JSON that tells the starting program how it went, on a descriptor that agents never inherit."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        if descriptor is not None:
            try:
                os.set_inheritable(descriptor, False)
            except OSError as error:
                raise SystemExit(f"--ready-fd {descriptor}: {error.strerror}.") from None

    def ready(self, info: DaemonInfo) -> None:
        """It answers."""
        self._tell({"ready": True, **msgspec.structs.asdict(info)})

    def failed(self, sentence: str, code: int) -> None:
        """It will not."""
        sys.stderr.write(f"{sentence}\n")
        self._tell({"error": sentence, "exit": code})

    def _tell(self, line: dict[str, object]) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError), os.fdopen(descriptor, "wb") as pipe:
                pipe.write(msgspec.json.encode(line) + b"\n")


def _run(paths: Paths, announcement: Announcement) -> int:
    from agor_daemon import home
    from agor_daemon.logging import log_failure
    from agor_daemon.run import run

    try:
        home.make(paths)
        run(load(paths.config), paths, SteadyClock(SystemClock()), announcement.ready)
    except AlreadyRunning as error:  # whose log it is
        announcement.failed(str(error), SAID_ALREADY_RUNNING)
        return EXIT_FAILED
    except AgorError as error:
        log_failure(paths.daemon_log, str(error), error, exit=EXIT_CANNOT_START)
        announcement.failed(str(error), EXIT_CANNOT_START)
        return EXIT_CANNOT_START
    except Exception as error:
        sentence = f"The daemon could not go on: {type(error).__name__}: {error}"
        log_failure(paths.daemon_log, sentence, error, exit=EXIT_FAILED)
        announcement.failed(sentence, EXIT_FAILED)
        raise
    return 0


def _database(what: str, paths: Paths) -> int:
    from agor_daemon.database_commands import COMMANDS

    try:
        settings: Settings = load(paths.config)
        return COMMANDS[what](settings, paths, sys.stdout.write)
    except AgorError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agor_daemon", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run in the foreground")
    run.add_argument("--ready-fd", type=int, metavar="N", help="write one line of JSON to this descriptor when ready")
    database = commands.add_parser("db", help="look after the database")
    database.add_argument("what", choices=("migrate", "status", "backup", "check"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
