"""Foreign text made safe to show: no escape sequence, control or bidi character of an agent reaches the terminal.

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


def block(text: str) -> str:
    """Text of several lines: line feeds stay, tabs become spaces, other control characters visible or nothing."""
    if text.isprintable() and (text.isascii() or _UNWANTED.search(text) is None):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _UNWANTED.sub(_shown, _SEQUENCE.sub("", text))
    return text.expandtabs(TAB) if "\t" in text else text


def exact(text: str) -> str:
    """Text that somebody judges, as what a command is: line feeds stay, tabs become spaces, and nothing is left out.

    What would move the cursor, or would not be seen, is visible: an escape sequence hides nothing behind it.
    """
    if text.isprintable() and (text.isascii() or _UNWANTED.search(text) is None):
        return text
    text = _UNWANTED.sub(lambda match: _shown(match) or "\ufffd", text.replace("\r\n", "\n"))
    return text.expandtabs(TAB) if "\t" in text else text


def line(text: str | None) -> str:
    """Text on one line: as `block`, and every run of white space one space."""
    if not text:
        return ""
    return " ".join(block(text).split())


def wrapped(text: str, cells: int) -> list[str]:
    """Text of several lines, as `block`, broken between words into lines of at most ``cells`` cells."""
    from rich.console import Console
    from rich.text import Text

    return [one.plain.rstrip() for one in Text(block(text)).wrap(Console(width=cells), cells)]


def width(text: str) -> int:
    """How many cells the text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # only where there is more than ASCII

    return cell_len(text)


def cut(text: str, cells: int, ellipsis: str = ELLIPSIS) -> str:
    """The text in at most ``cells`` cells; what does not fit is left out at the end and marked by the ellipsis."""
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
    """A path in at most ``cells`` cells: its end says most, so what does not fit is left out at its start."""
    return text if width(text) <= cells else ELLIPSIS + text[-(cells - 1) :]


def pad(text: str, cells: int, *, right: bool = False, ellipsis: str = ELLIPSIS) -> str:
    """The text cut or filled to exactly ``cells`` cells; ``right`` puts it at the right edge, for figures."""
    text = cut(text, cells, ellipsis)
    space = " " * (cells - width(text))
    return space + text if right else text + space


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
