"""The form that restores a session's files as they were at a task; it shows first what would change."""

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from textual.widget import Widget

from agor_core.domain.restoration import Restoration
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_tui.app import loading
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.note import Paragraph
from agor_tui.state import clean
from agor_tui.state.titles import task_title

NAMED = 3
ENDED = (
    Option("end", "after the task"),
    Option("start", "before the task"),
    Option("before", "undo", "as they were before they were restored to this task"),
)


class RestoreForm(RequestForm):
    """Dismissed with the restoration. What is there is kept first, so that it can be undone the same way."""

    VERB = "restore"
    PROGRESS = "restoring…"

    def __init__(self, link: DaemonLink, session: Session, task: Task) -> None:
        super().__init__(link)
        self._session = session
        self._of = task
        self._point = Choice(ENDED if task.ended else ENDED[1:], id="point")
        self._paths = TextField(placeholder="all; or the names of files and folders", id="paths")
        self._effect = Paragraph(id="effect")
        self._shown: dict[str, Any] | None = None

    @property
    def heading(self) -> str:
        return f"Restore the files of task {self._of.position}, “{task_title(self._of)}”"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        return (("as", self._point), ("files", self._paths), ("does", self._effect))

    def on_mount(self) -> None:
        super().on_mount()
        self._point.focus()
        self._look()

    def body(self) -> dict[str, Any] | None:
        try:
            paths = shlex.split(self._paths.value)
        except ValueError:
            self.complain("A quotation mark is not closed.")
            return None
        return {"point": self._point.value, "paths": paths}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return loading.restore(daemon, self._of.task_id, body)

    def on_choice_changed(self) -> None:
        self._look()

    def on_input_changed(self) -> None:
        if self._paths.value == "":
            self._look()
        else:
            self._effect.set_text([("only these files; what is there is kept first", "text")])

    def _look(self) -> None:
        """Ask what would change, and show it unless something else is asked by then."""
        body = {"point": self._point.value, "paths": [], "dry_run": True}
        self._shown = body

        def show(line: Line) -> None:
            if self.is_attached and self._shown is body:
                self._effect.set_text(line)

        self.link.call(
            lambda daemon: loading.restore(daemon, self._of.task_id, body),
            lambda record: show(effect(msgspec.convert(record, Restoration))),
            lambda sentence: show([(clean.line(sentence), "warning")]),
        )


def effect(seen: Restoration) -> Line:
    """What a restoration would do."""
    if not seen.written_count and not seen.removed_count and not seen.kept_count:
        return [("nothing: the files are like that", "muted")]
    parts = (
        ("writes", seen.written_count, seen.written, "text"),
        ("removes", seen.removed_count, seen.removed, "del"),
        ("leaves", seen.kept_count, seen.kept, "warning"),
    )
    line: Line = []
    for verb, count, names, ink in parts:
        if count:
            line += [(f"{verb} {_some(count, names)}; ", ink)]
    if seen.kept_count:
        line.append(("what it leaves is in no checkpoint; ", "muted"))
    return [*line, ("what is there is kept first, which undo brings back", "muted")]


def _some(count: int, names: Sequence[str]) -> str:
    more = f" and {count - NAMED} more" if count > NAMED else ""
    return ", ".join(clean.line(name) for name in names[:NAMED]) + more
