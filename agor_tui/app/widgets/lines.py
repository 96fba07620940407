"""Lines of styled text: measuring, truncating, joining and wrapping in terminal cells. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import chop_cells, set_cell_size

from agor_tui.state import clean

Span = tuple[str, str]
"""A text and the name of its ink."""
Line = list[Span]


def cells(line: Iterable[Span]) -> int:
    """The width of a line in terminal cells."""
    return sum(clean.width(text) for text, _ in line)


def truncated(line: Sequence[Span], width: int) -> Line:
    """Truncate a line to ``width`` cells, with an ellipsis at its end."""
    if cells(line) <= width:
        return list(line)
    fitted: Line = []
    room = width
    for text, ink in line:
        size = clean.width(text)
        if size < room:
            fitted.append((text, ink))
            room -= size
            continue
        fitted.append((set_cell_size(text, max(0, room - 1)).rstrip() + clean.ELLIPSIS, ink))
        break
    return fitted


def padded(line: Sequence[Span], width: int, ink: str = "text") -> Line:
    """Truncate or fill a line to exactly ``width`` cells."""
    fitted = truncated(line, width)
    missing = width - cells(fitted)
    return [*fitted, (" " * missing, ink)] if missing > 0 else fitted


def justified(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """A line with one part at each edge; the left part is truncated if they overlap."""
    room = width - cells(right)
    if room <= 1 or not right:
        return truncated(left, width)
    return [*padded(left, room - 1), (" ", "text"), *right]


def joined(parts: Iterable[Sequence[Span]], separator: str = " · ", ink: str = "faint") -> Line:
    """Join the parts that are not empty with a separator."""
    line: Line = []
    for part in parts:
        if any(text for text, _ in part):
            if line:
                line.append((separator, ink))
            line.extend(part)
    return line


def joined_within(parts: Iterable[Sequence[Span]], width: int, separator: str = " · ") -> Line:
    """Join the first parts, as many as fit into ``width`` cells."""
    line: Line = []
    for part in parts:
        longer = joined([line, part], separator) if line else list(part)
        if cells(longer) > width:
            break
        line = longer
    return line


def wrap(line: Sequence[Span], width: int, *, indent: str = "", first: str | None = None) -> list[Line]:
    """Wrap prose between words into lines of ``width`` cells; a line break stands for the blanks at its place.

    Words that are longer than a line are broken anywhere. ``first`` stands before the first line, ``indent`` before
    the others; both count. Text of which every character matters goes through `broken` instead.
    """
    lines: list[Line] = []
    start = indent if first is None else first
    current: Line = [(start, "text")] if start else []
    used, empty, due = clean.width(start), True, False
    for word in _words(line):
        size = sum(clean.width(text) for text, _ in word)
        if _is_blank(word[0][0][0]):
            due = due or used + size > width
            if not due:
                current += word
                used += size
            continue
        if due or (used + size > width and not empty):
            lines.append(_trimmed(current))
            current, used = [(indent, "text")] if indent else [], clean.width(indent)
        empty = due = False
        for text, ink in word:
            for number, piece in enumerate(_pieces(text, width - used, width - clean.width(indent))):
                if number:
                    lines.append(current)
                    current, used = [(indent, "text")] if indent else [], clean.width(indent)
                if piece:
                    current.append((piece, ink))
                    used += clean.width(piece)
    lines.append(_trimmed(current))
    return lines


def broken(line: Iterable[Span], width: int, *, indent: str = "", first: str | None = None) -> list[Line]:
    """Break a line that is judged: each line but the last is full, so that every character is drawn, in order.

    ``first`` stands before the first line, ``indent`` before the others; both count.
    """
    start = indent if first is None else first
    current: Line = [(start, "text")] if start else []
    lines = [current]
    used = clean.width(start)
    for text, ink in line:
        for number, piece in enumerate(_pieces(text, width - used, width - clean.width(indent))):
            if number:
                current, used = [(indent, "text")] if indent else [], clean.width(indent)
                lines.append(current)
            if piece:
                current.append((piece, ink))
                used += clean.width(piece)
    return lines


def plain(line: Iterable[Span]) -> str:
    """The text of a line without inks."""
    return "".join(text for text, _ in line)


def _words(line: Iterable[Span]) -> Iterator[Line]:
    """Split a line into runs of blanks and words; the parts of a word may have several inks."""
    word: Line = []
    blank = False
    for text, ink in line:
        start = 0
        for index in range(len(text)):
            if _is_blank(text[index]) is not blank:
                if index > start:
                    word.append((text[start:index], ink))
                if word:
                    yield word
                word, start, blank = [], index, not blank
        if start < len(text):
            word.append((text[start:], ink))
    if word:
        yield word


def _is_blank(character: str) -> bool:
    """Whether a line may be broken here; not at a no-break space."""
    return character.isspace() and character not in "\u00a0\u202f"


def _pieces(text: str, first: int, room: int) -> list[str]:
    """A text in pieces, the first of at most ``first`` cells, which may be none, the others of ``room`` cells."""
    if clean.width(text) <= first:
        return [text]
    room = max(2, room)  # a wide character needs two
    if text.isascii():
        first = max(0, first)
        return [text[:first], *(text[start : start + room] for start in range(first, len(text), room))]
    head = _head(text, first)
    rest = text[len(head) :]
    chunks = chop_cells(rest, room)
    left = rest[sum(map(len, chunks)) :]  # characters without a width at the end are not in the chunks
    return [head, *chunks, left] if left else [head, *chunks]


def _head(text: str, room: int) -> str:
    """The longest beginning of a text that fits into ``room`` cells."""
    if room < 1:
        return ""
    size = 4 * room
    while True:
        chunks = chop_cells(text[:size], room)
        if len(chunks) > 1 or size >= len(text):
            return chunks[0] if chunks and clean.width(chunks[0]) <= room else ""
        size *= 4


def _trimmed(line: Line) -> Line:
    while len(line) > 1 and line[-1][0].isspace():
        line.pop()
    return line
