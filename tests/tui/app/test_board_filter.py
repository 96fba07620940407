"""The board's filter."""

import pytest
from msgspec.structs import replace

from tests.fakes.app_driver import running
from tests.fakes.board_world import world


async def test_a_filter_keeps_inverts_and_clears() -> None:
    async with running(world()) as driven:
        await driven.press("slash")
        await driven.type("graph")
        await driven.misses("Port parser")
        assert "Try GraphQL" in driven.text
        await driven.press("enter")
        assert driven.app.focused is None
        await driven.press("escape")
        await driven.sees("Port parser")
        await driven.press("slash", "exclamation_mark")
        await driven.type("graph")
        await driven.misses("Try GraphQL")
        assert "Port parser" in driven.text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("needs you", "Rate limit"), ("awaiting", "Rate limit"), ("running", "Port parser"), ("failed", "Sliding window"),
     ("demo failed", "Sliding window"), ("feat/other", "Seed data")],
)  # fmt: skip
async def test_a_filter_knows_status_agent_and_branch(text: str, kept: str) -> None:
    daemon = world()
    record = next(one for one in daemon.store["sessions"].values() if one.title == "Seed data")
    daemon.put(replace(record, git_state=replace(record.git_state, ref="feat/other")))
    async with running(daemon) as driven:
        await driven.press("slash")
        await driven.type(text)
        await driven.until(lambda: len(driven.app.screen.cursor.list.items) == 1)  # type: ignore[attr-defined]
        assert kept in driven.text


async def test_a_filter_knows_ids_by_their_beginning_only() -> None:
    daemon = world()
    record = next(one for one in daemon.store["sessions"].values() if one.title == "Seed data")
    async with running(daemon) as driven:
        await driven.press("slash")
        await driven.type(record.short_id[:5])
        await driven.until(lambda: [one.title for one in driven.app.screen.cursor.list.items] == ["Seed data"])  # type: ignore[attr-defined]
        await driven.press("escape", "slash")
        await driven.type(record.short_id[3:])
        await driven.until(lambda: not driven.app.screen.cursor.list.items)  # type: ignore[attr-defined]


async def test_a_filter_that_keeps_nothing_says_so_and_how_to_leave() -> None:
    async with running(world()) as driven:
        await driven.press("slash")
        await driven.type("nowhere")
        await driven.sees("No session fits the filter nowhere")
        assert "esc  takes the filter away." in driven.text
        await driven.press("enter", "escape")
        await driven.sees("Port parser")
        assert "No session fits" not in driven.text
