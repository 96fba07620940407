"""``agor db …``: the database's own commands, run by the daemon's program: this side never opens the store."""

import subprocess

import click

from agor_core.errors import InvalidInput
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import Entry, group, pass_invocation, verb
from agor_tui.client import process
from agor_tui.state.clean import block

db = group(
    "db",
    "The database: migrate, check, back up.",
    {
        "migrate": Entry("agor_tui.cli.db:migrate", "Bring the database to this version's form, after a backup."),
        "status": Entry("agor_tui.cli.db:status", "Say where it is and of which version."),
        "backup": Entry("agor_tui.cli.db:backup", "Copy it, also while the daemon runs."),
        "check": Entry("agor_tui.cli.db:check", "Look for damage."),
        "downgrade": Entry("agor_tui.cli.db:downgrade", "Say how to go back; the database is never taken back."),
    },
)


@verb("migrate")
@click.argument("version", metavar="", required=False)
@pass_invocation
def migrate(invocation: Invocation, version: str | None) -> int:
    """Bring the database to this version's form, after a backup."""
    if version is not None:
        raise _no_way_back(invocation)
    return _run(invocation, "migrate")


@verb("status")
@pass_invocation
def status(invocation: Invocation) -> int:
    """Say where it is and of which version."""
    return _run(invocation, "status")


@verb("backup")
@pass_invocation
def backup(invocation: Invocation) -> int:
    """Copy it, also while the daemon runs.

    The copy goes into the home's backups; its place is printed.
    """
    return _run(invocation, "backup")


@verb("check")
@pass_invocation
def check(invocation: Invocation) -> int:
    """Look for damage."""
    return _run(invocation, "check")


@verb("downgrade")
@click.argument("version", metavar="", required=False)
@pass_invocation
def downgrade(invocation: Invocation, version: str | None) -> None:  # noqa: ARG001 - there is none to go to
    """Say how to go back; the database is never taken back."""
    raise _no_way_back(invocation)


def _no_way_back(invocation: Invocation) -> InvalidInput:
    paths = invocation.paths
    return InvalidInput(
        "A database is only brought to the form of the version that is installed, and never taken back; to go back, "
        "stop the daemon (agor daemon stop), install the version before, and put the copy that was made before the "
        f"migration, in {paths.backups}, in the place of {paths.database}, without its -wal and -shm files."
    )


def _run(invocation: Invocation, what: str) -> int:
    """Have the daemon's program do it; what it says goes out as all that we say does."""
    command, environment = process.command("db", what), process.environment(invocation.paths)
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if invocation.json:
        invocation.out.record({"ok": done.returncode == 0, "lines": lines})
    else:
        for line in lines:
            invocation.out.text(block(line))
    return _code(done.returncode)


def _code(code: int) -> int:
    """A process ended by a signal has the shell's code for that."""
    return code if code >= 0 else 128 - code
