"""A check: what became of it, and its output as it comes; it can be stopped and run again from here."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from agor_core.domain.check import Check
from agor_tui.app import checking
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.widgets.ink import TONES
from agor_tui.app.widgets.lines import Line, joined
from agor_tui.app.widgets.log_view import LogHead, LogView
from agor_tui.state import clean
from agor_tui.state.ages import duration

EVERY = 1.0
"""Seconds between two looks while it runs."""
WAITS = "It waits for other checks to end."


class CheckOutput(ModalScreen[None]):
    """``again`` begins the same check anew and tells it; escape closes, and leaves the check running."""

    CSS_PATH = "check_output.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+k", "leave", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("ctrl+d,pagedown", "page(1)", show=False),
        Binding("ctrl+u,pageup", "page(-1)", show=False),
        Binding("g,home", "edge(-1)", show=False),
        Binding("G,end", "edge(1)", show=False),
        Binding("x", "stop", show=False),
        Binding("r", "again", show=False),
    ]

    def __init__(
        self, link: DaemonLink, title: str, check: Check, again: Callable[[Callable[[Check], object]], None]
    ) -> None:
        super().__init__()
        self._link = link
        self._title = title
        self._check = check
        self._again = again
        self._reading = False
        self._head = LogHead(id="head")
        self._log = LogView(id="log")

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = f"Check of “{self._title}”"
            panel.border_subtitle = "x stop  r again  esc back"
            yield self._head
            yield self._log

    def on_mount(self) -> None:
        self.set_interval(EVERY, self._look)
        self._show(self._check, "")
        self._read()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_scroll(self, step: int) -> None:
        self._log.move(step)

    def action_page(self, direction: int) -> None:
        self._log.page(direction)

    def action_edge(self, direction: int) -> None:
        self._log.edge(direction)

    def action_stop(self) -> None:
        """Stop the check, if it runs."""
        if not self._check.ended:
            self._link.call(lambda daemon: checking.stop(daemon, self._check), lambda _: self._read())

    def action_again(self) -> None:
        """Run it again, unless it runs."""
        if self._check.ended:
            self._again(self._begun)

    def _begun(self, check: Check) -> None:
        self._check = check
        self._read()

    def _look(self) -> None:
        if not self._check.ended:
            self._read()

    def _read(self) -> None:
        if self._reading:
            return
        self._reading, check_id = True, self._check.check_id

        def found(answer: tuple[Check, str]) -> None:
            self._reading = False
            if self.is_attached and answer[0].check_id == self._check.check_id:
                self._check = answer[0]
                self._show(*answer)

        def failed(sentence: str) -> None:
            self._reading = False
            self._link.complain(sentence)

        self._link.call(lambda daemon: checking.read(daemon, check_id), found, failed)

    def _show(self, check: Check, output: str) -> None:
        mark = self._log.glyphs.check(check.status)
        code: Line = [(f"exit code {check.exit_code}", "faint")] if check.exit_code else []
        took: Line = [(duration(check.duration), "faint")] if check.duration is not None else []
        head: list[Line] = [
            joined([[(f"{mark.glyph} {mark.word}", TONES[mark.tone])], code, took]),
            [("$ ", "faint"), (clean.exact(check.command), "strong")],
        ]
        said = [*([check.error] if check.error else []), *check.notes]
        said += [WAITS] if not check.ended and check.started_at is None else []
        head += [[(clean.line(sentence), "muted")] for sentence in said]
        self._head.set_lines([*head, []])
        self._log.set_output(output)
