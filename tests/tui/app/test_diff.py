"""The diff of a task: its files with their counts, then its lines; for running tasks, large patches, foreign text."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.config.settings import AppSettings, Settings
from agor_core.domain.figures import Diffstat
from agor_core.domain.task import TaskGitState
from agor_core.git import diff
from agor_tui.app import diff_loading, editor
from agor_tui.app.dialogs import diff_points
from agor_tui.app.screens.diff import DiffScreen
from agor_tui.app.widgets import diff_rows
from agor_tui.app.widgets.patch_colors import PatchColors
from agor_tui.state import patch as patches
from tests.builders import app_records as make
from tests.builders.repositories import new_repository
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, Driven, running
from tests.fakes.session_world import opened

MEDIUM = (120, 40)
BEFORE = {"src/login.py": "def login():\n    return check()\n", "notes.md": "old\n"}
AFTER = {"src/login.py": "def login():\n    return limited(check())\n", "notes.md": "new\n\x1b[2Jevil\x07\n",
         "src/limits.py": "".join(f"LIMIT_{n} = {n}\n" for n in range(40)),
         "a-long.txt": "x" * 300 + "END\n"}  # fmt: skip


class Changed:
    """A session whose first task changed files in a real repository."""

    def __init__(self, patch: str, **more: object) -> None:
        self.session = make.session("Rate limit", tasks=2)
        kept = TaskGitState(
            sha_at_start="a", checkpoint_start="c", diffstat=Diffstat(files=4, insertions=44, deletions=2)
        )
        self.first = make.task(self.session, 1, full_prompt="Limit it", git_state=kept)
        self.second = make.task(self.session, 2, full_prompt="And now", **{"git_state": kept, **more})
        self.daemon = FakeDaemon(self.session, self.first, self.second,
                                 make.message(self.first, 0, "Limit it", "user"),
                                 make.message(self.second, 1, "And now", "user"))  # fmt: skip
        self.daemon.diffs[self.first.task_id] = patch


@pytest.fixture
async def patch(tmp_path: Path) -> str:
    repository = new_repository(tmp_path / "repo", BEFORE)
    before = repository.text("rev-parse", "HEAD")
    repository.commit("change", **AFTER)
    return (await diff.patch(repository.path, before, repository.text("rev-parse", "HEAD"))).text


async def read(driven: Driven, keys: tuple[str, ...] = ("g", "v")) -> DiffScreen:
    """Open the diff of the first task."""
    await opened(driven)
    driven.app.screen.panes.focus("timeline")  # type: ignore[attr-defined]
    await driven.press(*keys)
    screen = driven.app.screen
    assert isinstance(screen, DiffScreen)
    await driven.misses("reading…")
    return screen


async def test_files_with_their_counts_come_first_and_then_the_lines(patch: str) -> None:
    async with running(Changed(patch).daemon, NARROW) as driven:
        await read(driven)
        assert "Rate limit / task 1 Limit it" in driven.lines[0]
        parts = ("4 files   +44 −2", "A a-long.txt", "M notes.md", "+2 −1", "A src/limits.py", "+40", "M src/login.py",
                 "── a-long.txt   +1", "@@ -0,0 +1 @@", "1 + xxx")  # fmt: skip
        order = [driven.text.index(part) for part in parts]
        assert order == sorted(order)


@pytest.mark.parametrize("size", [MEDIUM, WIDE])
async def test_in_a_wide_window_the_files_stay_beside_the_lines(patch: str, size: tuple[int, int]) -> None:
    async with running(Changed(patch).daemon, size) as driven:
        screen = await read(driven)
        listed = ("A a-long.txt", "M notes.md", "A src/limits.py", "M src/login.py")
        for keys in ((), ("tab", "tab"), ("G",)):
            await driven.press(*keys)
            assert [next(part for part in listed if part in line) for line in driven.lines[4:8]] == list(listed)
        await driven.press("g", "tab", "tab")
        assert screen.view.current_file == 1
        assert driven.lines[5].lstrip().startswith("▌○ M notes.md")


async def test_every_file_can_be_reached_and_copied_also_those_of_the_last_screenful(patch: str) -> None:
    async with running(Changed(patch).daemon, WIDE) as driven:
        screen = await read(driven)
        copied = []
        for _ in range(4):
            await driven.press("right_square_bracket", "y")
            copied.append(driven.app.clipboard)
        assert "".join(copied) == patch
        await driven.press("left_square_bracket")
        assert screen.view.current_file == 2


async def test_from_change_to_change_and_from_hit_to_hit(patch: str) -> None:
    async with running(Changed(patch).daemon, NARROW) as driven:
        screen = await read(driven)
        hunks = []
        for key in ("n", "n", "n", "N"):
            await driven.press(key)
            hunks.append(screen.view.current_file)
        assert hunks == [0, 1, 2, 1]
        await driven.press("slash")
        await driven.type("limit_3")
        await driven.press("enter")
        first = screen.view.scroll_offset.y
        await driven.press("n")
        assert screen.view.scroll_offset.y == first + 27  # LIMIT_3, then LIMIT_30
        await driven.press("slash", "escape", "g", "n")
        assert screen.view.current_file == 0


async def test_white_space_can_be_ignored() -> None:
    text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-  a\n+\ta\n-b\n+c\n d\n"
    async with running(Changed(text).daemon, NARROW) as driven:
        await read(driven)
        assert "1 - ··a" in driven.text
        assert "1 + →   a" in driven.text
        await driven.press("w", "tab")
        await driven.sees("white space ignored")
        assert "··a" not in driven.text
        assert "2 - b" in driven.text
        await driven.press("y")
        assert driven.app.clipboard == text
        await driven.press("w")
        await driven.sees("1 - ··a")


async def test_the_editor_opens_the_file_at_the_line(
    patch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Changed(patch)
    folder = tmp_path / "repo"
    world.daemon.put(replace(world.session, repo=replace(world.session.repo, cwd=str(folder))))
    opened_at: list[tuple[Path, str, int]] = []
    async with running(world.daemon, NARROW) as driven:
        await read(driven)
        monkeypatch.setattr(driven.app, "edit", lambda *given: opened_at.append(given))
        await driven.press("tab", "tab", "tab", "ctrl+d", "e")
        assert opened_at == [(folder, "src/limits.py", 7)]
    monkeypatch.setenv("VISUAL", "code -w")
    assert editor.command(folder, "notes.md", 3) == ["code", "-w", "+3", str(folder / "notes.md")]
    assert editor.refusal(folder, "notes.md") is None
    assert editor.command(folder / "src", "notes.md", 3)[-1] == str(folder / "notes.md")
    assert "not there any more" in (editor.refusal(folder, "gone") or "")
    monkeypatch.setenv("VISUAL", "no-such-editor")
    assert "Set EDITOR" in (editor.run(folder, "notes.md", 1) or "")


def test_changed_words_and_languages_have_inks() -> None:
    head = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n"
    read_patch = patches.read(f"{head} def go():\n-    return one\n+    return two\n")
    colors = PatchColors(read_patch)
    assert colors.line(2)[0] == ("def", "code-keyword")
    assert colors.line(3)[1:] == [("return", "code-keyword@del"), (" ", "text@del"), ("one", "text@del-word")]
    assert colors.line(4)[-1] == ("two", "text@add-word")
    assert "".join(part for part, _ in colors.line(4)) == read_patch.lines[4].text


async def test_a_line_that_is_too_long_is_broken_and_none_of_it_is_lost(patch: str) -> None:
    async with running(Changed(patch).daemon, NARROW) as driven:
        await read(driven)
        shown = "".join(line.strip().removeprefix("1 + ") for line in driven.lines if "xxx" in line)
        assert shown == "x" * 300 + "END"


async def test_from_file_to_file_and_back(patch: str) -> None:
    async with running(Changed(patch).daemon, NARROW) as driven:
        screen = await read(driven)
        assert "file " not in driven.lines[2]
        seen = []
        for key in ("right_square_bracket", "tab", "tab", "tab", "left_square_bracket", "shift+tab"):
            await driven.press(key)
            await driven.until(lambda: screen.view.current_file is not None)
            seen.append(driven.lines[2].split()[0])
        assert seen[:3] == ["a-long.txt", "notes.md", "src/limits.py"]
        assert "file " in driven.lines[2]
        await driven.press("g")
        await driven.sees("4 files")
        await driven.press("G")
        await driven.sees("+     return limited(check())")
        await driven.press("escape")
        assert not isinstance(driven.app.screen, DiffScreen)


async def test_lines_and_half_pages(patch: str) -> None:
    async with running(Changed(patch).daemon, NARROW) as driven:
        screen = await read(driven)
        places = []
        for key in ("j", "j", "k", "ctrl+d", "ctrl+u"):
            await driven.press(key)
            places.append((screen.view.cursor, screen.view.scroll_offset.y))
        assert places[:3] == [(1, 0), (2, 0), (1, 0)]
        assert places[3][0] > 4
        assert places[3][1] > 4
        assert places[4][1] == 0
        assert sum("▌" in line for line in driven.lines) == 1


async def test_foreign_text_is_text(patch: str) -> None:
    async with running(Changed(patch).daemon, WIDE) as driven:
        await read(driven)
        assert "evil␇" in driven.text
        assert not {"\x1b", "\x07"} & set(driven.text)


async def test_it_is_legible_in_ascii(patch: str) -> None:
    settings = Settings(app=AppSettings(glyphs="ascii", theme="agor-light"))
    async with running(Changed(patch).daemon, WIDE, settings) as driven:
        await read(driven)
        assert "+44 -2" in driven.text
        assert driven.text.isascii() or "␇" in driven.text


async def test_y_copies_the_diff_of_the_file_that_is_seen(patch: str) -> None:
    async with running(Changed(patch).daemon, NARROW) as driven:
        await read(driven)
        await driven.press("y")
        assert driven.app.clipboard == patch
        await driven.press("tab", "tab", "y")
        assert driven.app.clipboard.startswith("diff --git a/notes.md b/notes.md\n")
        assert driven.app.clipboard.endswith("evil\x07\n")
        assert "Copied the diff of notes.md." in driven.toasts


async def test_of_a_task_at_work_it_is_what_changed_so_far_and_r_reads_again(patch: str) -> None:
    world = Changed("", status="running")
    world.daemon.diffs[world.second.task_id] = ""
    async with running(world.daemon, WIDE) as driven:
        await read(driven, ("G", "v"))
        await driven.sees("Nothing changed in the files.")
        assert "so far" in driven.lines[0]
        world.daemon.diffs[world.second.task_id] = patch
        stat = replace(world.second.git_state, diffstat=Diffstat(files=9, insertions=1, deletions=1))
        world.daemon.change(replace(world.second, git_state=stat))
        await driven.sees("changed since; r reads it again")
        await driven.press("r")
        await driven.sees("4 files")
        assert "so far" in driven.lines[0]


async def test_outside_git_it_says_why_there_is_nothing() -> None:
    async with running(Changed("", git_state=TaskGitState()).daemon, WIDE) as driven:
        await read(driven, ("G", "v"))
        await driven.sees("Outside git no checkpoints are kept")


async def test_in_git_it_says_that_no_checkpoint_was_taken_yet() -> None:
    state = TaskGitState(sha_at_start="a")
    async with running(Changed("", status="running", git_state=state).daemon, WIDE) as driven:
        await read(driven, ("G", "v"))
        await driven.sees("No checkpoint has been taken yet.")
        assert "Outside git" not in driven.text


async def test_what_was_read_stays_when_reading_it_again_fails(patch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Changed(patch)
    async with running(world.daemon, WIDE) as driven:
        screen = await read(driven)
        monkeypatch.setattr(diff_loading, "read", lambda *_: world.daemon.fail("The disk is away."))
        await driven.press("r")
        await driven.until(lambda: "The disk is away." in driven.toasts)
        assert screen.view.patch is not None
        assert "4 files" in driven.text


async def test_a_long_line_is_broken_once_for_all_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    broken: list[str] = []
    real = diff_rows.chop_cells  # type: ignore[attr-defined]
    monkeypatch.setattr(diff_rows, "chop_cells", lambda text, room: (broken.append(text), real(text, room))[1])
    world = Changed(f"diff --git a/big b/big\n--- a/big\n+++ b/big\n@@ -0,0 +1 @@\n+{'ä€' * 2000}\n")
    async with running(world.daemon, WIDE) as driven:
        screen = await read(driven)
        await driven.sees("ä€ä€")
        await driven.press("j", "j", "G")
        rooms = {screen.view._room}
        assert len(broken) == len(rooms)


async def test_a_large_patch_draws_only_what_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"+line {n}\n" for n in range(60_000))
    world = Changed(f"diff --git a/big b/big\n--- a/big\n+++ b/big\n@@ -0,0 +1,60000 @@\n{lines}")
    async with running(world.daemon, WIDE) as driven:
        screen = await read(driven)
        await driven.sees("+60000")
        drawn: list[int] = []
        draw = screen.view._drawn
        monkeypatch.setattr(screen.view, "_drawn", lambda index, row: (drawn.append(index), draw(index, row))[1])
        await driven.press("G")
        await driven.sees("+ line 59999")
        assert len(drawn) < 500


async def test_the_key_to_who_needs_you_leaves_the_diff(patch: str) -> None:
    changed = Changed(patch)
    other = make.session("Waits", status="awaiting_permission", minutes=90)
    changed.daemon.put(other)
    async with running(changed.daemon) as driven:
        driven.app.open_session(changed.session.session_id)
        await driven.settled()
        driven.app.screen.panes.focus("timeline")  # type: ignore[attr-defined]
        await driven.press("g", "v")
        assert isinstance(driven.app.screen, DiffScreen)
        await driven.press("exclamation_mark")
        await driven.sees("/ Waits")
        assert len(driven.app.screen_stack) == 2


async def test_other_points_are_compared(patch: str) -> None:
    fork = make.session("Other attempt", forked=None)
    world = Changed(patch)
    async with running(world.daemon, WIDE) as driven:
        screen = await read(driven)
        await driven.press("b")
        await driven.sees("before task 1")
        await driven.press("right", "right", "tab", "enter")
        await driven.sees("These are the same.")
        await driven.press("left", "enter")
        await driven.until(lambda: screen.diffed.task is None)
        assert (screen.diffed.start, screen.diffed.end) == ("task:1", "now")
        await driven.sees("changes since task 1")
    options = diff_points.starts(world.session, [], [fork])
    assert [option.value for option in options] == ["base", f"{fork.short_id}@now"]


async def test_a_file_is_shown_side_by_side_where_there_is_room(patch: str) -> None:
    changed = Changed(patch)
    async with running(changed.daemon, MEDIUM) as driven:
        await read(driven)
        await driven.press("s")
        assert "Side by side takes 160 columns; there are 120." in driven.toasts[-1]
    async with running(changed.daemon, (160, 48)) as driven:
        screen = await read(driven)
        await driven.press("right_square_bracket", "right_square_bracket", "s")
        await driven.sees("file 2 of 4")
        row = next(line for line in driven.text.splitlines() if "old" in line)
        assert row.index("old") < 80 < row.index("new")
        await driven.press("n")
        await driven.sees("file 3 of 4")
        await driven.press("right_square_bracket")
        await driven.sees("return limited(check())")
        assert "return check()" in driven.text
        await driven.press("escape")
        assert driven.app.screen is screen
        await driven.until(lambda: screen.view.current_file == 3)
