"""``agor repo set``, ``show``, ``confirm`` and ``move``: how sessions work in a repo, and where it is."""

import sys
from typing import Any
from urllib.parse import quote

import click
import msgspec

from agor_core.domain.repo import Repo, RepoSettings
from agor_tui.cli.exits import Exit
from agor_tui.cli.folders import absolute
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.records import typed
from agor_tui.state.clean import line
from agor_tui.state.glyphs import Tone
from agor_tui.state.segments import Segment

KEYS = tuple(field.name for field in msgspec.structs.fields(RepoSettings))
MEANINGS = {
    "base": "HEAD",
    "branch_prefix": "none",
    "include": "what .worktreeinclude names",
    "setup": "none",
    "teardown": "none",
    "check": "none",
    "check_tasks": "as checks.after_tasks of the config says",
}
"""What holds for a setting that is not set."""


SWITCH = {"true": True, "false": False}


@verb("set")
@click.argument("repo", metavar="REPO", type=ID)
@click.argument("key", metavar="KEY", type=click.Choice(KEYS))
@click.argument("values", metavar="[VALUE]...", nargs=-1)
@click.option("--unset", is_flag=True, help="Go back to the default; no VALUE then.")
@pass_invocation
def set_setting(invocation: Invocation, repo: str, key: str, values: tuple[str, ...], unset: bool) -> None:
    """Change how sessions work in a repo.

    KEY is base (the branch, tag or commit where new worktrees begin), branch_prefix (of the branches of new
    worktrees), include (patterns of ignored files that a new worktree gets; several VALUEs), setup (a command that
    runs in a new worktree before the first prompt), teardown (before a worktree is removed), check (judges a
    tree) or check_tasks (true or false: whether the check runs after each task).
    """
    if unset == bool(values):
        raise click.UsageError("Give a VALUE, or --unset.")
    if len(values) > 1 and key != "include":
        raise click.UsageError(f"{key} takes one VALUE; put a command with spaces in quotes.")
    value: Any = list(values) if key == "include" else next(iter(values), None)
    if key == "check_tasks" and value is not None:
        if value not in SWITCH:
            raise click.UsageError("check_tasks is true or false.")
        value = SWITCH[value]
    record = invocation.daemon.patch("repos", repo, {"settings": {key: value}})
    _print(invocation, record)


@verb("show")
@click.argument("repo", metavar="REPO", type=ID)
@pass_invocation
def show(invocation: Invocation, repo: str) -> None:
    """Print a repo and its settings."""
    _print(invocation, invocation.daemon.get("repos", repo))


@verb("move")
@click.argument("repo", metavar="REPO", type=ID)
@click.argument("path", metavar="PATH")
@pass_invocation
def move(invocation: Invocation, repo: str, path: str) -> None:
    """Say where a repository was moved to: PATH is its folder now.

    The links of its worktrees are repaired. With the place that Agor knows, nothing else is done.
    """
    body = {"local_path": absolute(path, "PATH")}
    _print(invocation, invocation.daemon.call("POST", f"/repos/{quote(repo, safe='')}/move", body=body))


@verb("confirm")
@click.argument("repo", metavar="REPO", type=ID)
@click.option("-y", "--yes", is_flag=True, help="Let them run without a question.")
@pass_invocation
def confirm(invocation: Invocation, repo: str, yes: bool) -> int:
    """Look at the filters of a repository, and let them run in worktrees.

    These are the filter programs of its own config, which are asked about again when that changes. Filters of your
    own config, such as Git LFS, run in any case.
    """
    path = f"/repos/{quote(repo, safe='')}"
    filters: dict[str, str] = invocation.daemon.call("GET", f"{path}/filters")["filters"]
    for key, value in sorted(filters.items()):
        invocation.notice(f"{line(key)} = {line(value)}")
    if not filters:
        invocation.notice("The repository's own config has no filters.")
    elif not yes and not _agreed():
        invocation.notice("Nothing was confirmed; to do it: agor repo confirm REPO --yes")
        return Exit.FAILED
    _print(invocation, invocation.daemon.call("POST", f"{path}/confirm", body={"filters": filters}))
    return Exit.OK


def _agreed() -> bool:
    """Whether the person at the terminal says yes; no without one."""
    return sys.stdin.isatty() and click.confirm("Let these programs run?", err=True)


def _print(invocation: Invocation, record: dict[str, Any]) -> None:
    out = invocation.out
    if invocation.json:
        out.record(record)
        return
    repo = typed(Repo, record)
    if invocation.quiet:
        out.text(repo.repo_id)
        return
    out.line([Segment(line(repo.slug), Tone.STRONG), Segment(f"  {repo.short_id}  {line(repo.name)}", Tone.MUTED)])
    facts = [
        ("folder", line(repo.local_path)),
        ("remote", line(repo.remote_url)),
        ("branch", line(repo.default_branch)),
    ]
    settings = msgspec.structs.asdict(repo.settings)
    for name, value in [(name, value) for name, value in facts if value]:
        out.line([Segment(f"{name:<14}", Tone.MUTED), Segment(value)], indent=2)
    for name in KEYS:
        value = "  ".join(settings[name]) if name == "include" else settings[name]
        value = str(value).lower() if isinstance(value, bool) else value
        said = Segment(line(value)) if value else Segment(MEANINGS[name], Tone.MUTED)
        out.line([Segment(f"{name:<14}", Tone.MUTED), said], indent=2)
