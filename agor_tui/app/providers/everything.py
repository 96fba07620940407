"""What the palette finds: every command of the screen with its key, every session, every board."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from agor_tui.app.commands.command import Command
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.state import clean
from agor_tui.state.titles import session_title


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be chosen."""

    text: str
    note: str
    do: Callable[[], Any]
    kind: str = "command"
    names: tuple[str, ...] = ()
    """Ids and slugs; one that begins with what is typed beats any likeness."""

    def holds(self, query: str) -> bool:
        """Whether an id of it begins with what is typed, or it has all the words of it."""
        said = f"{self.text} {self.note if self.kind == 'command' else self.kind}".casefold()
        return self._is_named(query) or all(word in said for word in query.casefold().split())

    def scored(self, query: str, match: Callable[[str], float]) -> float:
        """How well it fits what is typed; 0 for not at all."""
        if self._is_named(query):
            return 2.0
        return match(f"{self.text} {self.note}") if query else 1.0

    def _is_named(self, query: str) -> bool:
        wanted = query.casefold().replace("-", "")
        return len(wanted) > 1 and any(name.startswith(wanted) for name in self.names)


class EverythingProvider(Provider):
    """Commands first, then sessions and boards; ``:`` before the search leaves out the commands.

    What has the letters of the search somewhere in it, as ``prs`` is in Port the parser, is offered where nothing has
    the words themselves.
    """

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

    def _commands(self) -> Iterator[Entry]:
        table: tuple[Command, ...] = getattr(self.screen, "TABLE", ())
        keymap = getattr(self.app, "keymap", {})
        for command in table:
            if command.group != "Move" and self.screen.offered(command):  # type: ignore[attr-defined]
                keys = " ".join(command.keys_now(keymap))
                yield Entry(command.title, keys, partial(self._run, command.action))

    async def _run(self, action: str) -> None:
        await self.app.run_action(action, self.screen)

    def _nouns(self) -> Iterator[Entry]:
        link = cast("DaemonLink | None", getattr(self.app, "link", None))
        if link is None:
            return
        for session in link.records.sessions.values():
            name = session_title(session)
            open_it = partial(self.app.open_session, session.session_id)  # type: ignore[attr-defined]
            ids = (session.short_id, session.session_id.replace("-", ""))
            yield Entry(name, f"session {session.short_id}", open_it, "session", ids)
        show = self.app.show_board  # type: ignore[attr-defined]
        yield Entry("All", "board", partial(show, None), "board", ("all",))
        for board in link.records.boards.values():
            names = (board.slug.casefold().replace("-", ""), board.short_id)
            yield Entry(clean.line(board.name), "board", partial(show, board.board_id), "board", names)


def _kind(query: str) -> tuple[str, str]:
    """``board exp`` as the kind of noun and the rest; any beginning of the kind's word will do."""
    first, blank, rest = query.strip().partition(" ")
    for kind in ("board", "session"):
        if first and kind.startswith(first.casefold()) and (blank or first.casefold() == kind):
            return kind, rest.strip()
    return "", query.strip()


def _content(entry: Entry) -> Content:
    """The words at the left, the keys or the kind in a column at the right."""
    return Content.assemble(clean.pad(entry.text, 54), "  ", (entry.note, "$secondary"))
