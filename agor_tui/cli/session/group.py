"""The verbs of ``agor session``."""

from agor_tui.cli.parsing import Entry, group

_HERE = "agor_tui.cli.session"

session = group(
    "session",
    "Create, prompt, watch, fork and spawn sessions.",
    {
        "create": Entry(f"{_HERE}.create:create", "Make a session, and prompt it if wanted."),
        "list": Entry(f"{_HERE}.listing:list_sessions", "List sessions, the newest first."),
        "show": Entry(f"{_HERE}.show:show", "Show a session: git, plan, tasks, tree."),
        "tree": Entry(f"{_HERE}.tree:tree", "Draw the tree of a session's forks and spawns."),
        "prompt": Entry(f"{_HERE}.prompt:prompt", "Give a session its next task."),
        "fork": Entry(f"{_HERE}.branching:fork", "Make a sibling that goes on from one of a session's tasks."),
        "spawn": Entry(f"{_HERE}.branching:spawn", "Make a child with a fresh context."),
        "watch": Entry(f"{_HERE}.watch:watch", "Print a session's conversation as it happens."),
        "stop": Entry(f"{_HERE}.changes:stop", "Cancel what a session does and what it has queued."),
        "complete": Entry(f"{_HERE}.changes:complete", "Say that a session is done."),
        "archive": Entry(f"{_HERE}.changes:archive", "Put a session away, or bring it back."),
        "rename": Entry(f"{_HERE}.changes:rename", "Change a session's title or board."),
    },
)
