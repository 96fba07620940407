"""Records with every field filled in sensibly; a test names only what it is about."""

import itertools
import random
import string
from typing import Any

import msgspec

from agor_core.db.connections import Writer
from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.board import Board
from agor_core.domain.comment import Comment
from agor_core.domain.message import Message, Role, ToolCall
from agor_core.domain.repo import Repo
from agor_core.domain.session import Session, SessionGenealogy, SessionRepo
from agor_core.domain.task import Task
from agor_core.domain.worktree import Worktree
from agor_core.ids import short_id
from agor_core.repositories import sessions

_numbers = itertools.count(1)
_random = random.Random(20260131)
CREATED = "2026-01-31T09:05:00.000Z"


def make_id(*, clock: int | None = None, tail: str | None = None) -> str:
    """A UUIDv7 in order of calls; ``tail`` is how its last group, and so its short id, begins."""
    number = next(_numbers) if clock is None else clock
    head = f"{0x0190F3C40000 + number:012x}"
    last = (tail or "") + "".join(_random.choices(string.hexdigits[:16], k=12 - len(tail or "")))
    middle = f"7{_random.randrange(16**3):03x}-{8 + _random.randrange(4):x}{_random.randrange(16**3):03x}"
    return f"{head[:8]}-{head[8:]}-{middle}-{last}"


def as_json(record: msgspec.Struct) -> dict[str, Any]:
    """A record as every interface shows it."""
    shown: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(record))
    return shown


def changed(writer: Writer, session_id: str, **fields: Any) -> Session:
    """Store a session with these fields changed."""
    return sessions.update(writer, msgspec.structs.replace(sessions.get(writer, session_id, lock=True), **fields))


def make_session(**fields: Any) -> Session:
    """An idle session outside git; ``forked_from`` and ``parent`` (with ``at``) are shortcuts to its genealogy."""
    identifier = fields.pop("session_id", None) or make_id()
    forked_from, parent, at = (fields.pop(name, None) for name in ("forked_from", "parent", "at"))
    genealogy = SessionGenealogy(
        forked_from_session_id=forked_from,
        fork_point_task_id=at if forked_from else None,
        parent_session_id=parent,
        spawn_point_task_id=at if parent else None,
    )
    return Session(
        **{
            "session_id": identifier,
            "short_id": short_id(identifier),
            "agent": "demo",
            "title": f"Session {identifier[-4:]}",
            "created_at": CREATED,
            "updated_at": CREATED,
            "repo": SessionRepo(cwd="/srv/project"),
            "genealogy": genealogy,
            **fields,
        }
    )


def make_task(session_id: str, **fields: Any) -> Task:
    """A created task, at the next position of its session."""
    identifier = fields.pop("task_id", None) or make_id()
    return Task(
        **{
            "task_id": identifier,
            "short_id": short_id(identifier),
            "session_id": session_id,
            "position": 0,
            "full_prompt": "say: hello",
            "created_at": CREATED,
            **fields,
        }
    )


def make_message(task: Task, **fields: Any) -> Message:
    """A complete message of the assistant."""
    return Message(
        **{
            "message_id": make_id(),
            "session_id": task.session_id,
            "task_id": task.task_id,
            "index": 0,
            "role": Role.ASSISTANT,
            "text": "Hello.",
            "created_at": CREATED,
            **fields,
        }
    )


def make_approval(task: Task, **fields: Any) -> Approval:
    """An open question with two answers."""
    return Approval(
        **{
            "approval_id": make_id(),
            "session_id": task.session_id,
            "task_id": task.task_id,
            "tool": ToolCall(call_id="call-1", title="rm -r build", kind="execute"),
            "options": (
                ApprovalOption(id="yes", name="Allow", kind="allow_once"),
                ApprovalOption(id="no", name="Deny", kind="reject_once"),
            ),
            "created_at": CREATED,
            "updated_at": CREATED,
            **fields,
        }
    )


def make_comment(session_id: str, **fields: Any) -> Comment:
    """An open note on a line that is followed."""
    identifier = fields.pop("comment_id", None) or make_id()
    return Comment(
        **{
            "comment_id": identifier,
            "short_id": short_id(identifier),
            "session_id": session_id,
            "path": "src/a.py",
            "start_line": 3,
            "end_line": 3,
            "snippet": "three",
            "text": "Why three?",
            "author": "ada",
            "checkpoint": "c" * 40,
            "base": "b" * 40,
            "created_at": CREATED,
            "updated_at": CREATED,
            **fields,
        }
    )


def make_board(**fields: Any) -> Board:
    """A board with a slug of its own."""
    identifier = fields.pop("board_id", None) or make_id()
    return Board(
        **{
            "board_id": identifier,
            "short_id": short_id(identifier),
            "name": "Main",
            "slug": f"main-{short_id(identifier)}",
            "created_at": CREATED,
            "updated_at": CREATED,
            **fields,
        }
    )


def make_repo(**fields: Any) -> Repo:
    """A repo with a slug and a path of its own."""
    identifier = fields.pop("repo_id", None) or make_id()
    return Repo(
        **{
            "repo_id": identifier,
            "short_id": short_id(identifier),
            "slug": f"project-{short_id(identifier)}",
            "name": "project",
            "local_path": f"/srv/{short_id(identifier)}",
            "default_branch": "main",
            "created_at": CREATED,
            "updated_at": CREATED,
            **fields,
        }
    )


def make_worktree(repo_id: str, **fields: Any) -> Worktree:
    """A worktree on a branch of its own."""
    identifier = fields.pop("worktree_id", None) or make_id()
    return Worktree(
        **{
            "worktree_id": identifier,
            "repo_id": repo_id,
            "name": f"feature-{short_id(identifier)}",
            "path": f"/srv/worktrees/{short_id(identifier)}",
            "ref": "feature",
            "base_sha": "a4f2e91",
            "created_at": CREATED,
            "updated_at": CREATED,
            **fields,
        }
    )
