"""What can be done with a session, wherever one is selected or open."""

from agor_tui.app.commands.command import Command

ALLOW = Command("approval.allow", "a", "answer('allow')", "Allow what the agent asks, once", "allow", "Session")
ALWAYS = Command(
    "approval.always", "A", "answer('always')", "Allow it from now on in this session", "always", "Session"
)
DENY = Command("approval.deny", "d", "answer('deny')", "Deny what the agent asks", "deny", "Session")
PROMPT = Command("session.prompt", "p", "prompt", "Give the session a prompt", "prompt", "Session")
FORK = Command("session.fork", "f", "fork", "Fork at a task, into a session of its own", "fork", "Session")
SPAWN = Command("session.spawn", "s", "spawn", "Spawn a child session with a fresh context", "spawn", "Session")
STOP = Command("session.stop", "x", "stop", "Stop what runs and drop what is queued", "stop", "Session")
TREE = Command("session.tree", "t", "tree", "Show the tree of forks and spawns", "tree", "Session")
COMPLETE = Command("session.complete", "c", "complete", "Say that the session is done", "complete", "Session")
ARCHIVE = Command("session.archive", "D", "archive", "Archive the session", "archive", "Session")
UNDO = Command("session.undo", "u", "undo", "Bring back what was archived last", "undo", "Session")
BOARD = Command("session.board", "b", "to_board", "Move the session to a board", "board", "Session")
COPY = Command("session.copy", "y", "copy", "Copy the session's id", "copy id", "Session")
NEW = Command("session.new", "n", "new", "Start a new session", "new", "Session")
