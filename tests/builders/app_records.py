"""Records as the daemon sends them to the app: a test gives the fields that matter, the others are plausible."""

from itertools import count
from typing import Any

from agor_core.domain.agent import AgentInfo
from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.board import Board
from agor_core.domain.figures import Diffstat, Usage
from agor_core.domain.message import Message, Role, ToolCall, ToolStatus
from agor_core.domain.repo import Repo
from agor_core.domain.session import (
    CurrentTask,
    Fidelity,
    Session,
    SessionGenealogy,
    SessionGitState,
    SessionRepo,
    SessionStatus,
)
from agor_core.domain.standing import SessionStanding
from agor_core.domain.task import Task, TaskGitState, TaskStatus
from agor_core.ids import ApprovalId, BoardId, MessageId, RepoId, SessionId, TaskId, short_id

NOW = "2026-03-02T12:00:00.000Z"
_numbers = count(1)


def identifier() -> str:
    """A new full id; ids are numbered in the order of these calls."""
    number = next(_numbers)
    return f"0195a3c4-7a1e-7c3b-9d2e-{(number * 2654435761) % 2**32:08x}{number:04x}"


def at(minutes_ago: float) -> str:
    """The time some minutes before ``NOW``, as records give it."""
    total = int(12 * 60 * 60 - minutes_ago * 60)
    day = 2
    while total < 0:
        total += 86_400
        day -= 1
    return f"2026-03-{max(1, day):02}T{total // 3600:02}:{total % 3600 // 60:02}:{total % 60:02}.000Z"


def session(title: str | None = "Port the parser", **more: Any) -> Session:
    """A session in a repository; ``step asks done total added removed started completed error`` make its task."""
    session_id = SessionId(more.pop("session_id", None) or identifier())
    step, asks = more.pop("step", None), more.pop("asks", None)
    done, total = more.pop("done", 0), more.pop("total", 0)
    added, removed = more.pop("added", 0), more.pop("removed", 0)
    changed = Diffstat(files=2, insertions=added, deletions=removed) if added or removed else None
    started, completed, error = more.pop("started", None), more.pop("completed", None), more.pop("error", None)
    status = SessionStatus(more.pop("status", "idle"))
    tasks = more.pop("tasks", 1)
    branch, dirty = more.pop("branch", "feat/parser"), more.pop("dirty", False)
    minutes = more.pop("minutes", 5.0)
    forked, spawned = more.pop("forked", None), more.pop("spawned", None)
    fork_point = more.pop("fork_point", "end" if forked else None)
    fields: dict[str, Any] = {
        "session_id": session_id,
        "short_id": short_id(session_id),
        "status": status,
        "agent": "demo",
        "title": title,
        "created_at": at(minutes + 10),
        "updated_at": at(minutes),
        "task_count": tasks,
        "usage": Usage(cost_usd=0.12),
        "repo": SessionRepo(cwd="/project", repo_id=RepoId("r"), repo_slug="project", worktree_name="w"),
        "git_state": SessionGitState(
            ref=branch, base_sha="a4f2e91", current_sha="a4f2e91" + ("-dirty" if dirty else ""), diffstat=changed
        ),
        "genealogy": SessionGenealogy(
            forked_from_session_id=forked[0] if forked else None,
            fork_point_task_id=forked[1] if forked else None,
            parent_session_id=spawned[0] if spawned else None,
            spawn_point_task_id=spawned[1] if spawned else None,
            fidelity=Fidelity.NATIVE if forked else None,
            fork_point=fork_point,
        ),
        "current": CurrentTask(
            task_id=TaskId(identifier()),
            position=tasks,
            status=_task_status(status),
            step=step,
            plan_done=done,
            plan_total=total,
            diffstat=Diffstat(files=1, insertions=1) if changed is not None else None,
            asks=asks,
            started_at=started,
            completed_at=completed,
            error=error,
        )
        if tasks
        else None,
    }
    return Session(**{**fields, **more})


def look(of: Session, **more: Any) -> SessionStanding:
    """How a session's files stand: one commit ahead of main, and a file uncommitted if the record says so."""
    git = of.git_state
    fields: dict[str, Any] = {
        "session_id": of.session_id,
        "path": of.repo.cwd,
        "there": True,
        "in_git": True,
        "branch": git.ref,
        "uncommitted": 1 if (git.current_sha or "").endswith("-dirty") else 0,
        "diffstat": git.diffstat,
        "target": "main",
        "ahead": 1,
        "behind": 0,
    }
    return SessionStanding(**{**fields, **more})


def task(of: Session, position: int = 1, **more: Any) -> Task:
    """A completed task of a session."""
    task_id = TaskId(more.pop("task_id", None) or identifier())
    status = TaskStatus(more.pop("status", "completed"))
    ended = status in (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED)
    fields: dict[str, Any] = {
        "task_id": task_id,
        "short_id": short_id(task_id),
        "session_id": of.session_id,
        "position": position,
        "status": status,
        "full_prompt": f"Do number {position}",
        "created_at": at(30 - position),
        "started_at": at(30 - position),
        "completed_at": at(28 - position) if ended else None,
        "git_state": TaskGitState(
            sha_at_start="a4f2e91", sha_at_end="b3e4d12-dirty", diffstat=Diffstat(files=1, insertions=40, deletions=2)
        )
        if ended
        else TaskGitState(sha_at_start="a4f2e91"),
    }
    return Task(**{**fields, **more})


def message(of: Task, index: int, text: str = "", role: str = "assistant", **more: Any) -> Message:
    """A message of a task."""
    return Message(
        **{
            "message_id": MessageId(identifier()),
            "session_id": of.session_id,
            "task_id": of.task_id,
            "index": index,
            "role": Role(role),
            "text": text,
            "created_at": of.created_at,
            **more,
        }
    )


def tool(title: str = "README.md", kind: str = "read", **more: Any) -> ToolCall:
    """A completed tool call."""
    return ToolCall(**{"call_id": identifier(), "title": title, "kind": kind, "status": ToolStatus.COMPLETED, **more})


def approval(of: Session, title: str = "rm -rf build/") -> Approval:
    """A pending approval of a session."""
    return Approval(
        approval_id=ApprovalId(identifier()),
        session_id=of.session_id,
        task_id=of.current.task_id if of.current else TaskId(identifier()),
        tool=tool(title, "execute", status=ToolStatus.PENDING, input={"command": title}),
        options=(
            ApprovalOption(id="yes", name="Allow", kind="allow_once"),
            ApprovalOption(id="always", name="Always", kind="allow_always"),
            ApprovalOption(id="no", name="Deny", kind="reject_once"),
        ),
        created_at=at(4),
        updated_at=at(4),
    )


def repo(name: str, **more: Any) -> Repo:
    """A repo."""
    repo_id = RepoId(identifier())
    return Repo(
        repo_id=repo_id,
        short_id=short_id(repo_id),
        name=name,
        slug=name.lower(),
        local_path=f"/{name}",
        created_at=at(60),
        updated_at=at(60),
        **more,
    )


def board(name: str) -> Board:
    """A board."""
    board_id = BoardId(identifier())
    return Board(
        board_id=board_id,
        short_id=short_id(board_id),
        name=name,
        slug=name.lower(),
        created_at=at(60),
        updated_at=at(60),
    )


AGENTS = (
    AgentInfo(name="demo", title="Demo", installed=True, version="0.1.0", capabilities=("load", "fork")),
    AgentInfo(name="claude-code", title="Claude Code", installed=False, install_hint="npm i -g claude-code-acp"),
)


def _task_status(status: SessionStatus) -> TaskStatus:
    return {
        SessionStatus.RUNNING: TaskStatus.RUNNING,
        SessionStatus.AWAITING_PERMISSION: TaskStatus.AWAITING_PERMISSION,
        SessionStatus.FAILED: TaskStatus.FAILED,
    }.get(status, TaskStatus.COMPLETED)
