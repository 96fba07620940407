"""What was written and not sent yet, for as long as the app runs, and the ids that make a second try the same one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agor_core.ids import SessionId, new_id

KEPT = "Draft kept."


class Drafts:
    """Texts by the place where they are written: the fields of a form, or a session's prompt."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {}
        self._failed: dict[str, tuple[Mapping[str, Any], dict[str, str]]] = {}

    def keep(self, place: str, fields: Mapping[str, str]) -> None:
        """Keep what is written there, in place of what was."""
        self._texts[place] = dict(fields)

    def take(self, place: str) -> dict[str, str]:
        """What was kept, which is whoever's takes it from now on."""
        return self._texts.pop(place, {})

    def ids(self, place: str, body: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
        """The ids of what a request makes; those of the try before if that failed and asked for the same."""
        before, ids = self._failed.pop(place, (None, {}))
        return ids if before == body else {name: new_id() for name in names}

    def failed(self, place: str, body: Mapping[str, Any], ids: dict[str, str]) -> None:
        """A request with these ids was refused, or not answered."""
        self._failed[place] = body, ids

    def arrived(self, place: str, made: Callable[[str], bool]) -> bool:
        """Whether what failed has been made after all; then it is forgotten."""
        _, ids = self._failed.get(place, (None, {}))
        if not any(made(one) for one in ids.values()):
            return False
        del self._failed[place]
        return True


def prompt_of(session_id: SessionId) -> str:
    """The place of a session's prompt."""
    return f"prompt {session_id}"
