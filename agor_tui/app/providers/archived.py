"""The palette's provider of archived sessions, the latest first."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from agor_core.clock import Clock
from agor_core.domain.session import Session
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.titles import session_title


class ArchivedProvider(Provider):
    """Offers the sessions of its class: Textual makes the provider itself, so `of` gives them to a class."""

    sessions: ClassVar[Sequence[Session]] = ()
    restore: ClassVar[Callable[[Session], object]]
    clock: ClassVar[Clock]

    async def discover(self) -> Hits:
        for session in self.sessions:
            yield DiscoveryHit(self._content(session), self._choice(session), text=session_title(session))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for session in self.sessions:
            named = session.short_id.startswith(query.casefold())
            if score := 2.0 if named else matcher.match(session_title(session)):
                yield Hit(score, self._content(session), self._choice(session), text=session_title(session))

    def _choice(self, session: Session) -> Callable[[], object]:
        return partial(type(self).restore, session)

    def _content(self, session: Session) -> Content:
        ago = age(session.archived_at, self.clock.now())
        return Content.assemble(
            clean.pad(session_title(session), 48), "  ", (f"{session.short_id} archived {ago}", "$secondary")
        )


def of(sessions: Sequence[Session], restore: Callable[[Session], object], clock: Clock) -> type[ArchivedProvider]:
    """The provider of these sessions; ``restore`` is called with the one that is chosen."""
    given = {"sessions": sessions, "restore": staticmethod(restore), "clock": clock}
    return type("Archived", (ArchivedProvider,), given)
