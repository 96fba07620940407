"""Pane focus: which pane of the session screen has the keys."""

from functools import partial
from typing import Literal, Protocol

from agor_tui.app.commands.command import Command
from agor_tui.app.controllers.controller import Controller
from agor_tui.app.controllers.session_commands import PROMPT

Pane = Literal["timeline", "conversation", "side", "prompt"]
PANES: tuple[Pane, ...] = ("timeline", "conversation", "side", "prompt")

NEXT = Command("session.pane", "tab", "Next pane", "pane", "Session")
PREVIOUS = Command("session.pane_back", "shift+tab", "Previous pane", "", "Move")
TO_TIMELINE = Command("session.to_timeline", "h,left", "To the timeline", "", "Move")
TO_CONVERSATION = Command("session.to_conversation", "l,right", "To the conversation", "", "Move")
BACK = Command("session.back", "escape", "Back to the board", "back", "Session")


class PaneView(Protocol):
    """The panes as the screen lays them out."""

    @property
    def narrow(self) -> bool:
        """Whether one pane is shown at a time."""

    def show_pane(self, pane: Pane) -> None:
        """Give the pane the keys, and show it."""

    def leave(self) -> None:
        """Close the screen."""


class PaneFocus(Controller):
    """``pane`` has the keys."""

    COMMANDS = (PROMPT, NEXT, PREVIOUS, TO_TIMELINE, TO_CONVERSATION, BACK)

    def __init__(self, view: PaneView) -> None:
        super().__init__(
            {
                PROMPT: partial(self.focus, "prompt"),
                NEXT: partial(self.step, 1),
                PREVIOUS: partial(self.step, -1),
                TO_TIMELINE: partial(self.focus, "timeline"),
                TO_CONVERSATION: partial(self.focus, "conversation"),
                BACK: self.back,
            }
        )
        self._view = view
        self.pane: Pane = "timeline"

    def focus(self, pane: Pane) -> None:
        """Give a pane the keys."""
        self.pane = pane
        self._view.show_pane(pane)

    def step(self, step: int) -> None:
        """Go to the next pane or the previous one; the side pane takes part where one pane is shown at a time."""
        panes = [pane for pane in PANES if pane != "side" or self._view.narrow]
        index = panes.index(self.pane) if self.pane in panes else 0
        self.focus(panes[(index + step) % len(panes)])

    def back(self) -> None:
        """Leave the prompt; from any other pane, leave the screen."""
        if self.pane != "prompt":
            self._view.leave()
        else:
            self.focus("conversation" if self._view.narrow else "timeline")
