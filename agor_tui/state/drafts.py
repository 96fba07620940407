"""What was written and not sent yet, for as long as the app runs, and the ids that make a second try the same one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agor_core.ids import SessionId, new_id

KEPT = "Draft kept."
ARRIVED = "What was sent before has arrived after all."


class Drafts:
    """Texts by the place where they are written: the fields of a form, or a session's prompt."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {}
        self._failed: dict[str, list[tuple[Mapping[str, Any], dict[str, str]]]] = {}

    def keep(self, place: str, fields: Mapping[str, str]) -> None:
        """Keep what is written there. A prompt that was put there meanwhile stays above it."""
        before = self._texts.get(place, {}).get("prompt", "")
        self._texts[place] = {**fields, "prompt": above(before, fields.get("prompt", ""))}

    def take(self, place: str) -> dict[str, str]:
        """What was kept, which is whoever's takes it from now on."""
        return self._texts.pop(place, {})

    def ids(self, place: str, body: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
        """The ids of what a request makes; those of an earlier try if one failed that asked for the same."""
        failed = self._failed.get(place, [])
        for number, (before, ids) in enumerate(failed):
            if before == body:
                del failed[number]
                return ids
        return {name: new_id() for name in names}

    def failed(self, place: str, body: Mapping[str, Any], ids: dict[str, str]) -> None:
        """A request with these ids was refused, or not answered."""
        if ids:
            self._failed.setdefault(place, []).append((body, ids))

    def arrived(self, place: str, made: Callable[[str], bool]) -> list[str]:
        """The prompts of what failed and has been made after all; it is forgotten, also in what was kept there."""
        failed = self._failed.get(place, [])
        found = [one for one in failed if any(made(made_id) for made_id in one[1].values())]
        self._failed[place] = [one for one in failed if one not in found]
        prompts = [body.get("prompt", "") for body, _ in found]
        if found and (kept := self._texts.get(place)) is not None:
            for prompt in prompts:
                kept["prompt"] = without(kept["prompt"], prompt)
            if not kept["prompt"]:
                del self._texts[place]
        return prompts


def above(text: str, present: str) -> str:
    """Both, the one above the other."""
    return f"{text}\n\n{present}" if text and present else text or present


def without(present: str, text: str) -> str:
    """What is there but for a text that stands in it by itself, as `above` puts it."""
    if present.strip() == text.strip():
        return ""
    return f"\n\n{present}\n\n".replace(f"\n\n{text}\n\n", "\n\n", 1)[2:-2]


def prompt_of(session_id: SessionId) -> str:
    """The place of a session's prompt."""
    return f"prompt {session_id}"
