"""The commands of the board, the most important first: the footer drops them from the end."""

from agor_tui.app.commands import sessions as the
from agor_tui.app.commands.command import Command
from agor_tui.app.commands.everywhere import EVERYWHERE, MOVEMENT

OPEN = Command("board.open", "enter", "open", "Open the selected session", "open", "Board")
FILTER = Command("board.filter", "slash", "filter", "Filter the sessions; ! turns the filter round", "filter", "Board")
VIEW = Command("board.view", "v", "view", "Change between columns and list", "list", "Board")
CLEAR = Command("board.clear", "escape", "clear", "Drop the selection, then the filter", "clear", "Board")
MARK = Command("board.mark", "space", "mark", "Select several; commands then act on all of them", "select", "Board")

COMMANDS = (
    OPEN,
    the.ALLOW,
    the.ALWAYS,
    the.DENY,
    the.NEW,
    the.FORK,
    the.PROMPT,
    FILTER,
    MARK,
    the.TREE,
    EVERYWHERE[0],
    VIEW,
    the.SPAWN,
    the.STOP,
    the.COMPLETE,
    the.ARCHIVE,
    the.UNDO,
    the.BOARD,
    the.COPY,
    Command("board.next", "tab,right_square_bracket", "tab(1)", "Next board", "", "Board"),
    Command("board.previous", "shift+tab,left_square_bracket", "tab(-1)", "Previous board", "", "Board"),
    Command("board.left", "h,left", "column(-1)", "Column to the left", "", "Move"),
    Command("board.right", "l,right", "column(1)", "Column to the right", "", "Move"),
    CLEAR,
    *MOVEMENT,
    *EVERYWHERE[1:],
)
