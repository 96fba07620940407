"""Sample records for the demos of the widgets: one session at work, its conversation, its forks and its approval."""

from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.comparison import ComparedFile, ComparedSession, Comparison, FileInSession
from agor_core.domain.figures import Diffstat, Usage
from agor_core.domain.genealogy import Edge, EdgeKind, Genealogy
from agor_core.domain.message import FileDiff, Message, Role, ToolCall, ToolStatus
from agor_core.domain.session import (
    CurrentTask,
    Fidelity,
    Session,
    SessionGenealogy,
    SessionGitState,
    SessionRepo,
    SessionStatus,
)
from agor_core.domain.standing import WorktreeStanding
from agor_core.domain.task import PlanEntry, PlanStatus, Task, TaskGitState, TaskStatus
from agor_core.ids import ApprovalId, MessageId, RepoId, SessionId, TaskId, WorktreeId
from agor_tui.state.conversation import Conversation

AT = "2026-03-02T12:00:00.000Z"
CHANGED = Diffstat(files=2, insertions=42, deletions=7)
EDIT = ToolCall(
    call_id="call-1",
    title="Edit src/limits.py",
    kind="edit",
    status=ToolStatus.COMPLETED,
    diff=FileDiff(path="src/limits.py", old_text="RATE = 5\n", new_text="RATE = 10\nBURST = 20\n"),
)
PATCH = """\
diff --git a/src/limits.py b/src/limits.py
--- a/src/limits.py
+++ b/src/limits.py
@@ -1,2 +1,3 @@ limits
 import time
-RATE = 5
+RATE = 10
+BURST = 20
"""


def task(position: int, prompt: str, status: TaskStatus = TaskStatus.COMPLETED) -> Task:
    """A task of the sample session."""
    return Task(
        task_id=TaskId(f"task-{position}"),
        short_id=f"00000a0{position}",
        session_id=SessionId("session-1"),
        position=position,
        status=status,
        full_prompt=prompt,
        created_at=AT,
        started_at=AT,
        completed_at=AT,
        files=("src/limits.py", "tests/test_limits.py"),
        plan=(
            PlanEntry(content="Read the login", status=PlanStatus.COMPLETED),
            PlanEntry(content="Write the limiter", status=PlanStatus.IN_PROGRESS),
            PlanEntry(content="Test the limiter"),
        ),
        git_state=TaskGitState(sha_at_end="b3e4d12-dirty", diffstat=CHANGED),
        error="The agent's process ended with exit code 3." if status is TaskStatus.FAILED else None,
    )


TASKS = (
    task(1, "Explain how the login works"),
    task(2, "Limit the rate of the login", TaskStatus.FAILED),
    task(3, "Limit the rate of the login with a token bucket", TaskStatus.RUNNING),
    task(4, "Document the limit", TaskStatus.QUEUED),
)


def session(number: int, title: str, status: SessionStatus, genealogy: SessionGenealogy | None = None) -> Session:
    """A session in a repository, whose current task is the third."""
    return Session(
        session_id=SessionId(f"session-{number}"),
        short_id=f"00000b0{number}",
        status=status,
        agent="demo",
        title=title,
        created_at=AT,
        updated_at=AT,
        task_count=len(TASKS),
        usage=Usage(input_tokens=18_000, output_tokens=2_400, cost_usd=0.31),
        current=CurrentTask(
            task_id=TASKS[2].task_id,
            position=3,
            status=TASKS[2].status,
            step="Write the limiter",
            plan_done=1,
            plan_total=3,
        ),
        repo=SessionRepo(cwd="/project", repo_id=RepoId("repo-1"), repo_slug="project", worktree_name="limits"),
        git_state=SessionGitState(ref="feat/limits", base_sha="a4f2e91", current_sha="b3e4d12-dirty", diffstat=CHANGED),
        genealogy=genealogy or SessionGenealogy(),
    )


SESSION = session(1, "Rate limit the login", SessionStatus.AWAITING_PERMISSION)
FORK = session(
    2,
    "Rate limit the login, with a leaky bucket",
    SessionStatus.RUNNING,
    SessionGenealogy(
        forked_from_session_id=SESSION.session_id,
        fork_point_task_id=TASKS[0].task_id,
        fork_point="end",
        fidelity=Fidelity.NATIVE,
    ),
)
SPAWN = session(
    3,
    "Write tests",
    SessionStatus.FAILED,
    SessionGenealogy(parent_session_id=SESSION.session_id, spawn_point_task_id=TASKS[2].task_id),
)
SESSIONS = (SESSION, FORK, SPAWN)
WORKTREE = WorktreeStanding(
    worktree_id=WorktreeId("w"),
    repo_id=RepoId("r"),
    name="rate-limit",
    path="/home/me/.agor/worktrees/api/rate-limit",
    used_at=SESSION.updated_at,
    there=True,
    branch="rate-limit",
    dirty=True,
    ahead=2,
    bytes=48 * 2**20,
    losses=("ignored: .env",),
)
COMPARISON = Comparison(
    sessions=tuple(
        ComparedSession(
            session_id=one.session_id,
            short_id=one.short_id,
            title="Rate limit the login",
            agent=one.agent,
            model=None,
            status=one.status,
            task_count=3,
            seconds=370,
            diffstat=CHANGED,
            conflicts=("src/auth/login.py",) if one is FORK else (),
            target="main",
            last_words="The bucket stands beside the session store, and refusals are logged.",
        )
        for one in SESSIONS
    ),
    files=tuple(
        ComparedFile(
            path=path,
            within={
                one.session_id: FileInSession(insertions=61, deletions=3, version=int(one is FORK)) for one in changed
            },
        )
        for path, changed in (("src/auth/limits.py", SESSIONS[:1]), ("src/auth/login.py", SESSIONS))
    ),
    file_count=2,
)
GENEALOGY = Genealogy(
    root_id=SESSION.session_id,
    sessions=SESSIONS,
    edges=(
        Edge(
            kind=EdgeKind.FORK,
            source=SESSION.session_id,
            target=FORK.session_id,
            task_id=TASKS[0].task_id,
            position=1,
        ),
        Edge(
            kind=EdgeKind.SPAWN,
            source=SESSION.session_id,
            target=SPAWN.session_id,
            task_id=TASKS[2].task_id,
            position=3,
        ),
    ),
)
APPROVAL = Approval(
    approval_id=ApprovalId("approval-1"),
    session_id=SESSION.session_id,
    task_id=TASKS[2].task_id,
    tool=ToolCall(call_id="call-2", title="Run the tests", kind="execute", input={"command": "pytest -q tests"}),
    options=(ApprovalOption(id="once", name="Allow", kind="allow_once"),),
    created_at=AT,
    updated_at=AT,
)


def _message(index: int, role: Role, text: str = "", tool: ToolCall | None = None) -> Message:
    return Message(
        message_id=MessageId(f"message-{index}"),
        session_id=SESSION.session_id,
        task_id=TASKS[2].task_id,
        index=index,
        role=role,
        text=text,
        tool=tool,
        created_at=AT,
    )


MESSAGES = (
    _message(0, Role.USER, TASKS[2].full_prompt),
    _message(1, Role.THOUGHT, "A token bucket needs the time of the last request only."),
    _message(2, Role.TOOL, tool=EDIT),
    _message(3, Role.ASSISTANT, "The limiter is **in place**:\n\n- ten logins a minute\n- `BURST` allows twenty"),
)


def conversation() -> Conversation:
    """The sample session's conversation, loaded."""
    known = Conversation(genealogy=GENEALOGY)
    known.load(TASKS, MESSAGES)
    return known
