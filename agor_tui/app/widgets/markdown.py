"""Markdown as styled lines. Every letter of the source is drawn: what the parser leaves out is shown as it stands.

The parser is markdown-it. Rich's own drawing was compared: it numbers lists anew, centres headings, loses HTML, cuts
long addresses and takes twice the time.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from agor_tui.app.widgets.code_colors import colored
from agor_tui.app.widgets.lines import Line, Span, broken, cells, wrap
from agor_tui.app.widgets.markdown_inline import html_lines, inline_lines
from agor_tui.app.widgets.markdown_table import Table
from agor_tui.state import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

DEEPEST = 100
"""Levels of lists and quotes that are parsed, two for each list; deeper lines are shown as they stand."""
LEAST_ROOM = 16
"""Cells that nested text has at least: deeper levels are indented no further."""
HEADS = {1: "accent-strong", 2: "accent-strong"}
DEEPEST_INLINE = 10
"""Levels of links, images and emphasis in one text; the parser's time grows with them."""
_MARK = re.compile(r"[-*+]|\d{1,9}[.)]")
_SCRIPT = re.compile(r"(?:javascript|vbscript|data):")
_LETTER = re.compile(r"[^\W_]")


@cache
def parser() -> "MarkdownIt":
    """The parser of CommonMark with tables and strikethrough."""
    from markdown_it import MarkdownIt  # takes 40 ms: loaded when a session is first opened

    known = MarkdownIt("commonmark", {"html": True, "maxNesting": DEEPEST}).enable(["table", "strikethrough"])

    def inline(state: "StateCore") -> None:
        known.options["maxNesting"] = DEEPEST_INLINE
        try:
            for token in state.tokens:
                if token.type == "inline":
                    token.children = token.children or []
                    known.inline.parse(token.content, known, state.env, token.children)
        finally:
            known.options["maxNesting"] = DEEPEST

    known.core.ruler.at("inline", inline)
    known.validateLink = _is_link  # type: ignore[method-assign, assignment]
    return known


def markdown_lines(text: str, width: int, *, colors: bool = True) -> list[Line]:
    """The lines of a Markdown text, each at most ``width`` cells; ``colors`` is whether code is coloured."""
    text = normalized(text)
    return draw(parser().parse(text), text, width, colors=colors)


def normalized(text: str) -> str:
    """The text with the line ends that the parser counts by."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def draw(tokens: "list[Token]", source: str, width: int, *, colors: bool) -> list[Line]:
    """The lines of parsed tokens; ``source`` is the text that they were parsed from."""
    return _Renderer(source.split("\n"), max(4, width), colors=colors).draw(tokens)


@dataclass(slots=True)
class _Level:
    """A list item or a quote: what stands before its first line, and before the others."""

    first: Span
    rest: Span
    begun: bool = False
    line: int = 0


class _Renderer:
    """Draws the blocks of a document; ``_reached`` is the first line of the source that is not drawn yet."""

    def __init__(self, source: list[str], width: int, *, colors: bool) -> None:
        self._source = source
        self._width = width
        self._colors = colors
        self._lines: list[Line] = []
        self._levels: list[_Level] = []
        self._lists = 0
        self._gap = False
        self._ink = "text"
        self._head = ""
        self._table: Table | None = None
        self._cells: list[str] = []
        self._row = 0
        self._surplus: list[str] = []
        """Rows of the table's source that have more cells than the head; the parser drops those."""
        self._reached = 0

    def draw(self, tokens: "list[Token]") -> list[Line]:
        for token in tokens:
            self._block(token)
        self._reach(len(self._source), len(self._source))
        return self._lines

    def _block(self, token: "Token") -> None:
        if token.map is not None and token.type not in ("blockquote_open", "bullet_list_open", "ordered_list_open"):
            start, end = token.map
            if token.type == "list_item_open":
                self._reach(start, start)
            elif self._table is None:
                self._reach(start, end)
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
                self._ink, self._head = HEADS.get(level, "strong"), "" if level == 1 else "#" * level + " "
                self._gap = bool(self._lines)
            case "heading_close":
                self._ink, self._head = "text", ""
                self._gap = True
            case "paragraph_close":
                self._gap = self._gap or not token.hidden
            case "bullet_list_open" | "ordered_list_open":
                self._lists += 1
            case "bullet_list_close" | "ordered_list_close":
                self._lists -= 1
                self._gap = self._gap or not self._lists
            case "list_item_open":
                self._item(token)
            case "list_item_close":
                self._end_item(self._levels[-1])
                self._levels.pop()
            case "blockquote_open":
                self._levels.append(_Level(("│ ", "faint"), ("│ ", "faint")))
            case "blockquote_close":
                self._levels.pop()
                self._gap = True
            case "inline" if self._table is not None:
                self._cell(token)
            case "inline":
                self._inline(token)
            case "fence" | "code_block":
                self._code(token)
            case "html_block":
                for line in html_lines(token.content):
                    self._flow(line)
                self._gap = True
            case "hr":
                self._put([("─" * min(24, self._room), "rule")])
                self._gap = True
            case "table_open":
                self._table = Table()
            case "tr_open" if self._table is not None:
                self._table.rows.append([])
                self._cells = []
                self._row = token.map[0] if token.map is not None else 0
            case "th_open" if self._table is not None:
                self._table.aligns.append(str(token.attrGet("style") or "left").rpartition(":")[2])
            case "tr_close" if self._table is not None:
                self._keep_surplus()
            case "table_close":
                self._end_table()
            case _:
                pass

    # Blocks

    def _item(self, token: "Token") -> None:
        marker = f"{token.info}{token.markup} " if token.info else "• "
        level = _Level((marker, "muted"), (" " * len(marker), "text"))
        level.line = token.map[0] if token.map is not None else 0
        self._levels.append(level)

    def _end_item(self, level: _Level) -> None:
        """Draw the marker of an item without content."""
        if not level.begun:
            self._put([])
            self._gap = False
            if _only_marks(self._source[level.line]):
                self._reached = max(self._reached, level.line + 1)

    def _inline(self, token: "Token") -> None:
        lines = inline_lines(token, self._ink)
        if self._head and lines:
            lines[0].insert(0, (self._head, "faint"))
        elif self._ink == "text" and self._levels and lines and lines[0]:
            lines[0] = _task_mark(lines[0])
        for line in lines:
            self._flow(line)
        if self._ink == "accent-strong" and not self._head:
            longest = max((cells(line) for line in lines), default=0)
            self._put([("─" * min(max(1, longest), self._room), "rule")])

    def _code(self, token: "Token") -> None:
        info = clean.exact(token.info.strip())
        code = clean.exact(token.content.removesuffix("\n"))
        if info:
            self._put_all(broken([(f"  {info}", "faint")], self._room))
        lines = colored(code, info.split()[0].strip("{}.").lower()) if info and self._colors else None
        for line in lines if lines is not None else [[(text, "code")] for text in code.split("\n")]:
            self._put_all(broken(line, self._room, first="  ", indent="  "))
        self._gap = True

    def _cell(self, token: "Token") -> None:
        table = self._table
        if table is not None and table.rows:
            table.rows[-1].append(inline_lines(token, "strong" if len(table.rows) == 1 else "text"))
            self._cells.append(token.content)

    def _end_table(self) -> None:
        table, self._table = self._table, None
        if table is not None:
            self._put_all(table.draw(self._room))
        for row in self._surplus:
            self._put_all(broken([(clean.exact(row), "faint")], self._room))
        self._surplus.clear()
        self._gap = True

    def _keep_surplus(self) -> None:
        row = self._source[self._row]
        if len(_LETTER.findall(row)) > sum(len(_LETTER.findall(cell)) for cell in self._cells):
            self._surplus.append(row)

    # Lines

    @property
    def _room(self) -> int:
        indent = sum(len(level.rest[0]) for level in self._levels)
        return max(4, min(self._width, LEAST_ROOM), self._width - indent)

    def _flow(self, line: Line) -> None:
        self._put_all(wrap(line, self._room))

    def _put_all(self, lines: list[Line]) -> None:
        for line in lines:
            self._put(line)

    def _put(self, line: Line) -> None:
        """Add a line, with what stands before it in the present level, and a blank line before it where one is due."""
        if self._gap and self._lines:
            self._lines.append(_fitting([level.rest for level in self._levels if level.begun], self._width))
            while self._lines[-1] and not self._lines[-1][-1][0].strip():
                self._lines[-1].pop()
        self._gap = False
        before = [level.rest if level.begun else level.first for level in self._levels]
        fresh = any(not level.begun for level in self._levels)
        for level in self._levels:
            level.begun = True
        most = self._width - (self._room if self._levels else 0)
        if fresh and cells(before) > most:  # more marks than there is room for beside the text
            self._lines += broken(before, self._width)
            before = [level.rest for level in self._levels]
        self._lines.append([*_fitting(before, most), *line])

    def _reach(self, start: int, end: int) -> None:
        """Draw the lines before ``start`` that no block has taken: reference definitions, and what is too deep."""
        for number in range(self._reached, start):
            text = self._source[number]
            if _LETTER.search(text) and not _only_marks(text):
                self._gap = self._gap or (number > 0 and not self._source[number - 1].strip())
                self._put_all(broken([(clean.exact(text), "faint")], self._room))
        self._reached = max(self._reached, end)


def _is_link(target: str) -> bool:
    """Whether a target is taken as a link; else its text stays as it stands."""
    return _SCRIPT.match(target.strip().lower()) is None


def _only_marks(text: str) -> bool:
    """Whether a line has nothing but the marks of lists and quotes."""
    return all(_MARK.fullmatch(part) for part in text.replace(">", " ").split())


def _fitting(before: list[Span], most: int) -> Line:
    """What stands before a line, cut to the room that there is."""
    line: Line = []
    left = most
    for text, ink in before:
        if len(text) > left:
            break
        line.append((text, ink))
        left -= len(text)
    return line


def _task_mark(line: Line) -> Line:
    """The line of a task list's item, with its box apart."""
    text, ink = line[0]
    if text[:4] in ("[ ] ", "[x] ", "[X] "):
        return [(text[:3], "faint" if text[1] == " " else "accent"), (text[3:], ink), *line[1:]]
    return line
