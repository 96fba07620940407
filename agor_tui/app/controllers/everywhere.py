"""The commands of every screen: help, palette, navigation, theme, suspend and quit."""

from typing import TYPE_CHECKING

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller

if TYPE_CHECKING:
    from agor_tui.app.host import Host

HELP = Command("app.help", "question_mark,f1", "Show the keys of this screen", "keys", "App")
PALETTE = Command("app.palette", "ctrl+p", "Search all commands, sessions and boards", "commands", "App")
JUMP = Command("app.jump", "colon", "Go to a session or a board by name", "", "App")
ASKING = Command("app.asking", "exclamation_mark", "Go to the next session that needs you", "", "App")
BACK = Command("app.back", "minus", "Back to where you were before, and to and fro", "", "App")
SEARCH = Command("app.search", "ctrl+f,F", "Search titles, prompts, answers and tool calls", "", "App")
ARCHIVED = Command("app.archived", "U", "Archived and removed sessions: find one and bring it back", "", "App")
WORKTREES = Command("app.worktrees", "W", "Worktrees: what they hold, their size, and which can go", "", "App")
SETTINGS = Command("app.settings", "comma", "Settings: their values, and what they do", "", "App")
THEME = Command("app.theme", "ctrl+t", "Change between the dark and the light theme", "", "App")
SUSPEND = Command("app.suspend", "ctrl+z", "Suspend the app; the shell's fg brings it back", "", "App")
QUIT = Command("app.quit", "q", "Quit; the agents work on in the daemon", "quit", "App")


class Everywhere(Controller):
    """Each command is an action of the app."""

    COMMANDS = (HELP, PALETTE, JUMP, ASKING, BACK, ARCHIVED, SEARCH, SETTINGS, WORKTREES, THEME, SUSPEND, QUIT)

    def __init__(self, host: "Host") -> None:
        super().__init__(
            {
                HELP: host.action_keys,
                PALETTE: host.action_palette,
                JUMP: lambda: host.action_palette(":"),
                ASKING: host.action_next_asking,
                BACK: host.action_go_back,
                ARCHIVED: host.action_archived,
                SEARCH: host.action_search,
                WORKTREES: host.show_worktrees,
                SETTINGS: host.action_settings,
                THEME: host.action_turn_light,
                SUSPEND: host.action_suspend_process,
                QUIT: host.action_leave,
            }
        )
