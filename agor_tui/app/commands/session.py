"""The commands of the session screen, the most important first: the footer drops them from the end."""

from agor_tui.app.commands import sessions as the
from agor_tui.app.commands.command import Command
from agor_tui.app.commands.everywhere import EVERYWHERE, MOVEMENT

COMMANDS = (
    the.ALLOW,
    the.ALWAYS,
    the.DENY,
    the.PROMPT,
    Command(
        "session.toggle", "enter", "unfold", "Open or fold a tool call; show the task's messages", "open", "Session"
    ),
    the.FORK,
    Command("session.diff", "v", "diff", "View what the task changed in the files", "diff", "Session"),
    the.STOP,
    Command("session.back", "escape", "back", "Back to the board", "back", "Session"),
    Command("session.pane", "tab", "pane(1)", "Next pane", "pane", "Session"),
    EVERYWHERE[0],
    the.TREE,
    the.SPAWN,
    the.COMPLETE,
    the.ARCHIVE,
    the.BOARD,
    the.UNDO,
    Command("session.pane_back", "shift+tab", "pane(-1)", "Previous pane", "", "Move"),
    Command("session.copy", "y", "copy", "Copy the selected message, or the task's prompt", "copy", "Session"),
    Command("session.fold_all", "o", "open_all", "Open or fold all tool calls", "", "Session"),
    Command("session.to_timeline", "h,left", "timeline", "To the timeline", "", "Move"),
    Command("session.to_conversation", "l,right", "conversation", "To the conversation", "", "Move"),
    *MOVEMENT,
    *EVERYWHERE[1:],
)
