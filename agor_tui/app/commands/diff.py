"""The commands of the diff, the most important first."""

from agor_tui.app.commands.command import Command
from agor_tui.app.commands.everywhere import EVERYWHERE, MOVEMENT

COMMANDS = (
    Command("diff.next", "right_square_bracket,tab", "file(1)", "Next file", "next file", "Diff"),
    Command("diff.previous", "left_square_bracket,shift+tab", "file(-1)", "Previous file", "previous", "Diff"),
    Command("diff.back", "escape,v", "back", "Back", "back", "Diff"),
    Command("diff.refresh", "r", "refresh_diff", "Read the changes again, as they are now", "refresh", "Diff"),
    Command("diff.copy", "y", "copy", "Copy the diff of the file, or above the first that of all", "copy", "Diff"),
    EVERYWHERE[0],
    *MOVEMENT,
    *EVERYWHERE[1:],
)
