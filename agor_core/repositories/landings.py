"""Landings in the store; the session shows its latest one that was not taken back."""

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.landing import Landing, LandingStatus, SessionLanding
from agor_core.ids import LandingId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references, sessions
from agor_core.repositories.mappings import LANDINGS, REPOS
from agor_core.repositories.page import Page

FIELDS = LANDINGS.fields()
_columns = LANDINGS.table.c


def insert(writer: Writer, landing: Landing) -> Landing:
    """Store a landing. Idempotent: returns the stored one with the same id. Raises NotFound for session or repo."""
    sessions.get(writer, landing.session_id, lock=True)
    base.get(writer, REPOS, landing.repo_id)
    stored = base.lookup(writer, LANDINGS, landing.landing_id)
    if stored is not None:
        return stored
    stored = base.insert_record(writer, LANDINGS, landing)
    _show(writer, landing.session_id)
    return stored


def get(reader: Reader, landing_id: str, *, lock: bool = False) -> Landing:
    """The landing with a full id. Raises NotFound."""
    return base.get(reader, LANDINGS, landing_id, lock=lock)


def resolve(reader: Reader, text: str) -> LandingId:
    """Resolve an id or a prefix of one to the full id. Raises NotFound and Ambiguous."""
    return LandingId(references.resolve(reader, LANDINGS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of landings, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, LANDINGS, query)


def update(writer: Writer, landing: Landing, *, event: str = "patched") -> Landing:
    """Store that a landing was taken back. Raises NotFound."""
    sessions.get(writer, landing.session_id, lock=True)
    old = get(writer, landing.landing_id, lock=True)
    new = base.update_record(writer, LANDINGS, old, landing, event=event)
    _show(writer, landing.session_id)
    return new


def of_session(reader: Reader, session_id: str) -> list[Landing]:
    """A session's landings, the latest first."""
    order = [_columns.created_at.desc(), _columns.landing_id.desc()]
    return base.matching(reader, LANDINGS, _columns.session_id == session_id, order=order)


def _show(writer: Writer, session_id: str) -> None:
    """Have the session show its latest landing that was not taken back."""
    session = sessions.get(writer, session_id, lock=True)
    latest = next((it for it in of_session(writer, session_id) if it.status is LandingStatus.LANDED), None)
    shown = (
        None
        if latest is None
        else SessionLanding(
            landing_id=latest.landing_id, target=latest.target, after=latest.after, landed_at=latest.created_at
        )
    )
    if session.landed != shown:
        sessions.follow(writer, session, replace(session, landed=shown))
