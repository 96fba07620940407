"""Every screen and dialog as a picture, compared with the one that was looked at last: a change of look is reviewed.

``make snapshots`` writes them anew. Time, zone, ids and versions are held; so a picture differs only with the app.
"""

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from agor_core.config.settings import AppSettings, Settings
from agor_core.domain.graft import Graft
from agor_core.domain.standing import DiskUse
from agor_core.ids import SessionId
from agor_tui.app.widgets import samples
from tests.builders import app_records as make
from tests.builders.pictures import picture, words
from tests.fakes import shop_world
from tests.fakes.app_driver import NARROW, WIDE, Driven, running

FOLDER = Path(__file__).parent / "snapshots"
WRITES = bool(os.environ.get("AGOR_TEST_WRITE_SNAPSHOTS"))


@dataclass(frozen=True)
class Variant:
    """How the same screens are shown."""

    size: tuple[int, int]
    theme: str = "agor-dark"
    glyphs: str = "unicode"
    no_color: bool = False


VARIANTS = {
    "dark-80x24": Variant(NARROW),
    "dark-160x48": Variant(WIDE),
    "light-80x24": Variant(NARROW, "agor-light"),
    "light-160x48": Variant(WIDE, "agor-light"),
    "ascii-160x48": Variant(WIDE, glyphs="ascii"),
    "no-color-80x24": Variant(NARROW, no_color=True),
}


class Album:
    """Takes pictures of one tour through the app and keeps what differs from those that are stored."""

    def __init__(self, driven: Driven, variant: str, tour: str, scratch: Path) -> None:
        self.driven = driven
        self._folder, self._tour, self._scratch = FOLDER / variant, tour, scratch
        self._taken: set[str] = set()
        self._faults: list[str] = []

    async def take(self, name: str, *, toasts: bool = False) -> None:
        """A picture of what is shown now, without toasts unless they are what it is about."""
        if not toasts:
            self.driven.app.clear_notifications()
        taken, file = await self._settled(), self._folder / f"{self._tour}-{name}.svg"
        self._taken.add(file.name)
        if WRITES:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(taken, encoding="utf-8")
            return
        stored = file.read_text(encoding="utf-8") if file.exists() else ""
        if taken != stored:
            beside = self._scratch / file.name
            beside.write_text(taken, encoding="utf-8")
            self._faults.append(f"{_difference(stored, taken)}\n  stored: {file}\n  now:    {beside}")

    async def _settled(self) -> str:
        """The picture of a screen that changes no more, its scrollbars included."""
        before = ""
        while (taken := picture(self.driven.app)) != before:
            before = taken
            await self.driven.settled()
        return taken

    def close(self) -> None:
        """Fail with all that differs, also if a stored picture was not taken."""
        for left in sorted({file.name for file in self._folder.glob(f"{self._tour}-*.svg")} - self._taken):
            if WRITES:
                (self._folder / left).unlink()
            else:
                self._faults.append(f"{self._folder / left} is not taken any more")
        assert not self._faults, "\n".join([*self._faults, "Meant so? Look at them, then: make snapshots"])


def _difference(stored: str, taken: str) -> str:
    """The first row that differs, in a sentence."""
    if not stored:
        return "a new picture"
    for number, (before, now) in enumerate(zip(words(stored), words(taken), strict=False), 1):
        if before != now:
            return f"row {number} differs:\n  - {before}\n  + {now}"
    rows = enumerate(zip(stored.split("\n")[1:], taken.split("\n")[1:], strict=False))
    return "colours or weights differ in rows " + ", ".join(str(number) for number, (a, b) in rows if a != b)


async def empty_tour(album: Album) -> None:
    """Where there is nothing yet."""
    driven = album.driven
    await album.take("welcome")
    await driven.press("U")
    await driven.sees("No session is archived")
    await album.take("toast", toasts=True)
    await driven.press("tab")
    await album.take("board")
    await driven.press("n")
    await album.take("new-session")


async def board_tour(album: Album) -> None:
    """The board in both its forms, and the dialogs about sessions."""
    driven = album.driven
    await album.take("first")
    await driven.press("v")
    await album.take("other-view")
    await driven.press("v", "slash")
    await driven.type("lim")
    await album.take("filter")
    await driven.type("x")
    await album.take("filter-keeps-none")
    await driven.press("escape", "space", "j", "l", "space")  # one of j and l moves, in a list or in columns
    await album.take("selection")
    for key, name in (("D", "confirm-archive"), ("b", "to-board"), ("x", "confirm-stop")):
        await driven.press(key)
        await album.take(name)
        await driven.press("escape")
    await driven.press("escape", "h", "g")
    for key, name in (("p", "prompt"), ("f", "fork"), ("s", "spawn"), ("n", "new-session"), ("question_mark", "keys")):
        await driven.press(key)
        await album.take(name)
        await driven.press("escape")
    await driven.press("n")
    driven.app.screen.query_one("#directory").focus()
    await driven.press("end")
    await driven.type("/no")
    await album.take("new-session-nowhere")
    await driven.press("escape", "question_mark")
    await driven.type("ar")
    await album.take("keys-filtered")
    await driven.press("escape", "ctrl+p")
    await driven.sees("Start a new session")
    await album.take("palette")
    await driven.type("nom")
    await driven.misses("Start a new session")
    await album.take("palette-search")
    await driven.press("escape", "ctrl+p")
    await driven.type("bring back")
    await driven.sees("Nothing to undo")
    await album.take("palette-unavailable")
    await driven.press("escape", "U")
    await driven.sees("Bump dependencies")
    await album.take("palette-archived")
    await driven.press("escape", "t")
    await driven.sees("Sliding window")
    await album.take("genealogy")
    await driven.press("escape")
    driven.daemon.disk = DiskUse(
        measured_at="", home="", total_bytes=0, areas={}, worktrees=(samples.WORKTREE,), may_go_bytes=2**20
    )
    await driven.press("W")
    await driven.sees("1 worktree")
    await album.take("worktrees")
    await driven.press("X")
    await album.take("worktrees-remove")
    await driven.press("escape", "escape")
    await compare_stops(album)
    driven.daemon.lose()
    await driven.sees("reconnecting")
    await album.take("lost")
    driven.daemon.come_back()
    await driven.pilot.resize_terminal(50, 12)
    await album.take("too-small")


async def compare_stops(album: Album) -> None:
    """Two sessions beside each other, a file of them, and the form that grafts a change of it."""
    driven = album.driven
    one_file = shop_world.PATCH[shop_world.PATCH.index("diff --git a/src/auth/login.py") :]
    driven.daemon.diffs |= dict.fromkeys(driven.daemon.store["sessions"], one_file)
    driven.daemon.graft = Graft(
        session_id=SessionId("a"),
        from_session_id=SessionId("b"),
        written=("src/auth/login.py",),
        merged=("src/auth/login.py",),
    )
    await driven.press("h", "g", "space", "j", "l", "space", "C")  # one of j and l moves, in a list or in columns
    await driven.sees("files changed")
    await album.take("compare")
    await driven.press("j", "enter")
    await driven.sees("BUCKETS")
    await album.take("compare-file")
    await driven.press("g")
    await driven.sees("merges")
    await album.take("graft")
    await driven.press("escape", "escape", "escape", "escape")


async def session_tour(album: Album) -> None:
    """A session that asks, with all its panes; its diff; one that failed."""
    driven = album.driven
    await driven.press("enter")
    await driven.sees("/ Rate limit")
    await driven.sees("Only the stale build")
    await album.take("asks")
    await driven.press("k")
    await album.take("earlier-task")
    await driven.press("l", "k", "k")
    await album.take("conversation")
    await driven.press("o", "G")
    await album.take("unfolded")
    await driven.press("p")
    await driven.type("Be brief")
    await album.take("prompt")
    await driven.press("escape", "f1")
    await album.take("keys")
    await driven.press("escape", "v")
    await driven.sees("Bucket")
    await album.take("diff")
    await driven.press("escape", "f")
    await album.take("fork")
    await driven.press("escape", "escape", "slash")
    await driven.type("wind")
    await driven.press("enter", "enter")
    await driven.sees("overloaded")
    await album.take("failed")
    await driven.press("escape", "slash")
    await driven.press("ctrl+u")
    await driven.type("nom")
    await driven.press("enter", "enter")
    await driven.sees("The lexer")
    await album.take("running")


TOURS: dict[str, Callable[[Album], Awaitable[None]]] = {
    "empty": empty_tour,
    "board": board_tour,
    "session": session_tour,
}


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same zone, folder and ids, wherever the tests run; a toast stays for as long as it takes."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.chdir("/")
    monkeypatch.setattr(make, "_numbers", count(1))
    monkeypatch.setattr("textual.notifications.Notification.time_left", 3600.0)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("tour", TOURS)
@pytest.mark.parametrize("variant", VARIANTS)
async def test_it_looks_as_it_did(
    variant: str, tour: str, held: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = VARIANTS[variant]
    if shown.no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    daemon = shop_world.empty() if tour == "empty" else shop_world.Shop().daemon
    settings = Settings(app=AppSettings(theme=shown.theme, glyphs=shown.glyphs))
    async with running(daemon, shown.size, settings, notifications=True) as driven:
        album = Album(driven, variant, tour, tmp_path)
        await TOURS[tour](album)
    album.close()


def test_every_stored_picture_belongs_to_a_tour() -> None:
    stored = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert {file.parent.name for file in stored} == set(VARIANTS)
    assert {file.name.split("-")[0] for file in stored} == set(TOURS)
