"""How each board is arranged: by what its sessions are grouped, in which order they stand, as columns or as a list.

It is kept in a file of the home. One that is damaged counts as none.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from agor_core.config import private_file
from agor_core.domain.session import Session
from agor_core.ids import BoardId, RaceId
from agor_tui.state import clean
from agor_tui.state.board_columns import Sorting
from agor_tui.state.session_place import repo_name
from agor_tui.state.titles import session_title

ALL = "all"
"""The name of the arrangement of all sessions."""


class Grouping(StrEnum):
    """What makes a group of sessions."""

    STATUS = "status"
    REPO = "repo"
    BOARD = "board"
    AGENT = "agent"
    RACE = "race"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``as_list`` is None as long as the width decides."""

    group: Grouping = Grouping.STATUS
    sort: Sorting = Sorting.STATUS
    as_list: bool | None = None


class Arrangements:
    """The arrangement of each board."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._kept = _read(file) if file is not None else {}

    def of(self, board_id: BoardId | None) -> Arrangement:
        """The arrangement of a board; None stands for all sessions."""
        return self._kept.get(board_id or ALL, Arrangement())

    def change(self, board_id: BoardId | None, **changed: Any) -> None:
        """Change and keep the arrangement of a board. Raises OSError if it cannot be written; it holds all the same."""
        self._kept[board_id or ALL] = replace(self.of(board_id), **changed)
        if self._file is not None:
            content = {name: asdict(one) for name, one in self._kept.items() if one != Arrangement()}
            private_file.write(self._file, json.dumps(content).encode(), shared=True)


def group_name(group: Grouping, session: Session, boards: Mapping[BoardId, str], races: Mapping[RaceId, str]) -> str:
    """The name of the group that a session is in; in brackets if it is in none."""
    match group:
        case Grouping.REPO:
            return repo_name(session)
        case Grouping.BOARD:
            return boards.get(session.board_id, "(no board)") if session.board_id is not None else "(no board)"
        case Grouping.AGENT:
            return clean.line(session.agent)
        case Grouping.RACE:
            return races.get(session.race_id, "(no race)") if session.race_id is not None else "(no race)"
        case Grouping.STATUS:
            return session.status


def race_names(sessions: Iterable[Session]) -> dict[RaceId, str]:
    """The name of each race: the title of its first session, and its id's beginning, as titles repeat."""
    names: dict[RaceId, str] = {}
    for session in sorted(sessions, key=lambda one: one.created_at):
        if session.race_id is not None:
            names.setdefault(session.race_id, f"{session_title(session)} {session.race_id[-4:]}")
    return names


def _read(file: Path) -> dict[str, Arrangement]:
    try:
        stored = json.loads(private_file.read(file))
    except (OSError, ValueError):
        return {}
    return {name: one for name, given in stored.items() if (one := _one(given))} if isinstance(stored, dict) else {}


def _one(given: Any) -> Arrangement | None:
    try:
        listed = given["as_list"]
        return Arrangement(
            Grouping(given["group"]), Sorting(given["sort"]), listed if listed in (True, False) else None
        )
    except (KeyError, TypeError, ValueError):
        return None
