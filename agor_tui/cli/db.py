"""``agor db …``: the database's own commands, run by the daemon's program: this side never opens the store."""

import subprocess

from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import Entry, group, pass_invocation, verb
from agor_tui.client import process

db = group(
    "db",
    "The database: migrate, check, back up.",
    {
        "migrate": Entry("agor_tui.cli.db:migrate", "Bring the database to this version's form, after a backup."),
        "status": Entry("agor_tui.cli.db:status", "Say where it is and of which version."),
        "backup": Entry("agor_tui.cli.db:backup", "Copy it, also while the daemon runs."),
        "check": Entry("agor_tui.cli.db:check", "Look for damage."),
    },
)


@verb("migrate")
@pass_invocation
def migrate(invocation: Invocation) -> int:
    """Bring the database to this version's form, after a backup."""
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


def _run(invocation: Invocation, what: str) -> int:
    command, environment = process.command("db", what), process.environment(invocation.paths)
    if not invocation.json:
        return _code(subprocess.run(command, env=environment, check=False).returncode)
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    invocation.out.record({"ok": done.returncode == 0, "lines": lines})
    return _code(done.returncode)


def _code(code: int) -> int:
    """A process ended by a signal has the shell's code for that."""
    return code if code >= 0 else 128 - code
