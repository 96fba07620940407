"""Ages, durations, figures and status marks."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from agor_core.clock import timestamp
from agor_core.domain.figures import Diffstat
from agor_core.domain.session import SessionStatus
from agor_core.domain.task import PlanStatus, TaskStatus
from agor_tui.state.ages import age, duration, took
from agor_tui.state.figures import bar, changes, files, money, progress, size, tokens
from agor_tui.state.glyphs import ASCII, UNICODE, chosen

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=-9), "now"),
        (timedelta(seconds=4), "now"),
        (timedelta(seconds=59), "59s"),
        (timedelta(minutes=4), "4m"),
        (timedelta(hours=23, minutes=59), "23h"),
        (timedelta(days=13), "13d"),
        (timedelta(days=14), "2w"),
        (timedelta(days=800), "2y"),
    ],
)
def test_ages(ago: timedelta, shown: str) -> None:
    assert age(timestamp(NOW - ago), NOW) == shown


def test_no_age_of_nothing() -> None:
    assert age(None, NOW) == age("yesterday", NOW) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0.0s"),
        (0.44, "0.4s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m00"),
        (130, "2m10"),
        (3840, "1h04"),
        (266400, "3d02h"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_how_long_something_took() -> None:
    assert took("2026-03-02T11:57:00.000Z", "2026-03-02T11:59:10.000Z", NOW) == "2m10"
    assert took("2026-03-02T11:57:00.000Z", None, NOW) == "3m00"
    assert took(None, None, NOW) == ""


def test_figures() -> None:
    assert [money(value) for value in (0, 0.004, 0.41, 1234.5)] == ["", "<$0.01", "$0.41", "$1,234.50"]
    assert changes(Diffstat(files=3, insertions=212, deletions=18)) == "+212 −18"
    assert changes(Diffstat(files=1, insertions=4)) == "+4"
    assert changes(Diffstat(files=1, deletions=2), ASCII) == "-2"
    assert [changes(Diffstat(files=count)) for count in (1, 2)] == ["1 file", "2 files"]
    assert changes(None) == changes(Diffstat()) == ""
    assert [files(1), files(3)] == ["1 file", "3 files"]
    assert [tokens(value) for value in (950, 12_420, 999_960, 3_100_000)] == ["950", "12.4k", "1.0M", "3.1M"]


def test_a_bar_is_full_only_when_all_is_done() -> None:
    assert progress(5, 7) == "███████░░░ 5/7"
    assert bar(1, 100) == "█░░░░░░░░░"
    assert bar(99, 100) == "█████████░"
    assert bar(3, 3, 6, ASCII) == "######"
    assert progress(0, 0) == ""


def test_every_status_has_a_mark_of_one_cell_and_a_word() -> None:
    for glyphs in (UNICODE, ASCII):
        marks = [glyphs.session(status) for status in SessionStatus]
        marks += [glyphs.task(status) for status in TaskStatus]
        marks += [glyphs.plan(status) for status in PlanStatus]
        assert all(cell_len(mark.glyph) == 1 and mark.word and mark.glyph != "?" for mark in marks)
        assert len({glyphs.session(status).glyph for status in SessionStatus}) == len(SessionStatus)
    assert str(UNICODE.session("awaiting_permission")) == "◐ needs you"
    assert str(UNICODE.session("dancing")) == "? dancing"


def test_ascii_has_nothing_else_and_is_taken_where_nothing_else_can_be_shown() -> None:
    assert all(str(getattr(ASCII, name)).isascii() for name in ASCII.__slots__)
    assert chosen("unicode", "ascii") is ASCII
    assert chosen("ascii", "utf-8") is ASCII
    assert chosen("unicode", "utf-8") is UNICODE
    assert chosen("unicode", None) is ASCII


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1023, "1.0 KB"),
        (12_345, "12 KB"),
        (10 * 2**20 - 1, "10 MB"),
        (3 * 2**29, "1.5 GB"),
        (2**60, "1048576 TB"),
    ],
)
def test_bytes_in_few_digits(count: int, shown: str) -> None:
    assert size(count) == shown
