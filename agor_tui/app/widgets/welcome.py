"""The text of a board without sessions: an introduction, or the reason why it is empty."""

from collections.abc import Sequence

from agor_tui.app.commands.command import key
from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, truncated
from agor_tui.state import clean


class Welcome(InkLine):
    """A few lines in the middle of the screen."""

    DEFAULT_CSS = "Welcome { width: 72; max-width: 96%; height: 8; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.board = ""
        self.filter_text = ""
        """The filter that no session passes."""

    def lines(self, width: int) -> Sequence[Line]:
        if self.filter_text:
            return [
                truncated([("No session fits the filter ", "muted"), (clean.line(self.filter_text), "strong")], width),
                [],
                [(key("board.clear", "esc"), "accent-strong"), ("  takes the filter away.", "muted")],
            ]
        if self.board:
            return [
                [("No session is on ", "muted"), (self.board, "strong"), (" yet.", "muted")],
                [],
                [
                    (key("session.new", "n"), "accent-strong"),
                    ("  starts one here; ", "muted"),
                    (key("session.board", "b"), "accent-strong"),
                    (" moves one here from All.", "muted"),
                ],
            ]
        fork, glyphs = self.glyphs.fork, self.glyphs
        return [
            [("Agor runs coding agents side by side", "strong")],
            [("and keeps what they did.", "strong")],
            [],
            [
                (f"{glyphs.running} ", "accent"),
                ("Each works in a worktree of its own; your checkout stays as it is.", "muted"),
            ],
            [
                (f"{glyphs.needs_you} ", "warning"),
                ("Those that need an answer stand first, and you answer in place.", "muted"),
            ],
            [(f"{fork} ", "text"), ("Any task of any session can be forked: conversation and files.", "muted")],
            [],
            [(key("session.new", "n"), "accent-strong"), ("  starts the first session", "text")],
        ]
