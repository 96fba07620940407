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
from agor_tui.app.widgets.conversation_items import ConversationItem
from agor_tui.app.widgets.conversation_view import ConversationView
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.app.widgets.prompt_line import PromptLine
from agor_tui.app.widgets.queue_view import QueueView
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.side import Side
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
        self.conversation_view = ConversationView(id="conversation")
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
            yield self.conversation_view
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
        return self.conversation_view if self.pane == "conversation" else self.timeline

    @property
    def here(self) -> Task | None:
        """The task that the cursor is on."""
        row = self.timeline.selected
        return row.task if row is not None else None

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
        self.conversation_view.set_active(pane == "conversation")
        self.refresh_keys()

    def refresh_keys(self) -> None:
        if self.pane == "prompt" and self.is_active:
            self.look()
            self.footer.set_keys(WRITING)
        else:
            super().refresh_keys()

    @property
    def asked(self) -> Approval | None:
        asked = super().asked
        return (
            asked
            if asked is not None and any(piece.key == asked.approval_id for piece in self.conversation_view.items)
            else None
        )

    def sees_question(self) -> bool:
        asked = self.asked
        if asked is None or asked != self.question.shown or not self.conversation_view.is_on_screen:
            return False
        view = self.conversation_view
        seen, item = self._seen(asked)
        return view.in_view(asked.approval_id) or bool(seen and item.opened) or len(seen) == view.size.height

    def _seen(self, question: Approval) -> tuple[list[int], ConversationItem]:
        """The lines of the window that show an approval, and its item."""
        view = self.conversation_view
        index, item = next((i, one) for i, one in enumerate(view.items) if one.key == question.approval_id)
        return [y for y in range(view.size.height) if view.item_at(y) == index], item

    def reads_on(self, question: Approval) -> bool:
        """Open the question, which shows its beginning, then go on to its end, a window at a time."""
        seen, item = self._seen(question)
        if not item.opened and self._hides(item, len(seen)):
            self.conversation_view.select(item.key)
            self.conversation_view.toggle()
            return True
        below = self.conversation_view.item_at(seen[-1] + 1)
        if below is None or self.conversation_view.items[below] is not item:
            return False
        self.conversation_view.scroll_relative(y=self.conversation_view.size.height - 1, animate=False, force=True)
        return True

    def _hides(self, item: ConversationItem, seen: int) -> bool:
        """Whether a question that is folded has lines that it or the window leaves out."""
        view = self.conversation_view
        folded, whole = (
            view.draw(replace(item, opened=opened), view.line_width, selected=True) for opened in (False, True)
        )
        return folded != whole or seen < len(whole)

    def seek_question(self) -> None:
        if self.question.shown is not None:
            self.to_pane("conversation")
            self.call_after_refresh(self.conversation_view.select, self.question.shown.approval_id)

    def on_resize(self) -> None:
        super().on_resize()
        if not self.has_class(*(f"-{pane}" for pane in PANES)):
            self.to_pane(self.pane)

    def on_descendant_focus(self) -> None:
        if self.pane != "prompt" and self.prompt_line.prompt.has_focus:
            self.to_pane("prompt")

    def on_prompt_exited(self, message: Prompt.Exited) -> None:
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
