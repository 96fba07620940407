"""A shop whose login gets a rate limit: every status, a fork, a spawn, a queue and a diff, for pictures."""

from msgspec.structs import replace

from agor_core.domain.figures import Diffstat
from agor_core.domain.message import FileDiff, Message, ToolStatus
from agor_core.domain.task import PlanEntry, PlanStatus, Task, TaskGitState
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon

PATCH = """\
diff --git a/src/auth/limits.py b/src/auth/limits.py
new file mode 100644
index 0000000..8a1218a
--- /dev/null
+++ b/src/auth/limits.py
@@ -0,0 +1,4 @@
+class Bucket:
+    def take(self) -> bool:
+        self.left -= 1
+        return self.left >= 0
diff --git a/src/auth/login.py b/src/auth/login.py
index 3b18e51..a042389 100644
--- a/src/auth/login.py
+++ b/src/auth/login.py
@@ -1,4 +1,5 @@
 def login(account, password):
-    return check(account, password)
+    if BUCKETS[account].take():
+        return check(account, password)
 #
 SESSIONS = {}
"""
SAID = """I'll put the bucket beside the session store, so that it **lives as long** as a login does:

- `limits.py` holds the bucket
- `login.py` asks it *before* the password is checked

```python
if not bucket.take():
    return None
```"""


def empty() -> FakeDaemon:
    """No session yet, and a board without any."""
    return FakeDaemon(make.board("experiments"))


class Shop:
    """The records and the daemon that has them."""

    def __init__(self) -> None:
        self.main, self.experiments = make.board("main"), make.board("experiments")
        limit = make.session("Rate limit the login", status="awaiting_permission", asks="rm -rf build/", done=1,
                             total=3, tasks=3, added=120, removed=8, dirty=True, minutes=4,
                             branch="rate-limit-the-login", board_id=self.main.board_id)  # fmt: skip
        self.limit = limit
        self.tasks = self._tasks()
        first, second, *_ = self.tasks
        bucket = make.session("Leaky bucket instead", forked=(limit.session_id, first.task_id), minutes=60, added=31,
                              branch="leaky-bucket-instead")  # fmt: skip
        window = make.session("Sliding window", status="failed", forked=(bucket.session_id, first.task_id), minutes=30)
        parser = make.session("Port the parser to nom", status="running", step="Rewriting the lexer", done=2, total=5,
                              minutes=12, board_id=self.main.board_id)  # fmt: skip
        tests = make.session("Write limiter tests", status="running", spawned=(limit.session_id, second.task_id),
                             minutes=2)  # fmt: skip
        clock = make.session("Fix the flaky clock test, which fails on the last day of every month", status="completed",
                             agent="claude-code", minutes=600, added=4, removed=4)  # fmt: skip
        codes = make.session("Name the error codes", tasks=0, minutes=2000, branch="main")
        self.archived = replace(make.session("Bump dependencies", minutes=3000), archived_at=make.at(90))
        failure = make.task(window, 1, full_prompt="Try a sliding window", status="failed",
                            error="The model is overloaded: try again in a few minutes.")  # fmt: skip
        running = make.task(parser, 1, full_prompt="Port it to nom", status="running")
        self.daemon = FakeDaemon(
            self.main, self.experiments, limit, bucket, window, parser, tests, clock, codes, self.archived,
            *self.tasks, failure, running, *self._messages(), make.approval(limit),
            make.message(failure, 0, "Try a sliding window", "user"),
            make.message(running, 0, "Port it to nom", "user"),
            make.message(running, 1, "", "tool", tool=make.tool("make", "execute", status=ToolStatus.IN_PROGRESS)),
            make.message(running, 2, "The lexer is", complete=False),
        )  # fmt: skip
        self.daemon.diffs |= {task.task_id: PATCH for task in self.tasks}

    def _tasks(self) -> list[Task]:
        plan = {
            "Log refusals": PlanStatus.COMPLETED,
            "Write tests": PlanStatus.IN_PROGRESS,
            "Clean the build": PlanStatus.PENDING,
        }
        changed = TaskGitState(sha_at_start="a4f2e91", sha_at_end="b3e4d12-dirty", checkpoint_start="c1",
                               diffstat=Diffstat(files=2, insertions=6, deletions=1))  # fmt: skip
        return [
            make.task(self.limit, 1, full_prompt="Sketch the limiter"),
            make.task(self.limit, 2, full_prompt="One bucket per account\nand none for the health check",
                      git_state=changed, files=("src/auth/limits.py", "src/auth/login.py")),
            make.task(self.limit, 3, full_prompt="Log refusals", status="awaiting_permission",
                      plan=tuple(PlanEntry(content=content, status=status) for content, status in plan.items())),
            make.task(self.limit, 4, full_prompt="Now the same for the password reset", status="queued",
                      started_at=None),
            make.task(self.limit, 5, full_prompt="Write it up in the README", status="queued", started_at=None),
        ]  # fmt: skip

    def _messages(self) -> list[Message]:
        first, second, third, *_ = self.tasks
        line = "    return check(account, password)\n"
        limited = f"    if BUCKETS[account].take():\n    {line}"
        diff = FileDiff(path="src/auth/login.py", old_text=line, new_text=limited)
        return [
            make.message(first, 0, "Sketch the limiter", "user"),
            make.message(first, 1, "The login is the only way in, so the bucket belongs before the check.", "thought"),
            make.message(first, 2, SAID),
            make.message(second, 3, "One bucket per account\nand none for the health check", "user"),
            make.message(second, 4, "", "tool", tool=make.tool("src/auth/login.py", output="def login():\n" * 21)),
            make.message(second, 5, "", "tool", tool=make.tool("src/auth/login.py", "edit", diff=diff)),
            make.message(second, 6, "Each account has its own bucket now."),
            make.message(third, 7, "Log refusals", "user"),
            make.message(third, 8, "", "tool", tool=make.tool("make test", "execute", output="12 passed\n")),
            make.message(third, 9, "Only the stale build is left to"),
        ]
