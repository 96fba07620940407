"""Checks in the store; the session's card and the task that a check is of show the latest one."""

from msgspec.structs import replace
from sqlalchemy import select

from agor_core.db.connections import Reader, Writer
from agor_core.domain.check import Check, CheckStatus, facts
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.errors import Conflict
from agor_core.ids import CheckId, SessionId
from agor_core.query.tree import Query
from agor_core.repositories import base, listing, references, sessions
from agor_core.repositories.mappings import CHECKS, TASKS
from agor_core.repositories.page import Page

FIELDS = CHECKS.fields()
_columns = CHECKS.table.c
_LATEST = (_columns.created_at.desc(), _columns.check_id.desc())


def insert(writer: Writer, check: Check) -> Check:
    """Store a new check. Idempotent: returns the stored one with the same id, session and command.

    Raises NotFound for the session or the task, Conflict for an id that is taken.
    """
    session = sessions.get(writer, check.session_id, lock=True)
    stored = base.lookup(writer, CHECKS, check.check_id)
    if stored is not None:
        if (stored.session_id, stored.command) == (check.session_id, check.command):
            return stored
        raise Conflict(f"There is another check with the id {check.check_id}.")
    check = base.insert_record(writer, CHECKS, check)
    _show(writer, check, session, new=True)
    return check


def get(reader: Reader, check_id: str, *, lock: bool = False) -> Check:
    """The check with a full id. Raises NotFound."""
    return base.get(reader, CHECKS, check_id, lock=lock)


def resolve(reader: Reader, text: str) -> CheckId:
    """Resolve an id or a prefix of one to the full id. Raises NotFound and Ambiguous."""
    return CheckId(references.resolve(reader, CHECKS, text))


def find(reader: Reader, query: Query) -> Page:
    """A page of checks, without ``$sort`` the oldest first (``created_at``, then the id)."""
    return listing.find(reader, CHECKS, query)


def update(writer: Writer, check: Check, *, event: str = "patched") -> Check:
    """Store the new state of a check. Raises NotFound, and Conflict if it has ended."""
    session = sessions.get(writer, check.session_id, lock=True)
    old = get(writer, check.check_id, lock=True)
    if old.ended:
        raise Conflict(f"The check has ended already: {old.status}.")
    new = base.update_record(writer, CHECKS, old, check, event=event)
    _show(writer, new, session, new=False)
    return new


def running(reader: Reader, session_id: str | None = None) -> list[Check]:
    """The checks that have not ended, of one session or of all, the oldest first."""
    conditions = [_columns.status == CheckStatus.RUNNING]
    if session_id is not None:
        conditions.append(_columns.session_id == session_id)
    return base.matching(reader, CHECKS, *conditions, order=[_columns.created_at, _columns.check_id])


def latest_of_tree(reader: Reader, tree: str, command: str) -> Check | None:
    """The latest check by this command of just these files that passed or failed, of whatever session."""
    decided = _columns.status.in_((CheckStatus.PASSED, CheckStatus.FAILED))
    same = (_columns.tree == tree, _columns.command == command)
    found = base.matching(reader, CHECKS, *same, decided, order=_LATEST, limit=1)
    return found[0] if found else None


def latest_of_session(reader: Reader, session_id: str) -> Check | None:
    """The latest check of a session, of whatever files; None if there was none."""
    found = base.matching(reader, CHECKS, _columns.session_id == session_id, order=_LATEST, limit=1)
    return found[0] if found else None


def sessions_with_checks(reader: Reader) -> frozenset[SessionId]:
    """The sessions that have checks."""
    return frozenset(SessionId(found) for found in reader.execute(select(_columns.session_id).distinct()).scalars())


def _show(writer: Writer, check: Check, session: Session, *, new: bool) -> None:
    """Show a check on its task, and on its session if it is of the session's present files."""
    shown = facts(check)
    task = None if check.task_id is None else base.get(writer, TASKS, check.task_id, lock=True)
    if task is not None and _follows(task, check, new=new):
        base.update_record(writer, TASKS, task, replace(task, check=shown))
    present = None if session.current is None else session.current.task_id
    if (new and check.task_id in (None, present)) or _follows(session, check, new=False):
        sessions.follow(writer, session, replace(session, check=shown))


def _follows(record: Session | Task, check: Check, *, new: bool) -> bool:
    """Whether a record shows this check, or is to show it because it is new."""
    return new or (record.check is not None and record.check.check_id == check.check_id)
