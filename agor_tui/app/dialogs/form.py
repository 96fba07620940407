"""A form: a modal screen with a row for each field. Enter submits it, escape cancels it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from agor_core.domain.agent import AgentInfo
from agor_tui.app.commands import writing
from agor_tui.app.host import Host
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.ink import TO_ASCII, DrawingEnvironment
from agor_tui.app.widgets.note import Note, Paragraph
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import clean
from agor_tui.state.agents import version
from agor_tui.state.glyphs import ASCII

Result = TypeVar("Result")


class TextField(Input):
    """One line of text in a form."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(value, placeholder=placeholder, id=id, select_on_focus=False)
        self.cursor_blink = False


class Form(ModalScreen[Result | None], Generic[Result]):
    """Dismissed with its result, or with None if it was cancelled."""

    CSS_PATH = "form.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("enter", "submit", show=False),
        Binding("down,tab,j", "step(1)", show=False),
        Binding("up,shift+tab,k", "step(-1)", show=False),
        Binding("f1", "app.keys", show=False),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (28, "-high")]  # noqa: RUF012
    VERB = "do it"
    """The word for enter in the line of keys."""
    help_commands = writing.FORM

    @property
    def host(self) -> Host:
        """The app."""
        return cast("Host", self.app)

    # For subclasses

    @property
    def heading(self) -> str:
        """The title in the border."""
        raise NotImplementedError

    def fields(self) -> Iterable[tuple[str, Widget]]:
        """The rows: a label and a field each."""
        raise NotImplementedError

    def answer(self) -> Result | None:
        """The result of the form; None if a field is missing, which `complain` has said."""
        raise NotImplementedError

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """The keys of the last line with a word for each."""
        return (("enter", self.VERB), ("esc", "cancel"))

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = Content(self._title_text())
            for label, field in self.fields():
                field.add_class("field")
                with Horizontal(classes="row" if label else "row -more"):
                    yield Note([(label, "muted")], classes="label")
                    yield field
            yield Paragraph(id="said")
            yield Note(
                [span for key, does in self.keys for span in ((key, "accent"), (f" {does}   ", "muted"))], id="keys"
            )

    def _title_text(self) -> str:
        text = clean.cut(self.heading, 66)
        return text.translate(TO_ASCII) if cast("DrawingEnvironment", self.app).glyphs is ASCII else text

    def values(self) -> dict[str, str]:
        """The values of the fields that have one, by field id."""
        return {field.id: _value(field) for field in self.query(".field") if field.id and _value(field)}

    def set_values(self, values: Mapping[str, str]) -> None:
        """Fill the fields with these ids; the others keep their values."""
        for field in self.query(".field"):
            if field.id is not None and field.id in values:
                _set_value(field, values[field.id])

    def complain(self, sentence: str) -> None:
        """Show a fault above the keys."""
        self.show_message(sentence, "warning")

    def show_message(self, sentence: str, ink: str) -> None:
        """Show a sentence above the keys."""
        self.query_one("#said", Paragraph).set_text([(clean.line(sentence), ink)])

    def action_submit(self) -> None:
        answer = self.answer()
        if answer is not None:
            self.dismiss(answer)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_step(self, step: int) -> None:
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def on_prompt_exited(self, message: Prompt.Exited) -> None:
        self.action_step(message.step)

    def on_prompt_submitted(self) -> None:
        self.action_submit()

    def on_input_submitted(self) -> None:
        self.action_submit()


def _value(field: Widget) -> str:
    match field:
        case Prompt():
            return field.text
        case Input() | Choice():
            return field.value
        case _:
            return ""


def _set_value(field: Widget, text: str) -> None:
    match field:
        case Prompt():
            field.set_text(text)
        case Input():
            field.value = text
        case Choice():
            field.choose(text)
        case _:
            pass


def agent_options(agents: Sequence[AgentInfo]) -> list[Option]:
    """An option for each agent: first the installed ones with their versions, then how to install the others."""
    ordered = sorted(agents, key=lambda agent: not agent.installed)
    return [
        Option(
            agent.name,
            clean.line(agent.name),
            version(agent) if agent.installed else f"not installed: {clean.line(agent.install_hint)}",
            dim=not agent.installed,
        )
        for agent in ordered
    ]


def filled_in(**fields: Any) -> dict[str, Any]:
    """The fields of a request that are not empty."""
    return {name: value for name, value in fields.items() if value not in (None, "")}
