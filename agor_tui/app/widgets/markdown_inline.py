"""The text of a Markdown block as styled lines: emphasis, code, links with their targets, simple HTML tags."""

import re
from typing import TYPE_CHECKING

from agor_tui.app.widgets.lines import Line, plain
from agor_tui.state import clean

if TYPE_CHECKING:
    from markdown_it.token import Token

OPENED = {"strong": "strong", "em": "emphasis", "s": "struck"}
TAGS = {
    **dict.fromkeys(("b", "strong", "summary"), "strong"),
    **dict.fromkeys(("i", "em", "cite", "var", "dfn"), "emphasis"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "code"),
    **dict.fromkeys(("s", "del", "strike"), "struck"),
    **dict.fromkeys(("details", "p", "div", "span", "center", "small", "u", "mark"), ""),
}
"""The ink of the text in HTML tags without attributes; all other tags, and comments, are shown as they are."""
LINKED = ("http://", "https://", "file://", "mailto:")
LONGEST_HTML = 5_000
"""Characters of a line of HTML in which tags are looked for."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\s*/?>")
_HTML = re.compile(r"(<!--.*?-->|</?[a-zA-Z][^<>]*>)", re.DOTALL)
_URL = re.compile(r"(?:https?|file)://[^\s<>\"'`|\\^{}]+")
_AFTER_URL = ".,;:!?)]}*_~"


def inline_lines(token: "Token", ink: str) -> list[Line]:
    """The lines of a block's text: one, and another after each hard break."""
    writer = _Writer(ink)
    for child in token.children or ():
        writer.token(child)
    return writer.lines


def html_lines(text: str) -> list[Line]:
    """The lines of a block of HTML: its text, without the tags that only structure it."""
    writer = _Writer("text")
    for number, line in enumerate(text.strip("\n").split("\n")):
        if number:
            writer.line_break()
        for piece in _HTML.split(line) if len(line) <= LONGEST_HTML else (line,):
            if piece.startswith("<") and len(piece) <= LONGEST_HTML:
                writer.html(piece)
            elif piece:
                writer.text(piece)
    return [line for line in writer.lines if plain(line).strip()]


def link_ink(target: str) -> str:
    """The ink of a link; with its target if a terminal may open it."""
    cleaned = clean.exact(target)
    opens = cleaned == target and target.isprintable() and " " not in target and target.lower().startswith(LINKED)
    return f"link {target}" if opens else "link"


class _Writer:
    def __init__(self, ink: str) -> None:
        self.lines: list[Line] = [[]]
        self._inks = [ink]
        self._links: list[tuple[str, str, int, int]] = []

    def token(self, token: "Token") -> None:
        match token.type:
            case "link_open":
                target, title = str(token.attrGet("href") or ""), str(token.attrGet("title") or "")
                self._links.append((target, title, len(self.lines), len(self.lines[-1])))
                self._inks.append(link_ink(target))
            case "link_close":
                self._inks.pop()
                self._end_link()
            case "image":
                self._image(token)
            case "code_inline":
                self._put(clean.exact(token.content), "code")
            case "hardbreak":
                self.line_break()
            case "softbreak":
                self._put(" ", self._inks[-1])
            case "html_inline":
                self.html(token.content)
            case "text":
                self.text(token.content)
            case kind if kind.endswith("_open"):
                self._inks.append(self._mixed(OPENED.get(kind.removesuffix("_open"), "")))
            case kind if kind.endswith("_close"):
                self._inks.pop()
            case _:
                self.text(token.content)

    def text(self, text: str) -> None:
        """Add text; addresses in it become links."""
        text = clean.block(text).replace("\n", " ")
        start = 0
        for found in _URL.finditer(text) if not self._links and "://" in text else ():
            target = found.group().rstrip(_AFTER_URL)
            self._put(text[start : found.start()], self._inks[-1])
            self._put(target, link_ink(target))
            start = found.start() + len(target)
        self._put(text[start:], self._inks[-1])

    def html(self, tag: str) -> None:
        """Take a tag: its meaning if it is simple, else its text."""
        found = _TAG.fullmatch(tag)
        name = found[2].lower() if found is not None else ""
        if name == "br":
            self.line_break()
        elif found is not None and name in TAGS:
            if not found[1]:
                self._inks.append(self._mixed(TAGS[name]))
            elif len(self._inks) > 1:
                self._inks.pop()
        else:
            self._put(clean.exact(tag).replace("\n", " "), "faint")

    def line_break(self) -> None:
        """Begin another line."""
        self.lines.append([])

    def _image(self, token: "Token") -> None:
        target, title = str(token.attrGet("src") or ""), str(token.attrGet("title") or "")
        ink = link_ink(target)
        said = clean.block(token.content).replace("\n", " ")
        self._put("image: " if said else "image ", "faint")
        self._put(said, ink)
        self._target(target, title, said)

    def _end_link(self) -> None:
        target, title, number, start = self._links.pop()
        shown = [plain(self.lines[number - 1][start:]), *(plain(line) for line in self.lines[number:])]
        self._target(target, title, " ".join(shown))

    def _target(self, target: str, title: str, shown: str) -> None:
        """Show the target of a link where it differs from the text, and the title."""
        address = clean.exact(target)
        told = [] if shown in (address, address.removeprefix("mailto:")) else [(address, link_ink(target))]
        if title:
            told.append((f'"{clean.exact(title)}"', "faint"))
        if told:
            self._put(" (", "faint")
            for number, (text, ink) in enumerate(told):
                self._put(f" {text}" if number else text, ink)
            self._put(")", "faint")

    def _mixed(self, ink: str) -> str:
        """An ink within the present one."""
        if {ink, self._inks[-1]} == {"strong", "emphasis"}:
            return "strong-emphasis"
        return ink or self._inks[-1]

    def _put(self, text: str, ink: str) -> None:
        if text:
            self.lines[-1].append((text, ink))
