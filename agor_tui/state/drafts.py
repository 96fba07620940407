"""Drafts, kept for as long as the app runs, and the ids that make a repeated request idempotent."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agor_core.ids import SessionId, new_id

KEPT = "Draft kept."
ARRIVED = "What was sent before has arrived after all."


class Drafts:
    """Drafts and failed requests by the place where they were written: a form, or a session's prompt."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {}
        self._failed: dict[str, list[tuple[Mapping[str, Any], dict[str, str]]]] = {}

    def keep(self, place: str, fields: Mapping[str, str]) -> None:
        """Keep the fields of a place as its draft; the prompt of an earlier draft stays above the new one."""
        before = self._texts.get(place, {}).get("prompt", "")
        self._texts[place] = {**fields, "prompt": above(before, fields.get("prompt", ""))}

    def take(self, place: str) -> dict[str, str]:
        """Remove the draft of a place and answer it."""
        return self._texts.pop(place, {})

    def ids(self, place: str, body: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
        """New ids for the records that a request creates; those of an equal request if one has failed."""
        failed = self._failed.get(place, [])
        for number, (before, ids) in enumerate(failed):
            if before == body:
                del failed[number]
                return ids
        return {name: new_id() for name in names}

    def failed(self, place: str, body: Mapping[str, Any], ids: dict[str, str]) -> None:
        """Note that a request with these ids was refused or not answered."""
        if ids:
            self._failed.setdefault(place, []).append((body, ids))

    def arrived(self, place: str, made: Callable[[str], bool]) -> list[str]:
        """Drop the failed requests whose records exist (``made``), also from the draft, and answer their prompts."""
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
    """Two texts, a blank line between them."""
    return f"{text}\n\n{present}" if text and present else text or present


def without(present: str, text: str) -> str:
    """The present text without a paragraph that `above` put into it."""
    if present.strip() == text.strip():
        return ""
    return f"\n\n{present}\n\n".replace(f"\n\n{text}\n\n", "\n\n", 1)[2:-2]


def prompt_of(session_id: SessionId) -> str:
    """The place of a session's prompt, as a key of the drafts."""
    return f"prompt {session_id}"
