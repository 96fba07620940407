"""The verbs of ``agor session``."""

from agor_tui.cli.parsing import LazyVerb, group

_HERE = "agor_tui.cli.session"

session = group(
    "session",
    "Create, prompt, watch, fork and spawn sessions.",
    {
        "create": LazyVerb(f"{_HERE}.create:create", "Create a session, with a first prompt if given."),
        "list": LazyVerb(f"{_HERE}.listing:list_sessions", "List sessions, the newest first."),
        "show": LazyVerb(f"{_HERE}.show:show", "Show a session: git, plan, tasks, tree."),
        "tree": LazyVerb(f"{_HERE}.tree:tree", "Draw the tree of a session's forks and spawns."),
        "diff": LazyVerb(
            f"{_HERE}.diff:diff", "Print what changed in a session since it began, or between two points."
        ),
        "prompt": LazyVerb(f"{_HERE}.prompt:prompt", "Give a session its next task."),
        "fork": LazyVerb(f"{_HERE}.branching:fork", "Fork a session at one of its tasks, into a sibling."),
        "spawn": LazyVerb(f"{_HERE}.branching:spawn", "Spawn a child with a fresh context."),
        "watch": LazyVerb(f"{_HERE}.watch:watch", "Print a session's conversation as it happens."),
        "check": LazyVerb(f"{_HERE}.checking:check", "Check a session's files by a command."),
        "bisect": LazyVerb(f"{_HERE}.bisecting:bisect", "Find the first task after which a check fails."),
        "stop": LazyVerb(f"{_HERE}.changes:stop", "Cancel a session's running task."),
        "restore": LazyVerb(f"{_HERE}.changes:restore", "Let sessions go on whose tasks ended with the daemon."),
        "complete": LazyVerb(f"{_HERE}.changes:complete", "Mark a session as completed."),
        "archive": LazyVerb(f"{_HERE}.changes:archive", "Archive a session, or restore it."),
        "remove": LazyVerb("agor_tui.cli.removal:remove_session", "Remove a session for good."),
        "set": LazyVerb(f"{_HERE}.options:set_options", "Change mode, model and further options of the agent."),
        "rename": LazyVerb(f"{_HERE}.changes:rename", "Change a session's title or board."),
    },
)
