"""The transcript of a conversation as running text: growing messages are printed as their text comes."""

from collections.abc import Callable

from agor_core.domain.message import Message, Role, ToolStatus
from agor_core.wire.feed import Delta
from agor_tui.cli.output import Output
from agor_tui.state.clean import block, line
from agor_tui.state.glyphs import Glyphs, Tone
from agor_tui.state.segments import Segment

TONES = {Role.THOUGHT: Tone.MUTED, Role.SYSTEM: Tone.MUTED, Role.USER: Tone.STRONG}
SETTLED = (ToolStatus.COMPLETED, ToolStatus.FAILED)


class TranscriptPrinter:
    """Prints messages and live text, each part once; ``fetch`` reads a message whose live text has a gap."""

    def __init__(self, out: Output, glyphs: Glyphs, fetch: Callable[[str], Message]) -> None:
        self._out = out
        self._glyphs = glyphs
        self._fetch = fetch
        self._shown: dict[str, int] = {}
        self._roles: dict[str, Role] = {}
        self._open: str | None = None
        self._tools: set[str] = set()

    def message(self, message: Message) -> None:
        """Print the part of a message that is not printed yet."""
        if message.tool is not None:
            self._tool(message)
            return
        self._roles[message.message_id] = message.role
        self._more(message.message_id, message.text, complete=message.complete)

    def delta(self, delta: Delta) -> None:
        """Print live text of a known message; deltas of other sessions are ignored."""
        if delta.id not in self._roles:
            return
        shown = self._shown.get(delta.id, 0)
        if delta.offset > shown:
            self.message(self._fetch(delta.id))
            shown = self._shown.get(delta.id, 0)
        if delta.offset <= shown:
            self._piece(delta.id, delta.text[shown - delta.offset :])

    def end(self) -> None:
        """End the open line."""
        if self._open is not None:
            self._open = None
            self._out.piece("\n")

    def _more(self, identifier: str, text: str, *, complete: bool) -> None:
        self._piece(identifier, text[self._shown.get(identifier, 0) :])
        if complete and self._open == identifier:
            self.end()

    def _piece(self, identifier: str, text: str) -> None:
        if not text:
            return
        tone = TONES.get(self._roles[identifier], Tone.PLAIN)
        if self._open != identifier:
            self.end()
            self._open = identifier
            if self._roles[identifier] is Role.USER:
                self._out.piece(self._out.styled("> ", Tone.ACCENT))
        self._shown[identifier] = self._shown.get(identifier, 0) + len(text)
        self._out.piece(self._out.styled(block(text), tone))

    def _tool(self, message: Message) -> None:
        tool = message.tool
        if tool is None or tool.status not in SETTLED or message.message_id in self._tools:
            return
        self._tools.add(message.message_id)
        self.end()
        failed = tool.status is ToolStatus.FAILED
        mark = self._glyphs.failed if failed else self._glyphs.closed
        where = line(tool.diff.path) if tool.diff is not None else " ".join(map(line, tool.locations[:3]))
        title = line(tool.title)
        known = where.rpartition("/")[2] in title
        self._out.line(
            [
                Segment(f"{mark} ", Tone.ERROR if failed else Tone.ACCENT),
                Segment(title or tool.kind),
                Segment("" if known else f"  {where}", Tone.MUTED),
            ]
        )
