"""The worktrees as rows with aligned columns; the one under the cursor says where it is and what would be lost."""

from agor_tui.app.widgets.ink import BAR, TONES
from agor_tui.app.widgets.lines import Line
from agor_tui.app.widgets.rows import Rows
from agor_tui.state import clean
from agor_tui.state.ages import age
from agor_tui.state.figures import size
from agor_tui.state.worktree_facts import beside, state_of
from agor_tui.state.worktree_list import WorktreeRow

STATE, COMMITS, SIZE, AGE, GAP = 8, 8, 8, 5, 2
LEAST_TITLE = 18
WIDE = 100


class WorktreeRows(Rows[WorktreeRow]):
    """One line for each; the one under the cursor has two more."""

    def key(self, item: WorktreeRow) -> str:
        return item.key

    def draw(self, item: WorktreeRow, width: int, *, selected: bool) -> list[Line]:
        bar = (f"{BAR if selected else ' '} ", "accent")
        first: Line = [bar, *self._columns(item, width - 3)]
        if not selected:
            return [first]
        room = width - 5
        where = clean.cut_start(clean.line(item.seen.path), room)
        ink = "muted" if item.seen.may_go or not item.seen.losses else "warning"
        return [
            first,
            [bar, ("  ", "text"), (where, "muted")],
            [bar, ("  ", "text"), (clean.cut(item.fate, room, self.glyphs.ellipsis), ink)],
        ]

    def heading(self, width: int) -> Line:
        """The names of the columns."""
        title, branch, repo = _widths(width - 3)
        names = [("SESSION", title - 2, False), ("BRANCH", branch, False), *([("REPO", repo, False)] if repo else [])]
        names += [("STATE", STATE, False), ("COMMITS", COMMITS, False), ("SIZE", SIZE, True), ("USED", AGE, True)]
        text = (" " * GAP).join(clean.pad(name, cells, right=right) for name, cells, right in names)
        return [(f"    {text}", "faint")]

    def _columns(self, item: WorktreeRow, width: int) -> Line:
        title, branch, repo = _widths(width)
        state, tone = state_of(item.seen)
        ellipsis = self.glyphs.ellipsis
        mark = f"{self.glyphs.done} " if item.marked else "  "
        used = age(item.seen.used_at, self.environment.clock.now())
        room = size(item.seen.bytes) if item.seen.there else ""
        spans = [
            (mark, "accent"),
            (clean.pad(item.title, title - 2, ellipsis=ellipsis), "muted" if item.archived else "text"),
            (clean.pad(clean.line(item.seen.branch), branch, ellipsis=ellipsis), "muted"),
            *([(clean.pad(clean.line(item.repo), repo, ellipsis=ellipsis), "muted")] if repo else []),
            (clean.pad(state, STATE), TONES[tone]),
            (clean.pad(beside(item.seen, self.glyphs), COMMITS), "muted"),
            (clean.pad(room, SIZE, right=True), "text"),
            (clean.pad(used, AGE, right=True), "muted"),
        ]
        line: Line = spans[:1]
        for number, span in enumerate(spans[1:]):
            line += [(" " * GAP, "text"), span] if number else [span]
        return line


def _widths(width: int) -> tuple[int, int, int]:
    """The cells of title (with the mark), branch and repo; no repo in a narrow window."""
    repo = 14 if width >= WIDE else 0
    rest = width - STATE - COMMITS - SIZE - AGE - GAP * (5 + bool(repo)) - repo
    branch = max(8, min(32, rest * 2 // 5))
    return max(LEAST_TITLE, rest - branch), branch, repo
