"""Markdown that grows: a finished block is drawn once and never reflowed, the last one is drawn as it stands."""

from agor_tui.app.widgets.lines import Line, wrap
from agor_tui.app.widgets.markdown import draw, normalized, parser
from agor_tui.app.widgets.streamed import StreamedText
from agor_tui.state import clean

EACH_PIECE = 2_000
"""Characters of the last block up to which it is parsed with each piece of text; a longer one with each line."""
LONGEST_BLOCK = 8_000
"""Characters of the last block above which it is drawn as plain text, until another block begins."""


class StreamedMarkdown:
    """A growing text; ``update`` gives its lines in the present width."""

    def __init__(self) -> None:
        self._begin(0)

    def _begin(self, width: int) -> None:
        self._text = ""
        self._width = width
        self._done: list[Line] = []
        self._start = 0
        """Where the last block begins in the text."""
        self._parsed = ""
        """The part of the last block that ``_last`` draws."""
        self._last: list[Line] = []
        self._plain: StreamedText | None = None
        self._looked = 0
        """The length of the last block when a plain one was parsed last, to see whether it has ended."""

    @property
    def finished(self) -> list[Line]:
        """The lines of the blocks that are finished."""
        return self._done

    def update(self, text: str, width: int) -> list[Line]:
        """The lines of the whole text so far; cheap if it only grew."""
        text = normalized(text)
        if width != self._width or not text.startswith(self._text):
            self._begin(width)
        self._text = text
        tail = text[self._start :]
        if len(tail) <= EACH_PIECE:
            drawn = self._parse(tail, tail)
        else:
            whole = tail[: tail.rfind("\n") + 1]
            if len(whole) <= LONGEST_BLOCK and len(tail) <= 2 * LONGEST_BLOCK:
                drawn = [*self._parse(whole, whole), *wrap([(clean.block(tail[len(whole) :]), "text")], width)]
            else:
                drawn = self._long(tail, whole)
        return [*self._done, *drawn]

    def _parse(self, tail: str, source: str) -> list[Line]:
        """The lines of the last block; blocks before it are finished and move on."""
        if source == self._parsed and self._last:
            return self._last
        tokens = parser().parse(source)
        complete = source.count("\n")
        starts = [token.map[0] for token in tokens if token.level == 0 and token.map is not None and token.nesting >= 0]
        last = max((line for line in starts if line < complete), default=0)
        if last:
            lines = source.split("\n")
            finished = "\n".join(lines[:last]) + "\n"
            self._done += draw(parser().parse(finished), finished, self._width, colors=True)
            self._done.append([])
            self._start += len(finished)
            self._parsed, self._last, self._plain, self._looked = "", [], None, 0
            return self._parse(tail[len(finished) :], source[len(finished) :])
        self._parsed = source
        self._last = draw(tokens, source, self._width, colors=len(source) <= EACH_PIECE)
        return self._last

    def _long(self, tail: str, whole: str) -> list[Line]:
        """A long last block as plain text; now and then it is parsed, to see whether it has ended."""
        if len(whole) > 1.5 * self._looked and "\n\n" in whole[self._looked :]:
            before = self._start
            self._looked = len(whole)
            drawn = self._parse(tail, whole)
            if self._start > before:
                return drawn
        if self._plain is None:
            self._plain = StreamedText()
        return self._plain.update(tail, self._width)
