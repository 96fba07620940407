"""What can be done on every screen."""

from agor_tui.app.commands.command import Command

EVERYWHERE = (
    Command("app.help", "question_mark,f1", "app.keys", "Show the keys of this screen", "keys", "App"),
    Command("app.palette", "ctrl+p", "app.palette", "Search all commands, sessions and boards", "commands", "App"),
    Command("app.jump", "colon", "app.palette(':')", "Go to a session or a board by name", "", "App"),
    Command("app.asking", "exclamation_mark", "app.next_asking", "Go to the next session that needs you", "", "App"),
    Command("app.back", "minus", "app.go_back", "Back to where you were before, and to and fro", "", "App"),
    Command("app.archived", "U", "app.archived", "Archived sessions: find one and bring it back", "", "App"),
    Command("app.theme", "ctrl+t", "app.turn_light", "Change between the dark and the light theme", "", "App"),
    Command(
        "app.suspend", "ctrl+z", "app.suspend_process", "Suspend the app; the shell's fg brings it back", "", "App"
    ),
    Command("app.quit", "q", "app.leave", "Quit; the agents work on in the daemon", "quit", "App"),
)

MOVEMENT = (
    Command("move.down", "j,down", "move(1)", "Down", "", "Move"),
    Command("move.up", "k,up", "move(-1)", "Up", "", "Move"),
    Command("move.top", "g,home", "edge(-1)", "To the top (gg)", "", "Move"),
    Command("move.bottom", "G,end", "edge(1)", "To the bottom", "", "Move"),
    Command("move.page_down", "ctrl+d,pagedown", "page(1)", "Half a window down", "", "Move"),
    Command("move.page_up", "ctrl+u,pageup", "page(-1)", "Half a window up", "", "Move"),
)
