"""A confirmation: it names the losses, and the safe answer has the focus."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from agor_tui.app.dialogs.form import Form
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.note import Note
from agor_tui.state import clean


class Confirm(Form[bool]):
    """Dismissed with True for yes, None for no."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "yes", show=False), Binding("n", "cancel", show=False)]

    def __init__(self, question: str, losses: Sequence[str], *, yes: str, no: str, names: Sequence[str] = ()) -> None:
        super().__init__()
        self._question = question
        self._losses = losses
        self._names = names
        self._choice = Choice([Option("no", no), Option("yes", yes)], id="answer")

    @property
    def heading(self) -> str:
        return self._question

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        return (("y", "yes"), ("n esc", "no"), ("enter", "the one that is shown"))

    def fields(self) -> Iterable[tuple[str, Widget]]:
        for name in self._names:
            yield "", Note([(clean.line(name), "muted")])
        for loss in self._losses:
            yield "", Note([(clean.line(loss), "text")])
        yield " ", self._choice

    def on_mount(self) -> None:
        self._choice.focus()

    def answer(self) -> bool | None:
        if self._choice.value == "yes":
            return True
        self.dismiss(None)
        return None

    def action_yes(self) -> None:
        self.dismiss(True)
