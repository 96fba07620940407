"""The board, in both themes."""

from screenshots.stage import Stage, app, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """What needs somebody is selected."""
    for theme, name in (("agor-dark", "board"), ("agor-light", "board-light")):
        async with app(on, (140, 26), theme) as pilot:
            pilot.app.screen.cursor.follow(told.limit)  # type: ignore[attr-defined]
            await pilot.pause(0.3)
            save(pilot, name)
