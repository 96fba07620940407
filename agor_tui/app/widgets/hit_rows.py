"""Results of a search as rows with a cursor."""

import msgspec

from agor_tui.app.widgets.ink import BAR
from agor_tui.app.widgets.lines import Line, justified, truncated
from agor_tui.app.widgets.rows import Rows
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.titles import shown_title

KINDS = {"title": "title", "task": "prompt", "message": "answer", "tool": "tool"}
MARKED_WORD = "accent-strong"


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """A result as the daemon answers it."""

    service: str
    id: str
    kind: str
    session_id: str
    short_id: str
    excerpt: str
    created_at: str
    task_id: str | None = None
    title: str | None = None


class HitRows(Rows[SearchHit]):
    """Two lines for each: the session, and the words around the hit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.words: tuple[str, ...] = ()
        """The words that are emphasized, in lower case."""

    def key(self, item: SearchHit) -> str:
        return item.id

    def draw(self, item: SearchHit, width: int, *, selected: bool) -> list[Line]:
        edge = (f"{BAR if selected else ' '}", "accent")
        kind: Line = [(f"{KINDS.get(item.kind, item.kind):<7}", "muted")]
        title: Line = [*kind, (shown_title(item.title), "strong" if selected else "text")]
        since: Line = [
            (f"{item.short_id}  ", "faint"),
            (f"{age(item.created_at, self.environment.clock.now()):>4}", "faint"),
        ]
        excerpt = truncated(self._emphasized(clean.line(item.excerpt)), width - 10)
        return [
            [edge, *justified(title, [*since, (" ", "text")], width - 1)],
            [edge, ("       ", "text"), *excerpt],
        ]

    def _emphasized(self, text: str) -> Line:
        """The excerpt, with the words of the search in it brighter."""
        line: Line = []
        lowered = text.lower()
        if len(lowered) != len(text):
            return [(text, "faint")]
        at = 0
        while at < len(text):
            found = min(((place, word) for word in self.words if (place := lowered.find(word, at)) >= 0), default=None)
            if found is None:
                break
            place, word = found
            line += [(text[at:place], "faint"), (text[place : place + len(word)], MARKED_WORD)]
            at = place + len(word)
        return [*line, (text[at:], "faint")]
