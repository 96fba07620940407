"""What the palette of archived sessions offers: each of them, the one that was archived last first."""

from collections.abc import Callable, Sequence
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from agor_core.domain.session import Session
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.titles import session_title

Bring = Callable[[Session], object]


class ArchivedProvider(Provider):
    """Choosing one brings it back. `of` makes a provider of some sessions."""

    sessions: Sequence[Session] = ()
    bring: Bring

    async def discover(self) -> Hits:
        for session in self.sessions:
            yield DiscoveryHit(self._content(session), partial(self._bring, session), text=session_title(session))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for session in self.sessions:
            named = session.short_id.startswith(query.casefold())
            if score := 2.0 if named else matcher.match(session_title(session)):
                yield Hit(score, self._content(session), partial(self._bring, session), text=session_title(session))

    def _bring(self, session: Session) -> None:
        type(self).bring(session)

    def _content(self, session: Session) -> Content:
        ago = age(session.archived_at, self.app.clock.now())  # type: ignore[attr-defined]
        return Content.assemble(
            clean.pad(session_title(session), 48), "  ", (f"{session.short_id} archived {ago}", "$secondary")
        )


def of(sessions: Sequence[Session], bring: Bring) -> type[ArchivedProvider]:
    """The provider of these."""
    return type("Archived", (ArchivedProvider,), {"sessions": sessions, "bring": staticmethod(bring)})
