"""The palette's provider of a few choices, of which one is the present."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from agor_tui.state import clean


@dataclass(frozen=True, slots=True)
class ChoiceEntry:
    """One choice: its value, its words and a note."""

    value: str
    label: str
    note: str = ""


class ChoicesProvider(Provider):
    """Offers the choices of its class: Textual makes the provider itself, so `of` gives them to a class."""

    entries: ClassVar[Sequence[ChoiceEntry]] = ()
    chosen: ClassVar[Callable[[str], object]]

    async def discover(self) -> Hits:
        for entry in self.entries:
            yield DiscoveryHit(_content(entry), self._choice(entry), text=entry.label)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for entry in self.entries:
            if score := matcher.match(f"{entry.label} {entry.note}"):
                yield Hit(score, _content(entry), self._choice(entry), text=entry.label)

    def _choice(self, entry: ChoiceEntry) -> Callable[[], object]:
        return partial(type(self).chosen, entry.value)


def of(entries: Sequence[ChoiceEntry], chosen: Callable[[str], object]) -> type[ChoicesProvider]:
    """The provider of these entries; ``chosen`` is called with the value of one."""
    return type("Choices", (ChoicesProvider,), {"entries": entries, "chosen": staticmethod(chosen)})


def _content(entry: ChoiceEntry) -> Content:
    return Content.assemble(clean.pad(clean.line(entry.label), 20), "  ", (clean.line(entry.note), "$secondary"))
