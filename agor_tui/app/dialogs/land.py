"""The page of a landing: everything is known before anything moves."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from textual.widget import Widget

from agor_core.domain.landing import HOWS, LandingPlan
from agor_core.domain.session import Session
from agor_tui.app import landing_calls
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.ink import TONES, DrawingEnvironment
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.note import Paragraph
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.state import clean
from agor_tui.state.landing_facts import facts, resolving_prompt, some
from agor_tui.state.segments import Segment
from agor_tui.state.titles import session_title, shown_title

ACTION = "action"
LAND, AWAY, RIVALS, RESOLVE, SHELL = "land", "away", "rivals", "resolve", "shell"
HOW_OPTIONS = {
    "squash": Option("squash", "squash", "everything becomes one commit"),
    "merge": Option("merge", "merge", "what is uncommitted is committed first; then a merge commit"),
    "rebase": Option("rebase", "rebase", "what is uncommitted is committed first; its commits anew"),
}
FIRST = (
    Option(LAND, "land", "the session stays as it is"),
    Option(AWAY, "land, and put it away", "archived, its worktree let go"),
)
LOOKING = "looking…"


class LandForm(RequestForm):
    """Dismissed with what was done: an ``action``, and the daemon's record of it."""

    VERB = "do it"
    PROGRESS = "landing… your hooks run"
    ID_NAMES = ("landing_id",)

    def __init__(self, link: DaemonLink, session: Session) -> None:
        super().__init__(link)
        self._session = session
        self._plan: LandingPlan | None = None
        self._asked: dict[str, Any] | None = None
        self._suggested = ""
        self._into = TextField(session.git_state.target or "", placeholder="a branch", id="into")
        self._how = Choice([HOW_OPTIONS[how] for how in HOWS], id="how")
        self._where, self._meets = Paragraph(id="where"), Paragraph(id="meets")
        self._hooks, self._but = Paragraph(id="hooks"), Paragraph(id="but")
        self._check = Paragraph(id="check")
        self._message = Prompt(id="message")
        self._then = Choice(FIRST, id="then")

    @property
    def heading(self) -> str:
        return f"Land “{session_title(self._session)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (
            ("into", self._into),
            ("", self._where),
            ("how", self._how),
            ("merges", self._meets),
            ("check", self._check),
            ("hooks", self._hooks),
            ("", self._but),
            ("message", self._message),
            ("then", self._then),
        )

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        return (("enter", self.VERB), ("← →", "choose"), ("tab", "next"), ("esc", "cancel"))

    def on_mount(self) -> None:
        super().on_mount()
        self._then.focus()
        self._look()

    def body(self) -> dict[str, Any] | None:
        plan = self._plan
        if plan is None:
            self.complain("What it would meet is not known yet; wait a moment.")
            return None
        action = self._then.value
        if action in (RESOLVE, SHELL):
            return {ACTION: action}
        if plan.obstacle is not None or plan.in_the_way:
            self.complain(plan.obstacle or f"Uncommitted work is in the way: {some(plan.in_the_way)}.")
            return None
        if not self._message.text.strip():
            self.complain("A commit needs a message.")
            return None
        return {ACTION: action, **self._request(), "message": self._message.text}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        action, session_id = body[ACTION], self._session.session_id
        plan = self._plan
        if action == SHELL or plan is None:
            return {ACTION: action}
        if action == RESOLVE:
            daemon.act(session_id, "prompt", {"prompt": resolving_prompt(plan)})
            return {ACTION: action}
        away = {LAND: (), AWAY: (session_id,), RIVALS: (session_id, *plan.rivals)}[action]
        request = {name: value for name, value in body.items() if name != ACTION}
        return {ACTION: action, **landing_calls.land(daemon, session_id, request, away)}

    def on_choice_changed(self, message: Choice.Changed) -> None:
        if message.choice is self._how:
            self._look()

    def on_input_changed(self) -> None:
        if self.is_attached and self._into.value.strip() != (self._plan.target if self._plan else ""):
            self._look()

    def _request(self) -> dict[str, Any]:
        into = self._into.value.strip()
        how = self._how.value
        return {"how": how, "commit": how != "squash", **({"into": into} if into else {})}

    def _look(self) -> None:
        """Ask what it would meet, and show it unless something else is asked by then."""
        body = self._request()
        self._asked, self._plan = body, None
        self._where.set_text([(LOOKING, "muted")])
        for field in (self._check, self._but):
            self._show_row(field, [])

        def seen(plan: LandingPlan) -> None:
            if self.is_attached and self._asked is body:
                self._show(plan)

        def failed(sentence: str) -> None:
            if self.is_attached and self._asked is body:
                self._where.set_text([(clean.line(sentence), "warning")])

        self.link.call(lambda daemon: landing_calls.plan(daemon, self._session.session_id, body), seen, failed)

    def _show(self, plan: LandingPlan) -> None:
        self._plan = plan
        if not self._into.value.strip():
            self._into.value = plan.target
        found = dict(facts(plan, cast("DrawingEnvironment", self.app).glyphs))
        self._where.set_text([(text.strip(), ink) for text, ink in _line(found["into"][1:])])
        self._meets.set_text([*_line(found["merges"]), *_counted(plan)])
        self._hooks.set_text(_line(found["hooks"]))
        self._show_row(self._check, _line(found.get("check", [])))
        self._show_row(self._but, _obstacles(plan))
        if self._message.text in ("", self._suggested):
            self._suggested = plan.message.rstrip("\n")
            self._message.set_text(self._suggested)
        self._then.offer(_options(plan, self._named(plan)))

    def _show_row(self, field: Paragraph, line: Line) -> None:
        """Show a fact, or nothing of its row if there is none."""
        field.set_text(line)
        if isinstance(field.parent, Widget):
            field.parent.display = bool(line)

    def _named(self, plan: LandingPlan) -> str:
        """The titles of the rivals."""
        records = self.link.records.sessions
        return ", ".join(shown_title(records[one].title if one in records else one) for one in plan.rivals)


def _options(plan: LandingPlan, rivals: str) -> list[Option]:
    """What enter may do, as it stands."""
    if plan.conflicts and plan.obstacle is None:
        return [
            Option(RESOLVE, "let the agent resolve it", f"a task: it brings {clean.line(plan.target)} in"),
            Option(SHELL, "open a shell there", clean.line(plan.worktree)),
        ]
    options = [replace(option, dim=bool(plan.obstacle or plan.in_the_way)) for option in FIRST]
    if plan.rivals:
        options.append(Option(RIVALS, f"land, and put it and {len(plan.rivals)} more away", rivals))
    return options


def _obstacles(plan: LandingPlan) -> Line:
    if plan.obstacle is not None:
        return [(clean.line(plan.obstacle), "del")]
    if plan.in_the_way:
        return [(f"uncommitted work is in the way: {some(plan.in_the_way)}", "del")]
    if plan.left_out:
        return [(f"repositories inside of it stay out: {some(plan.left_out)}", "warning")]
    return []


def _counted(plan: LandingPlan) -> Line:
    parts = [f"{plan.ahead} commit{'' if plan.ahead == 1 else 's'}"] if plan.ahead else []
    parts += [f"{len(plan.uncommitted)} uncommitted"] if plan.uncommitted else []
    return [(f"   {' and '.join(parts)}", "muted")] if parts else []


def _line(segments: Sequence[Segment]) -> Line:
    return [(segment.text, TONES[segment.tone]) for segment in segments]
