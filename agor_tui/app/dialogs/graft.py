"""The form that grafts changes into another session's files; it shows first what would change and what conflicts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from textual.widget import Widget

from agor_core.domain.comparison import ComparedSession
from agor_core.domain.graft import Graft
from agor_core.ids import SessionId
from agor_tui.app import comparison_loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.note import Paragraph
from agor_tui.state import clean

NAMED = 3
WAYS = (
    Option("refuse", "stop", "if a file conflicts, nothing is changed"),
    Option("mark", "mark it", "conflicts are marked in the text, as git does"),
    Option("take", "take this one", "a file that conflicts becomes as it is here"),
)


class GraftForm(RequestForm):
    """Dismissed with the graft."""

    VERB = "graft"
    PROGRESS = "grafting…"

    def __init__(
        self,
        link: DaemonLink,
        source: ComparedSession,
        targets: Sequence[ComparedSession],
        letters: Mapping[SessionId, str],
        what: Mapping[str, Any],
    ) -> None:
        super().__init__(link)
        self._source = source
        self._what = {name: value for name, value in what.items() if name != "what"}
        self._words = str(what["what"])
        self._into = Choice([_option(one, letters) for one in targets], id="into")
        self._way = Choice(WAYS, id="way")
        self._effect = Paragraph(id="effect")
        self._shown: dict[str, Any] | None = None

    @property
    def heading(self) -> str:
        return f"Graft {self._words} of “{clean.line(self._source.title or self._source.short_id)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("into", self._into), ("conflict", self._way), ("does", self._effect))

    def on_mount(self) -> None:
        super().on_mount()
        self._into.focus()
        self._look()

    def body(self) -> dict[str, Any] | None:
        return {**self._what, "from": self._source.session_id, "on_conflict": self._way.value}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return comparison_loading.graft(daemon, SessionId(self._into.value), body)

    def on_choice_changed(self) -> None:
        self._look()

    def _look(self) -> None:
        """Ask what would change, and show it unless something else is asked by then."""
        body = {**(self.body() or {}), "dry_run": True}
        target = SessionId(self._into.value)
        self._shown = body

        def show(line: Line) -> None:
            if self.is_attached and self._shown is body:
                self._effect.set_text(line)

        self.link.call(
            lambda daemon: comparison_loading.graft(daemon, target, body),
            lambda record: show(effect(msgspec.convert(record, Graft))),
            lambda sentence: show([(clean.line(sentence), "warning")]),
        )


def effect(seen: Graft) -> Line:
    """What a graft would do."""
    merged = set(seen.merged)
    conflicts = [f"{clean.line(one.path)} ({one.reason})" for one in seen.conflicts]
    parts = (
        ("writes", [path for path in seen.written if path not in merged], "text"),
        ("merges", [path for path in seen.written if path in merged], "text"),
        ("removes", list(seen.removed), "del"),
        ("conflicts:", conflicts, "warning"),
    )
    line: Line = []
    for verb, names, ink in parts:
        if names:
            line += [(f"{verb} {_some(names)}; ", ink)]
    if not line:
        return [("nothing: these changes are there already", "muted")]
    return [*line, ("uncommitted; what is there is kept first, and u takes it back", "muted")]


def _option(one: ComparedSession, letters: Mapping[SessionId, str]) -> Option:
    name = f"{letters.get(one.session_id, '')} {clean.line(one.agent)}".strip()
    return Option(one.session_id, name, clean.cut(clean.line(one.title or one.short_id), 40))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(clean.line(name) for name in names[:NAMED]) + more
