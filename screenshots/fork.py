"""The fork form, at the first task."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """Two keys from the timeline: this is after the first."""
    async with app(on, (120, 34)) as pilot:
        pilot.app.screen.cursor.follow(told.limit)  # type: ignore[attr-defined]
        await press(pilot, "enter", "g", "f")
        await pilot.pause(0.3)
        save(pilot, "fork")
