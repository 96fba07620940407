"""The search through titles, prompts, answers and tool calls, as one types."""

from typing import Any, ClassVar

import msgspec
from textual.app import ComposeResult

from agor_tui.app.busy import Work
from agor_tui.app.controllers.search_navigation import LEAVE, OPEN, SearchNavigation
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.host import Host
from agor_tui.app.loading import Calls
from agor_tui.app.screens.base import AgorScreen
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.hit_rows import HitRows, SearchHit
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.rows import Rows
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.state.figures import counted
from agor_tui.state.search_query import NAMES, SearchQuery, parsed

MOST = 100
"""Hits that are shown, the newest."""
REST_SECONDS = 0.03
"""Letters that are typed within this time are asked for together."""
HINT = "words of a title, a prompt, an answer or a command; narrowed by " + "  ".join(f"{name}:" for name in NAMES)


class SearchScreen(AgorScreen):
    """A line to type in, and the hits below it, the newest first."""

    ORDER = (OPEN, LEAVE)
    AUTO_FOCUS = "#search"
    CSS_PATH = "search.tcss"
    kept: ClassVar[str] = ""
    """What was searched last, for as long as the app runs."""

    def __init__(self, host: Host, link: DaemonLink) -> None:
        super().__init__(host, link)
        self.line = FilterLine(id="search", placeholder="search")
        self.note = Note(id="note")
        self.hits = HitRows(id="hits")
        self._asked: SearchQuery | None = None
        self._resting: Work | None = None
        self.attach(SearchNavigation(host, self.hits))

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.line
        yield self.note
        yield self.hits
        yield self.footer
        yield TooSmall()

    def on_mount(self) -> None:
        self.header.location = [("search", "strong")]
        self.line.value = SearchScreen.kept
        self.line.cursor_position = len(self.line.value)
        self.refresh_header()
        self._say("")
        self._ask()

    def on_filter_line_filtered(self) -> None:
        SearchScreen.kept = self.line.text
        if self._resting is None:
            self._resting = self.link.busy.begin()
            self.set_timer(REST_SECONDS, self._rested)

    def _rested(self) -> None:
        self._ask()
        if self._resting is not None:
            self._resting.done()
            self._resting = None

    def _ask(self) -> None:
        query = parsed(self.line.text, self.host.clock.now())
        if query == self._asked or not self.is_attached:
            return
        self._asked = query
        if not query.words or query.fault:
            self._show([], query)
            return

        def find(daemon: Calls) -> list[SearchHit]:
            answer: Any = daemon.call("GET", "/search", query=query.pairs(MOST))
            return msgspec.convert(answer["data"], list[SearchHit])

        self.link.call(find, lambda hits: self._found(hits, query), lambda sentence: self._failed(sentence, query))

    def _found(self, hits: list[SearchHit], query: SearchQuery) -> None:
        if query is self._asked and self.is_attached:
            self._show(hits, query)

    def _failed(self, sentence: str, query: SearchQuery) -> None:
        if query is self._asked and self.is_attached:
            self.hits.set_items(())
            self._say(sentence)

    def _show(self, hits: list[SearchHit], query: SearchQuery) -> None:
        self.hits.words = tuple(query.words.lower().split())
        self.hits.invalidate()
        self.hits.set_items(hits)
        self.hits.move_to(0)
        many = f"the newest {MOST}" if len(hits) == MOST else counted(len(hits), "hit")
        self._say(query.fault or (many if query.words else ""))
        self.refresh_keys()

    def _say(self, sentence: str) -> None:
        self.note.set_text([(" ", "text"), (sentence or HINT, "faint")])

    def on_rows_moved(self) -> None:
        self.refresh_keys()

    def on_rows_picked(self, message: Rows.Picked) -> None:  # noqa: ARG002 - there is one
        self.action_command(OPEN.id)
