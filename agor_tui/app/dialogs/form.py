"""A form over the screen: rows of a label and a field; enter does it, escape does not."""

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
    """A dialog. It answers what was filled in, or None."""

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
    DOES = "do it"
    help_commands = writing.FORM

    @property
    def host(self) -> Host:
        """The app."""
        return cast("Host", self.app)

    # For forms to say

    @property
    def heading(self) -> str:
        """What stands in the border."""
        raise NotImplementedError

    def fields(self) -> Iterable[tuple[str, Widget]]:
        """The rows: labels and fields."""
        raise NotImplementedError

    def answer(self) -> Result | None:
        """What was filled in; None if something is missing."""
        raise NotImplementedError

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """What the last line says."""
        return (("enter", self.DOES), ("esc", "cancel"))

    # What they have in common

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

    def filled(self) -> dict[str, str]:
        """What the fields say, by their ids."""
        return {field.id: _said(field) for field in self.query(".field") if field.id and _said(field)}

    def fill(self, said: Mapping[str, str]) -> None:
        """Put what they said before into the fields."""
        for field in self.query(".field"):
            if field.id is not None and field.id in said:
                _say(field, said[field.id])

    def complain(self, sentence: str) -> None:
        """Say what is missing or wrong; what was typed stays."""
        self.tell(sentence, "warning")

    def tell(self, sentence: str, ink: str) -> None:
        """Say something above the keys."""
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


def _said(field: Widget) -> str:
    match field:
        case Prompt():
            return field.text
        case Input() | Choice():
            return field.value
        case _:
            return ""


def _say(field: Widget, text: str) -> None:
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
    """The agents to choose from: those that are installed first, of the others how to get them."""
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


def given(**fields: Any) -> dict[str, Any]:
    """Only what was filled in."""
    return {name: value for name, value in fields.items() if value not in (None, "")}
