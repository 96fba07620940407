"""Sanitizing foreign text: no escape sequence, control or bidi character of an agent reaches the terminal.

Widths are in terminal cells, as Rich counts them, so that the command line and the app agree.
"""

import re

ELLIPSIS = "…"
TAB = 4

_SEQUENCE = re.compile(
    r"""\x1b\[[0-?]*[ -/]*[@-~]            # CSI: colours, cursor, clear screen
      | \x1b[\]PX^_].*?(?:\x1b\\|\x07|\x9c|$)  # OSC, DCS, SOS, PM, APC: titles, clipboard, images
      | \x9b[0-?]*[ -/]*[@-~]              # the same as single C1 characters
      | [\x9d\x90\x98\x9e\x9f].*?(?:\x1b\\|\x07|\x9c|$)
      | \x1b[ -/]*[0-~]                    # two-character sequences: reset, charset …
    """,
    re.VERBOSE,
)
_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # C0 but the line feed, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"  # invisible; marks of direction
    "\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"  # line breaks, bidi overrides, isolates …
    "\ud800-\udfff"  # lone surrogates
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # invisible tags
)
_STRAY = re.compile(
    "(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
    "|\u200c|[\ufe00-\ufe0d]|(?<![0-9#*\x80-\U0010ffff])[\ufe0e\ufe0f]"
)
"""Joiners outside of emoji, and variation selectors without a symbol: letters of some scripts, yet invisible."""


def block(text: str) -> str:
    """Sanitize text of several lines: line feeds stay, tabs become spaces, other controls become visible or go."""
    if text.isprintable() and (text.isascii() or _UNWANTED.search(text) is None):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _UNWANTED.sub(_shown, _SEQUENCE.sub("", text))
    return text.expandtabs(TAB) if "\t" in text else text


def exact(text: str) -> str:
    """Sanitize text that a person decides on, such as a command: as `block`, but nothing is dropped.

    Control characters become their pictures, invisible ones their numbers (``<U+202E>``), so that neither an escape
    sequence nor a mark of direction can hide a part of the text, and no two texts that differ look alike.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _STRAY.sub(_numbered, _UNWANTED.sub(_visible, text))
    return text.expandtabs(TAB) if "\t" in text else text


def line(text: str | None) -> str:
    """Sanitize text for one line: as `block`, and every run of white space becomes one space."""
    if not text:
        return ""
    return " ".join(block(text).split())


def wrapped(text: str, cells: int) -> list[str]:
    """Sanitize text as `block`, and break it between words into lines of at most ``cells`` cells."""
    from rich.console import Console
    from rich.text import Text

    return [one.plain.rstrip() for one in Text(block(text)).wrap(Console(width=cells), cells)]


def width(text: str) -> int:
    """The width of a text in terminal cells."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # only where there is more than ASCII

    return cell_len(text)


def cut(text: str, cells: int, ellipsis: str = ELLIPSIS) -> str:
    """Truncate a text to ``cells`` cells, with an ellipsis at its end."""
    if width(text) <= cells:
        return text
    room = cells - len(ellipsis)
    if room < 0:
        return ""
    if text.isascii():
        return text[:room].rstrip() + ellipsis
    from rich.cells import set_cell_size

    return set_cell_size(text, room).rstrip() + ellipsis


def cut_start(text: str, cells: int) -> str:
    """Truncate a path to ``cells`` cells at its start, since its end says most."""
    return text if width(text) <= cells else ELLIPSIS + text[-(cells - 1) :]


def pad(text: str, cells: int, *, right: bool = False, ellipsis: str = ELLIPSIS) -> str:
    """Truncate or fill a text to exactly ``cells`` cells; ``right`` aligns it to the right, for figures."""
    text = cut(text, cells, ellipsis)
    space = " " * (cells - width(text))
    return space + text if right else text + space


def _visible(match: re.Match[str]) -> str:
    shown = _shown(match)
    return shown if shown and shown != "\ufffd" else _numbered(match)


def _numbered(match: re.Match[str]) -> str:
    return f"<U+{ord(match.group()):04X}>"


def _shown(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character == "\t":
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0 or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return ""
