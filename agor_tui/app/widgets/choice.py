"""A form field with several options on one line, chosen by left and right or by a first letter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from agor_tui.app.widgets.ink import InkLine
from agor_tui.app.widgets.lines import Line, truncated


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its value, its label and a note; ``dim`` if it will not work."""

    value: str
    label: str
    note: str = ""
    dim: bool = False


class Choice(InkLine, can_focus=True):
    """One line that shows the chosen option."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", show=False),
        Binding("right,l,space", "turn(1)", show=False),
    ]
    DEFAULT_CSS = "Choice { height: 1; } Choice:focus { background: $panel; }"

    @dataclass
    class Changed(Message):
        """Another option was chosen."""

        choice: "Choice"

        @property
        def control(self) -> "Choice":
            return self.choice

    def __init__(self, options: Sequence[Option], value: str | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.options = tuple(options)
        values = [option.value for option in self.options]
        self.index = values.index(value) if value in values else 0

    @property
    def value(self) -> str:
        """The value of the chosen option; empty without options."""
        return self.options[self.index].value if self.options else ""

    def lines(self, width: int) -> Sequence[Line]:
        if not self.options:
            return [[("nothing to choose from", "faint")]]
        option = self.options[self.index]
        arrow = "accent" if self.has_focus else "faint"
        many = len(self.options) > 1
        line: Line = [("‹ " if many else "", arrow), (option.label, "faint" if option.dim else "text")]
        line += [(" ›" if many else "", arrow), ("  ", "text"), (option.note, "faint")]
        return [truncated(line, width)]

    def offer(self, options: Sequence[Option]) -> None:
        """Replace the options; the value stays chosen if it is among them."""
        value = self.value
        self.options = tuple(options)
        values = [option.value for option in self.options]
        self.index = values.index(value) if value in values else 0
        self.refresh()

    def choose(self, value: str) -> None:
        """Choose the option with this value, if there is one."""
        found = [index for index, option in enumerate(self.options) if option.value == value]
        if found:
            self._choose(found[0])

    def set_note(self, value: str, note: str) -> None:
        """Give the option with this value another note."""
        self.options = tuple(replace(one, note=note) if one.value == value else one for one in self.options)
        self.refresh()

    def action_turn(self, step: int) -> None:
        """Choose the next option, or with a negative step the one before."""
        if len(self.options) > 1:
            self._choose((self.index + step) % len(self.options))

    def on_key(self, event: events.Key) -> None:
        """Choose the next option that begins with the typed letter."""
        if not event.character or not event.character.isalnum() or event.character in "hjkl":
            return
        order = [*range(self.index + 1, len(self.options)), *range(self.index + 1)]
        found = [i for i in order if self.options[i].label.casefold().startswith(event.character.casefold())]
        if found:
            event.stop()
            self._choose(found[0])

    def on_click(self) -> None:
        self.focus()
        self.action_turn(1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _choose(self, index: int) -> None:
        self.index = index
        self.refresh()
        self.post_message(self.Changed(self))
