"""Markdown as styled lines, for complete messages of an agent. HTML and images are shown as their text."""

from functools import cache
from typing import TYPE_CHECKING

from agor_tui.app.widgets.lines import Line, Span, wrap

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

INLINE = {"strong": "strong", "em": "emphasis", "s": "faint", "link": "link"}
QUOTE = "│ "


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # takes 40 ms: loaded when a session is first opened

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def markdown_lines(text: str, width: int) -> list[Line]:
    """The lines of a Markdown text, each at most ``width`` cells."""
    return _Renderer(width).draw(_parser().parse(text))


class _Renderer:
    """Renders the blocks of a document; ``_indent`` is the prefix of every line of the present block."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._lines: list[Line] = []
        self._indent: list[str] = []
        self._marker = ""
        self._counts: list[int | None] = []
        self._ink = "text"
        self._row: list[str] = []

    def draw(self, tokens: "list[Token]") -> list[Line]:
        for token in tokens:
            self._block(token)
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return self._lines

    def _block(self, token: "Token") -> None:
        match token.type:
            case "heading_open":
                self._ink = "strong"
            case "heading_close" | "paragraph_close":
                self._ink = "text"
                if token.type == "heading_close" or not token.hidden:
                    self._blank()
            case "bullet_list_open":
                self._counts.append(None)
            case "ordered_list_open":
                self._counts.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._counts.pop()
                if not self._counts:
                    self._blank()
            case "list_item_open":
                self._item()
            case "list_item_close":
                self._indent.pop()
            case "blockquote_open":
                self._indent.append(QUOTE)
            case "blockquote_close":
                self._indent.pop()
                self._blank()
            case "inline" if self._in_table:
                self._row.append(token.content)
            case "inline":
                self._inline(token)
            case "fence" | "code_block":
                self._code(token.content)
            case "html_block":
                self._flow([(token.content.rstrip(), "muted")])
            case "hr":
                self._put([("─" * min(24, self._width), "rule")])
                self._blank()
            case "table_open" | "table_close":
                self._in_table = token.type == "table_open"
                if not self._in_table:
                    self._blank()
            case "tr_close":
                self._flow([("  ".join(self._row), "text")])
                self._row = []
            case _:
                pass

    _in_table = False

    def _item(self) -> None:
        count = self._counts[-1] if self._counts else None
        if count is None:
            self._marker = "• "
        else:
            self._marker = f"{count}. "
            self._counts[-1] = count + 1
        self._indent.append(" " * len(self._marker))

    def _inline(self, token: "Token") -> None:
        line: list[Span] = []
        inks = [self._ink]
        for child in token.children or ():
            kind = child.type.removesuffix("_open").removesuffix("_close")
            if child.type.endswith("_open"):
                inks.append(INLINE.get(kind, inks[-1]))
            elif child.type.endswith("_close"):
                inks.pop()
            elif child.type == "code_inline":
                line.append((child.content, "code"))
            elif child.type == "hardbreak":
                self._flow(line)
                line = []
            elif child.type == "softbreak":
                line.append((" ", inks[-1]))
            else:
                line.append((child.content, inks[-1]))
        self._flow(line)

    def _flow(self, line: list[Span]) -> None:
        indent = "".join(self._indent)
        first = indent[: len(indent) - len(self._marker)] + self._marker if self._marker else indent
        self._marker = ""
        self._lines += wrap(line, self._width, indent=indent, first=first)

    def _code(self, text: str) -> None:
        indent = "".join(self._indent)
        for line in text.rstrip("\n").split("\n"):
            self._lines += wrap([(line, "code")], self._width, indent=f"{indent}    ", first=f"{indent}  ")
        self._blank()

    def _put(self, line: Line) -> None:
        self._lines.append([("".join(self._indent), "text"), *line])

    def _blank(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append([])
