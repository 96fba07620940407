"""The demos: for each widget module one widget with sample data, to look at by itself."""

from collections.abc import Callable, Mapping

from textual.widget import Widget

from agor_tui.app.commands.command import Command
from agor_tui.app.widgets import samples
from agor_tui.app.widgets.choice import Choice, Option
from agor_tui.app.widgets.column import Column
from agor_tui.app.widgets.compare_table import CompareFiles, columns
from agor_tui.app.widgets.conversation_items import conversation_items
from agor_tui.app.widgets.conversation_view import ConversationView
from agor_tui.app.widgets.diff_drawing import DiffDrawing
from agor_tui.app.widgets.diff_view import DiffView
from agor_tui.app.widgets.filter_line import FilterLine
from agor_tui.app.widgets.footer import Footer
from agor_tui.app.widgets.fork_points import ForkPoints
from agor_tui.app.widgets.header import Header, status_summary
from agor_tui.app.widgets.hit_rows import HitRows, SearchHit
from agor_tui.app.widgets.key_list import KeyList
from agor_tui.app.widgets.log_view import LogView
from agor_tui.app.widgets.note import Note
from agor_tui.app.widgets.patch_files import PatchFiles
from agor_tui.app.widgets.preview import Preview
from agor_tui.app.widgets.preview_lines import Previewed
from agor_tui.app.widgets.prompt import Prompt
from agor_tui.app.widgets.prompt_line import PromptLine
from agor_tui.app.widgets.queue_rows import QueueRows
from agor_tui.app.widgets.queue_view import QueueView
from agor_tui.app.widgets.session_rows import SessionList
from agor_tui.app.widgets.setting_rows import SettingList
from agor_tui.app.widgets.side import Side
from agor_tui.app.widgets.side_by_side import SideBySide
from agor_tui.app.widgets.table_heading import TableHeading
from agor_tui.app.widgets.timeline import Timeline, queued_tasks, timeline_rows
from agor_tui.app.widgets.too_small import TooSmall
from agor_tui.app.widgets.tree_rows import TreeRows
from agor_tui.app.widgets.welcome import Welcome
from agor_tui.app.widgets.worktree_rows import WorktreeRows
from agor_tui.settings.rows import SettingRow
from agor_tui.state import patch
from agor_tui.state.board_columns import BoardColumn, ColumnName
from agor_tui.state.genealogy_rows import genealogy_rows
from agor_tui.state.glyphs import UNICODE
from agor_tui.state.worktree_list import WorktreeRow

Demo = Callable[[], Widget]


def choice() -> Widget:
    return Choice([Option("demo", "demo", "version 0.1.0"), Option("codex", "codex", "not installed", dim=True)])


def column() -> Widget:
    shown = Column(ColumnName.NEEDS_YOU)
    shown.set_column(BoardColumn(ColumnName.NEEDS_YOU, samples.SESSIONS, len(samples.SESSIONS)))
    shown.cards.set_approvals({samples.SESSION.session_id: samples.APPROVAL})
    return shown


def conversation_view() -> Widget:
    shown = ConversationView()
    shown.set_items(conversation_items(samples.conversation(), [samples.APPROVAL]))
    return shown


def diff_view() -> Widget:
    shown = DiffView()
    shown.set_patch(patch.read(samples.PATCH))
    return shown


def footer() -> Widget:
    shown = Footer()
    shown.set_keys([("enter", "open"), ("n", "new"), ("f", "fork")], (":", "palette"))
    return shown


def fork_points() -> Widget:
    shown = ForkPoints()
    shown.set_items(samples.TASKS[:3])
    return shown


def header() -> Widget:
    shown = Header()
    shown.location = [("agor   ", "strong")]
    shown.tabs, shown.tab = ("All", "Release"), 0
    shown.status = status_summary(
        {ColumnName.NEEDS_YOU: 1, ColumnName.RUNNING: 2}, spent=0.31, connected=True, glyphs=UNICODE, wide=True
    )
    return shown


def hit_rows() -> Widget:
    shown = HitRows()
    shown.words = ("bucket",)
    hit = SearchHit(
        service="messages", id="1", kind="message", session_id="s", short_id=samples.SESSION.short_id,
        title=samples.SESSION.title, excerpt="one bucket per account", created_at=samples.AT,
    )  # fmt: skip
    shown.set_items([hit])
    return shown


def log_view() -> Widget:
    shown = LogView()
    shown.set_output("one\ntwo\n" * 30)
    return shown


def key_list() -> Widget:
    commands = [
        Command("session.fork", "f", "Fork the session at a task", "fork", "Session"),
        Command("app.quit", "q", "Quit", "quit", "App"),
    ]
    return KeyList(commands, {})


def note() -> Widget:
    return Note([("A note of one line", "text"), ("; the rest is cut", "faint")])


def patch_files() -> Widget:
    shown = PatchFiles()
    drawing = DiffDrawing(patch.read(samples.PATCH))
    drawing.set_read(frozenset())
    shown.show(drawing.patch, 0, drawing)
    return shown


def preview() -> Widget:
    shown = Preview()
    shown.set_shown(Previewed(samples.SESSION, samples.conversation(), samples.APPROVAL, (("a", "allow"),)))
    return shown


def prompt_line() -> Widget:
    shown = PromptLine()
    shown.set_placeholder("prompt; enter sends")
    return shown


def queue_rows() -> Widget:
    shown = QueueRows()
    shown.set_items(queued_tasks(samples.conversation()))
    return shown


def queue_view() -> Widget:
    shown = QueueView()
    shown.set_tasks(queued_tasks(samples.conversation()))
    return shown


def session_rows() -> Widget:
    shown = SessionList()
    shown.set_items(samples.SESSIONS)
    shown.set_marked({samples.FORK.session_id}, {samples.FORK.session_id})
    return shown


def setting_list() -> Widget:
    shown = SettingList()
    shown.set_items([SettingRow("app.theme", "agor-light", "agor-dark", "config.toml", "The theme.")])
    return shown


def side() -> Widget:
    shown = Side()
    shown.set_session(samples.SESSION, samples.conversation(), samples.TASKS[2])
    return shown


def side_by_side() -> Widget:
    shown = SideBySide()
    shown.set_patch(patch.read(samples.PATCH))
    return shown


def compare_table() -> Widget:
    shown = CompareFiles()
    ids = tuple(one.session_id for one in samples.COMPARISON.sessions)
    shown.show(samples.COMPARISON.files, ids, columns(78, len(ids), 0, 0))
    return shown


def table_heading() -> Widget:
    shown = TableHeading()
    shown.styles.width = 130
    return shown


def timeline() -> Widget:
    shown = Timeline()
    shown.set_items(timeline_rows(samples.conversation()))
    return shown


def too_small() -> Widget:
    shown = TooSmall()
    shown.display = True
    return shown


def tree_rows() -> Widget:
    shown = TreeRows()
    shown.set_items(genealogy_rows(samples.GENEALOGY, here=samples.SESSION.session_id))
    return shown


def worktree_rows() -> Widget:
    shown = WorktreeRows()
    shown.set_items([WorktreeRow(samples.WORKTREE, "api", samples.SESSIONS[:1])])
    return shown


DEMOS: Mapping[str, Demo] = {
    "choice": choice,
    "column": column,
    "compare_table": compare_table,
    "conversation_view": conversation_view,
    "diff_view": diff_view,
    "filter_line": FilterLine,
    "footer": footer,
    "fork_points": fork_points,
    "header": header,
    "hit_rows": hit_rows,
    "key_list": key_list,
    "log_view": log_view,
    "note": note,
    "patch_files": patch_files,
    "preview": preview,
    "prompt": lambda: Prompt(placeholder="what to do next"),
    "prompt_line": prompt_line,
    "queue_rows": queue_rows,
    "queue_view": queue_view,
    "session_rows": session_rows,
    "setting_rows": setting_list,
    "side": side,
    "table_heading": table_heading,
    "side_by_side": side_by_side,
    "timeline": timeline,
    "too_small": too_small,
    "tree_rows": tree_rows,
    "worktree_rows": worktree_rows,
    "welcome": Welcome,
}
"""Every module of a widget, with the widget that its demo shows."""
