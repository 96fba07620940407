"""The settings of a repository: where worktrees begin, what they get, and the commands that run in them."""

from collections.abc import Iterable
from typing import Any

import msgspec
from textual.widget import Widget

from agor_core.domain.repo import Repo
from agor_tui.app.daemon_link import DaemonLink
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.dialogs.request_form import RequestForm
from agor_tui.app.loading import Calls
from agor_tui.app.widgets.note import Note
from agor_tui.state import clean

FIELDS = (
    ("base", "base", "where worktrees begin; else what is checked out"),
    ("branch_prefix", "prefix", "of new branches, as feat/"),
    ("include", "include", "ignored files that come along, as .env *.local"),
    ("setup", "set-up", "a command in a new worktree, before the first prompt"),
    ("teardown", "teardown", "a command before a worktree is removed"),
    ("check", "check", "a command that judges a tree"),
)


class RepoSettingsForm(RequestForm):
    """Dismissed with the repo."""

    VERB = "save"
    PROGRESS = "saving…"

    def __init__(self, link: DaemonLink, record: dict[str, Any]) -> None:
        super().__init__(link)
        self._repo = msgspec.convert(record, Repo)
        known = msgspec.structs.asdict(self._repo.settings)
        self._fields = {
            key: TextField(" ".join(known[key]) if key == "include" else known[key] or "", placeholder=hint, id=key)
            for key, _, hint in FIELDS
        }

    @property
    def heading(self) -> str:
        return f"Repository {clean.line(self._repo.slug)}"

    def fields(self) -> Iterable[tuple[str, Widget]]:
        yield "folder", Note([(clean.line(self._repo.local_path), "muted")])
        for key, label, _ in FIELDS:
            yield label, self._fields[key]

    def on_mount(self) -> None:
        self._fields["base"].focus()

    def body(self) -> dict[str, Any]:
        values = {key: field.value.strip() or None for key, field in self._fields.items()}
        return {"settings": {**values, "include": (values["include"] or "").split()}}

    def ask(self, daemon: Calls, body: dict[str, Any]) -> dict[str, Any]:
        return daemon.patch("repos", self._repo.repo_id, body)

    def _accepted(self, record: dict[str, Any]) -> None:
        super()._accepted(record)
        self.host.say(f"The settings of {clean.line(self._repo.slug)} are saved; new worktrees follow them.")
