"""The palette's provider of sessions that were archived or removed, the latest first."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from agor_core.clock import Clock
from agor_core.domain.session import Session
from agor_core.domain.trash import TrashItem
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.titles import session_title

PutAway = Session | TrashItem


class ArchivedProvider(Provider):
    """Offers the sessions of its class: Textual makes the provider itself, so `of` gives them to a class."""

    sessions: ClassVar[Sequence[PutAway]] = ()
    restore: ClassVar[Callable[[PutAway], object]]
    clock: ClassVar[Clock]

    async def discover(self) -> Hits:
        for session in self.sessions:
            yield DiscoveryHit(self._content(session), self._choice(session), text=_title(session))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for session in self.sessions:
            named = session.short_id.startswith(query.casefold())
            if score := 2.0 if named else matcher.match(_title(session)):
                yield Hit(score, self._content(session), self._choice(session), text=_title(session))

    def _choice(self, session: PutAway) -> Callable[[], object]:
        return partial(type(self).restore, session)

    def _content(self, session: PutAway) -> Content:
        removed = isinstance(session, TrashItem)
        ago = age(session.removed_at if isinstance(session, TrashItem) else session.archived_at, self.clock.now())
        how = f"removed {ago}" if removed else f"archived {ago}"
        return Content.assemble(clean.pad(_title(session), 48), "  ", (f"{session.short_id} {how}", "$secondary"))


def _title(session: PutAway) -> str:
    return clean.line(session.title) or "untitled" if isinstance(session, TrashItem) else session_title(session)


def of(sessions: Sequence[PutAway], restore: Callable[[PutAway], object], clock: Clock) -> type[ArchivedProvider]:
    """The provider of these sessions; ``restore`` is called with the one that is chosen."""
    given = {"sessions": sessions, "restore": staticmethod(restore), "clock": clock}
    return type("Archived", (ArchivedProvider,), given)
