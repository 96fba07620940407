"""The set-up of a new worktree, before the first prompt in it: consent, its run, and the question if it fails."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from agor_core.agents.registry import AgentSpec
from agor_core.db.connections import Reader, Writer
from agor_core.domain.approval import ApprovalOption
from agor_core.domain.message import Role, ToolCall, ToolStatus
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.worktree import Worktree
from agor_core.errors import Unprocessable
from agor_core.events import ToolCallChanged
from agor_core.ids import RepoId, WorktreeId, new_id
from agor_core.repositories import repos, worktrees
from agor_daemon.supervisor import retrying
from agor_daemon.supervisor.recording.recorder import Recorder
from agor_daemon.supervisor.resources import Resources
from agor_daemon.supervisor.workspaces import repo_commands
from agor_daemon.supervisor.workspaces.repo_commands import CommandFile, Result

CALL = "agor-setup-"
"""Begins the ids of the calls that show a set-up and its output."""
Ask = Callable[[Task, ToolCall, tuple[ApprovalOption, ...]], Awaitable[str | None]]
ONCE, ALWAYS, NOT = "once", "always", "not"
CONSENT = (
    ApprovalOption(id=ONCE, name="Run them for this worktree", kind="allow_once"),
    ApprovalOption(id=ALWAYS, name="Allow them until the file changes", kind="allow_always"),
    ApprovalOption(id=NOT, name="Go on without them", kind="reject_once"),
)
AGAIN, WITHOUT, DROP = "again", "without", "drop"
AFTER_FAILURE = (
    ApprovalOption(id=AGAIN, name="Try again", kind="allow_once"),
    ApprovalOption(id=WITHOUT, name="Go on without the set-up", kind="allow_always"),
    ApprovalOption(id=DROP, name="Drop this prompt", kind="reject_once"),
)
DROPPED = "The set-up of the worktree failed, and this prompt was dropped. The next one tries it again."
NO_CONSENT = "The commands of .agor.toml were not allowed, so the set-up did not run."


async def set_up(resources: Resources, recorder: Recorder, ask: Ask, session: Session, task: Task) -> None:
    """Run the set-up of the session's worktree if that is due.

    Raises Unprocessable if it failed and a person said to drop the prompt, or the question was cancelled.
    """
    repo_id, worktree_id = session.repo.repo_id, session.repo.worktree_id
    if repo_id is None or worktree_id is None:
        return
    repo, tree = await retrying.read(resources.store, lambda r: _place(r, repo_id, worktree_id))
    if tree.set_up is not False:
        return
    command = await _command(resources, recorder, ask, repo, tree, task)
    while command is not None:
        result = await _run(resources, recorder, session, repo, tree, command)
        if result.code == 0:
            break
        question = _failure(command, result)
        answer = await ask(task, question, AFTER_FAILURE)
        recorder.record(ToolCallChanged(question.call_id, status=ToolStatus.COMPLETED))
        if answer == WITHOUT:
            break
        if answer != AGAIN:
            raise Unprocessable(DROPPED)
    await retrying.write(resources.store, lambda w: _done(w, worktree_id))


async def _command(
    resources: Resources, recorder: Recorder, ask: Ask, repo: Repo, tree: Worktree, task: Task
) -> str | None:
    """The command to run, once it is allowed; None if there is none."""
    path = Path(tree.path)
    allowed = repo_commands.allowed_command(repo, path, "setup")
    found = None if allowed is not None else repo_commands.read_file(path)
    if found is None or "setup" not in found.commands or found.hash in repo.trust.commands:
        return allowed
    question = _question(found)
    answer = await ask(task, question, CONSENT)
    recorder.record(ToolCallChanged(question.call_id, status=ToolStatus.COMPLETED))
    if answer == ALWAYS:
        await retrying.write(resources.store, lambda w: _trust(w, repo.repo_id, found.hash))
    if answer in (ONCE, ALWAYS):
        return found.commands["setup"]
    recorder.add_message(Role.SYSTEM, NO_CONSENT)
    return None


async def _run(
    resources: Resources, recorder: Recorder, session: Session, repo: Repo, tree: Worktree, command: str
) -> Result:
    """Run the set-up and show its output as it comes."""
    call = f"{CALL}{new_id()}"
    title = f"Set-up: {command.strip().partition(chr(10))[0][:200]}"
    running = ToolCallChanged(call, title, "execute", ToolStatus.IN_PROGRESS, {"command": command})
    recorder.record(running)
    spec = AgentSpec("set-up", "Set-up", ())
    env = resources.programs.environment(spec, session.session_id) | repo_commands.place_environment(repo, tree)
    result = await repo_commands.run(
        command,
        Path(tree.path),
        env,
        seconds=resources.limits.setup,
        on_output=lambda text: recorder.record(ToolCallChanged(call, output=text)),
    )
    status = ToolStatus.COMPLETED if result.code == 0 else ToolStatus.FAILED
    recorder.record(ToolCallChanged(call, status=status, output=result.output))
    return result


def _question(file: CommandFile) -> ToolCall:
    title = "Run the commands of this repository's .agor.toml in the new worktree"
    return ToolCall(call_id=f"agor-consent-{new_id()}", title=title, kind="execute", input={"command": file.text})


def _failure(command: str, result: Result) -> ToolCall:
    ended = "took too long" if result.code is None else f"ended with code {result.code}"
    title = f"The set-up {ended}: try it again, go on without it, or drop this prompt"
    return ToolCall(call_id=f"agor-failed-{new_id()}", title=title, kind="execute", input={"command": command})


def _place(r: Reader, repo_id: RepoId, worktree_id: WorktreeId) -> tuple[Repo, Worktree]:
    return repos.get(r, repo_id), worktrees.get(r, worktree_id)


def _done(w: Writer, worktree_id: WorktreeId) -> None:
    worktrees.update(w, msgspec.structs.replace(worktrees.get(w, worktree_id, lock=True), set_up=True))


def _trust(w: Writer, repo_id: RepoId, digest: str) -> None:
    repo = repos.get(w, repo_id, lock=True)
    commands = tuple(dict.fromkeys([*repo.trust.commands, digest]))
    repos.update(w, msgspec.structs.replace(repo, trust=msgspec.structs.replace(repo.trust, commands=commands)))
