"""Settings as rows with a cursor; the selected one says what it does."""

from agor_tui.app.widgets.ink import BAR
from agor_tui.app.widgets.lines import Line, joined, justified, truncated
from agor_tui.app.widgets.rows import Rows
from agor_tui.settings.meanings import applies
from agor_tui.settings.rows import SettingRow
from agor_tui.state import clean


class SettingList(Rows[SettingRow]):
    """Key, value and source."""

    def key(self, item: SettingRow) -> str:
        return item.key

    def draw(self, item: SettingRow, width: int, *, selected: bool) -> list[Line]:
        edge = (BAR if selected else " ", "accent")
        name: Line = [(" ", "text"), (clean.pad(item.key, 26), "strong" if selected else "text"), ("  ", "text")]
        value = (clean.line(item.value) or "–", "text" if item.source else "muted")
        source: Line = [("set" if item.source else "default", "accent" if item.source else "faint"), (" ", "text")]
        lines = [[edge, *justified([*name, value], source, width - 1)]]
        if selected:
            default: Line = [(f"default {clean.line(item.default) or '–'}", "faint")]
            where: Line = [(clean.line(item.source), "faint")] if item.source else []
            below = (
                [(item.meaning, "muted")],
                joined([default, where, [(f"a change takes effect {applies(item.key)}", "faint")]]),
            )
            lines += [[edge, ("   ", "text"), *truncated(line, width - 5)] for line in below]
        return lines
