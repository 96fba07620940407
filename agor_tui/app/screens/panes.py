"""The panes of a session's screen: side by side where there is room, else one at a time; one of them has the keys."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from agor_core.domain.approval import Approval
from agor_core.domain.task import Task
from agor_tui.app.commands import writing
from agor_tui.app.commands.command import Command
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.screens.session_actions import SessionActions
from agor_tui.app.widgets.conversation_view import ConversationView
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.app.widgets.prompt_line import PromptLine
from agor_tui.app.widgets.queue_view import QueueView
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.side import Side
from agor_tui.app.widgets.talk import Piece
from agor_tui.app.widgets.timeline import Timeline
from agor_tui.app.widgets.too_small import TooSmall

WRITING = (("enter", "send"), ("ctrl+j", "new line"), ("esc", "leave the prompt"), ("F1", "keys"))
PANES = ("timeline", "conversation", "side", "prompt")


class Panes(SessionActions):
    """Timeline, conversation, side and prompt."""

    def __init__(self, link: DaemonLink) -> None:
        super().__init__(link)
        self.pane = "timeline"
        self.timeline = Timeline(id="timeline")
        self.talk = ConversationView(id="conversation")
        self.side = Side(id="side")
        self.queue = QueueView()
        self.folded = Note(id="folded")
        self.prompt_line = PromptLine()

    def compose(self) -> ComposeResult:
        yield self.header
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.timeline
                yield self.queue
            yield self.talk
            yield self.side
        yield self.folded
        yield self.prompt_line
        yield self.footer
        yield TooSmall()

    @property
    def help_table(self) -> Sequence[Command]:
        return writing.PROMPT if self.pane == "prompt" else super().help_table

    @property
    def rows(self) -> Rows[Any] | None:
        return self.talk if self.pane == "conversation" else self.timeline

    @property
    def here(self) -> Task | None:
        """The task that the cursor is on."""
        moment = self.timeline.selected
        return moment.task if moment is not None else None

    def to_pane(self, pane: str) -> None:
        """Give a pane the keys. Where one is shown at a time, the prompt comes with what it is about."""
        self.pane = pane
        if pane == "prompt":
            self.prompt_line.prompt.focus()
            shown = "conversation" if self.has_class("-side") else None
        else:
            self.set_focus(None)
            shown = pane
        for one in PANES[:3] if shown is not None else ():
            self.set_class(one == shown, f"-{one}")
        self.timeline.set_active(pane in ("timeline", "side"))
        self.talk.set_active(pane == "conversation")
        self.refresh_keys()

    def refresh_keys(self) -> None:
        if self.pane == "prompt" and self.is_active:
            self.look()
            self.footer.offer(WRITING)
        else:
            super().refresh_keys()

    @property
    def asked(self) -> Approval | None:
        asked = super().asked
        return asked if asked is not None and any(piece.key == asked.approval_id for piece in self.talk.items) else None

    def sees_question(self) -> bool:
        asked = self.asked
        if asked is None or asked != self.question.shown or not self.talk.is_on_screen:
            return False
        seen, piece = self._seen(asked)
        return self.talk.sees(asked.approval_id) or bool(seen and piece.opened) or len(seen) == self.talk.size.height

    def _seen(self, question: Approval) -> tuple[list[int], Piece]:
        """The lines of the window that show a question, and the piece that it is."""
        index, piece = next((i, one) for i, one in enumerate(self.talk.items) if one.key == question.approval_id)
        return [y for y in range(self.talk.size.height) if self.talk.item_at(y) == index], piece

    def reads_on(self, question: Approval) -> bool:
        """Open the question, which shows its beginning, then go on to its end, a window at a time."""
        seen, piece = self._seen(question)
        if not piece.opened and self._hides(piece, len(seen)):
            self.talk.select(piece.key)
            self.talk.toggle()
            return True
        below = self.talk.item_at(seen[-1] + 1)
        if below is None or self.talk.items[below] is not piece:
            return False
        self.talk.scroll_relative(y=self.talk.size.height - 1, animate=False, force=True)
        return True

    def _hides(self, piece: Piece, seen: int) -> bool:
        """Whether a question that is folded has lines that it or the window leaves out."""
        folded, whole = (
            self.talk.draw(replace(piece, opened=opened), self.talk.breadth, selected=True) for opened in (False, True)
        )
        return folded != whole or seen < len(whole)

    def seek_question(self) -> None:
        if self.question.shown is not None:
            self.to_pane("conversation")
            self.call_after_refresh(self.talk.select, self.question.shown.approval_id)

    def on_resize(self) -> None:
        super().on_resize()
        if not self.has_class(*(f"-{pane}" for pane in PANES)):
            self.to_pane(self.pane)

    def on_descendant_focus(self) -> None:
        if self.pane != "prompt" and self.prompt_line.prompt.has_focus:
            self.to_pane("prompt")

    def on_prompt_left(self, message: Prompt.Left) -> None:
        if message.step < 0:
            self.to_pane("conversation")

    def action_pane(self, step: int) -> None:
        panes = [pane for pane in PANES if pane != "side" or self.has_class("-narrow")]
        index = panes.index(self.pane) if self.pane in panes else 0
        self.to_pane(panes[(index + step) % len(panes)])

    def action_timeline(self) -> None:
        self.to_pane("timeline")

    def action_conversation(self) -> None:
        self.to_pane("conversation")

    def action_prompt(self) -> None:
        self.to_pane("prompt")

    def action_back(self) -> None:
        if self.pane == "prompt":
            self.to_pane("timeline" if not self.has_class("-narrow") else "conversation")
        else:
            self.leave()

    def leave(self) -> None:
        """Back to where one came from."""
        self.app.pop_screen()
