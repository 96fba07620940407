"""Races in the store; a session that is an attempt joins its race as it is stored, and leaves it as it is deleted."""

from msgspec.structs import replace

from agor_core.db.connections import Reader, Writer
from agor_core.domain.race import Race
from agor_core.domain.session import Session
from agor_core.errors import Conflict, NotFound
from agor_core.ids import RaceId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references
from agor_core.repositories.mappings import RACES
from agor_core.repositories.page import Page

FIELDS = RACES.fields()


def insert(writer: Writer, race: Race) -> Race:
    """Store a new race. Idempotent: returns the stored one with the same id and prompt. Raises Conflict."""
    stored = base.lookup(writer, RACES, race.race_id)
    if stored is None:
        return base.insert_record(writer, RACES, race)
    if stored.prompt != race.prompt:
        raise Conflict(f"There is another race with the id {race.race_id}.")
    return stored


def get(reader: Reader, race_id: str, *, lock: bool = False) -> Race:
    """The race with a full id. Raises NotFound."""
    return base.get(reader, RACES, race_id, lock=lock)


def resolve(reader: Reader, text: str) -> RaceId:
    """Resolve an id or a prefix of one to the full id. Raises NotFound and Ambiguous."""
    return RaceId(references.resolve(reader, RACES, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of races, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, RACES, query)


def join(writer: Writer, session: Session) -> None:
    """Add a new session to its race, if it is an attempt of one. Raises NotFound."""
    if session.race_id is not None:
        race = base.get(writer, RACES, session.race_id, lock=True)
        ids = (*race.session_ids, session.session_id)
        begins = race.base or session.git_state.base_sha
        base.update_record(writer, RACES, race, replace(race, session_ids=ids, base=begins))


def leave(writer: Writer, session: Session) -> None:
    """Take a deleted session out of its race; a race without attempts goes."""
    race = None if session.race_id is None else base.lookup(writer, RACES, session.race_id, lock=True)
    if race is None:
        return
    left = tuple(one for one in race.session_ids if one != session.session_id)
    if left:
        base.update_record(writer, RACES, race, replace(race, session_ids=left))
    else:
        base.delete_record(writer, RACES, race)


def remove(writer: Writer, race_id: str) -> None:
    """Delete a race without attempts. Raises Conflict if it has some."""
    race = base.lookup(writer, RACES, race_id, lock=True)
    if race is None:
        raise NotFound(RACES.kind, race_id)
    if race.session_ids:
        raise Conflict("The race has attempts; remove those.")
    base.delete_record(writer, RACES, race)
