"""Converts updates of tool calls to our events, and remembers of each call the state that later updates build on."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from agor_core.agents import content, foreign
from agor_core.bounded_map import BoundedMap
from agor_core.domain.message import FileDiff, ToolCall, ToolStatus
from agor_core.events import ToolCallChanged

MOST_CALLS = 500
"""The most calls whose state is remembered."""
LARGEST = 4_000_000
"""The most characters of the state of all calls together."""
MOST_DIFFS = 200
"""The most files of one call."""
_EMPTY: tuple[Any, ...] = (None, "", {}, [])
_ENDED = frozenset({ToolStatus.COMPLETED, ToolStatus.FAILED})


@dataclass(slots=True)
class _Known:
    status: ToolStatus = ToolStatus.PENDING
    terminal: str = ""
    cut: int = 0
    places: tuple[str, ...] = ()
    title: str = ""
    kind: str | None = None
    input: Any = None
    input_size: int = 0
    diffs: tuple[FileDiff, ...] = ()
    words: str = ""
    """Its text before it runs: its purpose, a plan."""

    @property
    def ended(self) -> bool:
        return self.status in _ENDED

    @property
    def size(self) -> int:
        texts = sum(len(diff.old_text or "") + len(diff.new_text or "") for diff in self.diffs)
        return len(self.terminal) + sum(map(len, self.places)) + self.input_size + len(self.words) + texts

    def learn(self, change: ToolCallChanged, words: str | None) -> None:
        """Keep what a request for permission may leave out; nothing empty replaces what is known."""
        self.title = change.title or self.title
        self.kind = change.kind or self.kind
        if change.input not in _EMPTY:
            self.input, self.input_size = change.input, len(str(change.input))
        if change.diff is not None:
            self.diffs = (change.diff, *change.more_diffs)
        self.words = words or self.words


class ToolCalls:
    """Reads the updates of one session's tool calls, in order. Calls that have ended are evicted first."""

    def __init__(self) -> None:
        self._calls: BoundedMap[str, _Known] = BoundedMap(
            MOST_CALLS, largest=LARGEST, expendable=lambda known: known.ended
        )

        self.running: set[str] = set()
        """The calls that have begun in this turn and not ended."""

    def read(self, update: Mapping[str, Any], *, new: bool) -> ToolCallChanged:
        """The event of an update; a field that is missing or malformed stays None."""
        call_id, title, kind = update.get("toolCallId"), update.get("title"), update.get("kind")
        call_id = foreign.line(call_id) if isinstance(call_id, str) else ""
        known = self._calls.get(call_id) or _Known()
        status = _status(update.get("status")) or (ToolStatus.PENDING if new else None)
        known.status = status or known.status
        if known.ended:
            self.running.discard(call_id)
        elif status is not None and len(self.running) < MOST_CALLS:
            self.running.add(call_id)
        raw_input = update.get("rawInput")
        changes = list(islice(content.diffs(update.get("content")), MOST_DIFFS))
        changed = ToolCallChanged(
            call_id=call_id,
            title=foreign.line(title) if isinstance(title, str) else None,
            kind=foreign.line(kind, 64) if isinstance(kind, str) and kind else None,
            status=status,
            input=foreign.json(raw_input) if raw_input is not None else None,
            output=_output(update, known, has_diff=bool(changes)),
            locations=_locations(update.get("locations"), changes, known),
            diff=changes[0] if changes else None,
            more_diffs=tuple(changes[1:]),
        )
        pending = known.status is ToolStatus.PENDING
        known.learn(changed, content.output_text(update.get("content")) if pending else None)
        self._calls.put(call_id, known, known.size)
        return changed

    def requested(self, request: Mapping[str, Any]) -> ToolCall:
        """The tool call that a request for permission is about; without output, as it has not run.

        The request is an update to a known call, so either of them may hold the diffs, the plan or the command.
        """
        call = ToolCalls().read({**request, "status": ToolStatus.PENDING.value}, new=True)
        known = self._calls.get(call.call_id) or _Known()
        known.learn(call, content.output_text(request.get("content")))
        known.places = call.locations or known.places
        self._calls.put(call.call_id, known, known.size)
        told = {"content": known.words} if known.words not in ("", known.title) and not known.diffs else None
        return ToolCall(
            call_id=call.call_id,
            title=known.title,
            kind=known.kind or "other",
            input=told if known.input is None else known.input,
            locations=known.places,
            diff=known.diffs[0] if known.diffs else None,
            more_diffs=known.diffs[1:],
        )


def has_content(change: ToolCallChanged) -> bool:
    """Whether it has a field besides the call's id."""
    told = (change.title, change.kind, change.status, change.input, change.output, change.locations, change.diff)
    return any(part is not None for part in told)


def _output(update: Mapping[str, Any], known: _Known, *, has_diff: bool) -> str | None:
    """The whole output so far; None if the update has none.

    Before a call runs its content describes its purpose (Claude Code, Gemini), which is no output.
    """
    terminal = _terminal(update)
    if terminal is not None:
        kept = foreign.fit(terminal[: foreign.LONGEST_TEXT - len(known.terminal)])
        known.terminal += kept
        known.cut += len(terminal) - len(kept)
        return f"{known.terminal}\n[{known.cut} more characters cut]" if known.cut else known.terminal
    if known.status is ToolStatus.PENDING:
        return None
    text = content.output_text(update.get("content"))
    if text is not None or known.terminal or has_diff:
        return text
    return content.raw_output_text(update.get("rawOutput"))


def _terminal(update: Mapping[str, Any]) -> str | None:
    """New output of the agent's own terminal, which Codex and Claude Code send in ``_meta``."""
    match update.get("_meta"):
        case {"terminal_output_delta": {"data": str(data)}} | {"terminal_output": {"data": str(data)}}:
            return data
        case _:
            return None


def _locations(value: object, changes: list[FileDiff], known: _Known) -> tuple[str, ...] | None:
    """The locations of the update and of its diffs; None if they add nothing.

    Qwen sends a file's full path in its request for permission and the relative path afterwards.
    """
    said = content.locations(value)
    files = [
        place.rpartition(":")[0] if place.rpartition(":")[2].isdecimal() else place for place in said or known.places
    ]
    for change in changes:
        if not any(file == change.path or file.endswith(f"/{change.path}") for file in files):
            files.append(change.path)
            said = (*(said or known.places), change.path)
    known.places = said or known.places
    return said or None


def _status(value: object) -> ToolStatus | None:
    try:
        return ToolStatus(value) if isinstance(value, str) else None
    except ValueError:
        return None
