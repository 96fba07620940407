"""``agor session create``."""

import contextlib
import os
from typing import Any

import click

from agor_core.domain.agent import AgentInfo
from agor_core.domain.beginning import Beginning
from agor_core.errors import InvalidInput
from agor_core.ids import canonical
from agor_tui.cli.agents import how_to_get
from agor_tui.cli.folders import absolute
from agor_tui.cli.invocation import Invocation
from agor_tui.cli.parsing import ID, pass_invocation, verb
from agor_tui.cli.prompts import prompt_text
from agor_tui.cli.records import typed
from agor_tui.cli.session.answers import begun
from agor_tui.cli.session.options import agent_options, options_of
from agor_tui.client.errors import DaemonError, NoDaemon
from agor_tui.state.beginnings import sentences
from agor_tui.state.clean import line


@verb("create")
@click.option("-a", "--agent", metavar="NAME", help="The agent; else the config's, or the first installed one.")
@click.option("-t", "--title", help="The title; else made from the first prompt.")
@click.option("-b", "--board", metavar="BOARD", type=ID, help="The board for the session, by slug or id.")
@click.option("--cwd", metavar="FOLDER", help="The folder to work in; else the current one.")
@click.option("--repo", metavar="REPO", type=ID, help="Work in this repo, by slug or id, instead of a folder.")
@click.option("--worktree", metavar="NAME", help="The worktree to work in, by name or id.")
@click.option("--no-worktree", is_flag=True, help="Work in the folder itself, without a worktree of its own.")
@click.option("--base", metavar="COMMIT", help="Where its worktree begins: a branch, tag or commit; else HEAD.")
@click.option("--take-uncommitted", is_flag=True, help="Take along what is uncommitted in the folder.")
@click.option("--fetch", is_flag=True, help="Fetch the upstream of that beginning before.")
@click.option("-p", "--prompt", metavar="TEXT", help="The prompt of the first task; - reads it from stdin.")
@agent_options
@click.option(
    "--id", "session_id", metavar="UUID", help="The session's id: the command creates it once, even if repeated."
)
@click.option("-w", "--wait", is_flag=True, help="Wait for the end of the first task; the exit code is its outcome.")
@pass_invocation
def create(
    invocation: Invocation,
    agent: str | None,
    title: str | None,
    board: str | None,
    cwd: str | None,
    repo: str | None,
    worktree: str | None,
    no_worktree: bool,
    base: str | None,
    take_uncommitted: bool,
    fetch: bool,
    prompt: str | None,
    mode: str | None,
    model: str | None,
    pairs: tuple[str, ...],
    session_id: str | None,
    wait: bool,
) -> int:
    """Create a session, with a first prompt if given.

    In a git repository it gets a worktree and a branch of its own at its first prompt.
    """
    if worktree is not None and no_worktree:
        raise click.UsageError("--worktree and --no-worktree exclude each other.")
    if (worktree is not None or no_worktree) and (base is not None or take_uncommitted or fetch):
        raise click.UsageError("--base, --take-uncommitted and --fetch are for a worktree of the session's own.")
    if wait and prompt is None:
        raise click.UsageError("--wait needs a --prompt to wait for.")
    if board is None and "board" in invocation.defaults:
        board = invocation.defaults["board"].value
    if repo is None and cwd is None and "repo" in invocation.defaults:
        repo = invocation.defaults["repo"].value
    body: dict[str, Any] = {"agent": _default_agent(invocation) if agent is None else agent}
    if session_id is not None:
        body["session_id"] = _full(session_id)
    if repo is None or cwd is not None:
        body["cwd"] = _folder("." if cwd is None else cwd)
    given = {
        "title": title,
        "board": board,
        "repo": repo,
        "worktree": worktree,
        "base": base,
        "mode": mode,
        "model": model,
    }
    body.update({name: value for name, value in given.items() if value is not None})
    if options := options_of(pairs):
        body["options"] = options
    if no_worktree or (worktree is None and not invocation.settings.sessions.worktree):
        body["worktree"] = False
    if take_uncommitted:
        body["uncommitted"] = True
    if fetch:
        body["fetch"] = True
    if body.get("worktree") is None:
        _tell_beginning(invocation, body)
    if prompt is not None:
        body["prompt"] = prompt_text(prompt)
    code = begun(invocation, lambda: invocation.daemon.create("sessions", body), wait=wait)
    if prompt is None:
        _tell_missing(invocation, body["agent"])
    return code


def _tell_beginning(invocation: Invocation, body: dict[str, Any]) -> None:
    """Say where its worktree begins, and what stays behind; what is wrong is said by the creation."""
    if invocation.quiet or invocation.json:
        return
    query = [(name, str(body[name])) for name in ("cwd", "repo", "base") if name in body]
    with contextlib.suppress(DaemonError):
        asked = [*query, *([("fetch", "true")] if body.get("fetch") else [])]
        seen = typed(Beginning, invocation.daemon.call("GET", "/beginning", query=asked))
        body.pop("fetch", None)  # it was done
        for sentence in sentences(seen, taken=bool(body.get("uncommitted"))):
            invocation.notice(sentence)


def _tell_missing(invocation: Invocation, agent: str) -> None:
    """Print a notice if the agent is not installed, since the first prompt would be refused."""
    if invocation.quiet:
        return
    with contextlib.suppress(DaemonError, NoDaemon):  # the session is created in any case
        for record in invocation.daemon.find("agents", {"name": agent})["data"]:
            info = typed(AgentInfo, record)
            if not info.installed:
                invocation.notice(f"The agent {line(info.name)} is not installed yet: {how_to_get(info)}")


def _default_agent(invocation: Invocation) -> str:
    """The default, else the config's, else the first installed one; the demo agent, always installed, is the last."""
    if "agent" in invocation.defaults:
        return invocation.defaults["agent"].value
    if invocation.settings.sessions.agent is not None:
        return invocation.settings.sessions.agent
    agents = invocation.daemon.find("agents")["data"]
    return next(str(agent["name"]) for agent in agents if agent["installed"])


def _full(given: str) -> str:
    full = canonical(given)
    if full is None:
        raise InvalidInput(f"{given!r} is not a full id (a UUID).", place="--id")
    return full


def _folder(given: str) -> str:
    folder = absolute(given, "--cwd")
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir() raises for a name that is too long
        raise InvalidInput(f"There is no folder {folder}.", place="--cwd")
    return folder
