"""The palette's provider of the screen's commands with their keys, of all sessions and of all boards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from agor_tui.app.commands.command import Command
from agor_tui.app.host import Host
from agor_tui.state import clean
from agor_tui.state.records import Records
from agor_tui.state.titles import session_title

UNAVAILABLE = 1e-6
"""Factor of the score of a command that is not available."""


@runtime_checkable
class CommandScreen(Protocol):
    """A screen whose commands the palette lists."""

    @property
    def commands(self) -> Sequence[Command]: ...
    def offered(self, command: Command) -> str | None:
        """None if the command is available now, else the reason why it is not."""

    def action_command(self, command_id: str) -> None:
        """Run a command, or say why it is not available."""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A command, a session or a board that can be chosen."""

    text: str
    note: str
    do: Callable[[], Any]
    kind: str = "command"
    names: tuple[str, ...] = ()
    """Ids and slugs; one that begins with the query beats any likeness."""
    reason: str = ""
    """Why it is not available now; empty if it is."""

    def holds(self, query: str) -> bool:
        """Whether an id begins with the query, or the entry has all words of it."""
        said = f"{self.text} {self.note if self.kind == 'command' else self.kind}".casefold()
        return self._is_named(query) or all(word in said for word in query.casefold().split())

    def scored(self, query: str, match: Callable[[str], float]) -> float:
        """How well the entry fits the query; 0 if it does not. Commands that are not available come last."""
        if self._is_named(query):
            return 2.0
        score = match(f"{self.text} {self.note}") if query else 1.0
        return score * UNAVAILABLE if self.reason else score

    def _is_named(self, query: str) -> bool:
        wanted = query.casefold().replace("-", "")
        return len(wanted) > 1 and any(name.startswith(wanted) for name in self.names)


class EverythingProvider(Provider):
    """Commands first, then sessions and boards; ``:`` before the search leaves out the commands.

    Entries that merely have the letters of the search, as Port the parser has ``prs``, are offered where no entry has
    its words. Textual makes the provider itself, so `of` gives host and records to a class.
    """

    host: ClassVar[Host]
    records: ClassVar[Records]

    async def discover(self) -> Hits:
        for entry in self._commands():
            yield DiscoveryHit(_content(entry), entry.do, text=entry.text)

    async def search(self, query: str) -> Hits:
        nouns = query.startswith(":")
        kind, query = _kind(query[1:]) if nouns else ("", query.strip())
        entries = [*([] if nouns else self._commands()), *self._nouns()]
        entries = [entry for entry in entries if kind in ("", entry.kind)]
        matcher = self.matcher(query)
        for entry in [entry for entry in entries if entry.holds(query)] or entries:
            score = entry.scored(query, matcher.match)
            if score > 0:
                yield Hit(score, _content(entry), entry.do, text=entry.text)

    def _commands(self) -> list[PaletteEntry]:
        """The commands of the screen below the palette; those that are not available come last, with the reason."""
        screen = self.screen
        if not isinstance(screen, CommandScreen):
            return []
        entries = [
            PaletteEntry(
                command.title,
                " ".join(command.keys_now(self.host.keymap)),
                partial(screen.action_command, command.id),
                reason=screen.offered(command) or "",
            )
            for command in screen.commands
            if command.group != "Move"
        ]
        return sorted(entries, key=lambda entry: bool(entry.reason))

    def _nouns(self) -> Iterator[PaletteEntry]:
        for session in self.records.sessions.values():
            name = session_title(session)
            open_it = partial(self.host.open_session, session.session_id)
            ids = (session.short_id, session.session_id.replace("-", ""))
            yield PaletteEntry(name, f"session {session.short_id}", open_it, "session", ids)
        show = self.host.show_board
        yield PaletteEntry("All", "board", partial(show, None), "board", ("all",))
        for board in self.records.boards.values():
            names = (board.slug.casefold().replace("-", ""), board.short_id)
            yield PaletteEntry(clean.line(board.name), "board", partial(show, board.board_id), "board", names)


def of(host: Host, records: Records) -> type[EverythingProvider]:
    """The provider for an app and its records."""
    return type("Everything", (EverythingProvider,), {"host": host, "records": records})


def _kind(query: str) -> tuple[str, str]:
    """Split ``board exp`` into the kind of noun and the rest; a prefix of the kind's word is enough."""
    first, blank, rest = query.strip().partition(" ")
    for kind in ("board", "session"):
        if first and kind.startswith(first.casefold()) and (blank or first.casefold() == kind):
            return kind, rest.strip()
    return "", query.strip()


def _content(entry: PaletteEntry) -> Content:
    """The words at the left, the keys or the kind in a column at the right; dimmed above the reason if unavailable."""
    words, note = clean.pad(entry.text, 54), (entry.note, "$secondary")
    if not entry.reason:
        return Content.assemble(words, "  ", note)
    return Content.assemble((words, "$secondary"), "  ", note, (f"\n  {entry.reason}", "$secondary"))
