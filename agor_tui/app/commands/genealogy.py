"""The commands of the genealogy screen, the most important first."""

from agor_tui.app.commands import sessions as the
from agor_tui.app.commands.command import Command
from agor_tui.app.commands.everywhere import EVERYWHERE, MOVEMENT

COMMANDS = (
    Command("tree.open", "enter", "open", "Open the selected session", "open", "Tree"),
    the.FORK,
    the.SPAWN,
    Command("tree.back", "escape,t", "back", "Back", "back", "Tree"),
    the.PROMPT,
    EVERYWHERE[0],
    the.COPY,
    *MOVEMENT,
    *EVERYWHERE[1:],
)
