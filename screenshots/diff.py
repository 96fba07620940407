"""What a task changed, in the dark theme and in the light one."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """The files with their counts, then the lines."""
    for theme, name in (("agor-dark", "diff"), ("agor-light", "diff-light")):
        async with app(on, (120, 42), theme) as pilot:
            pilot.app.screen.cursor.follow(told.limit)  # type: ignore[attr-defined]
            await press(pilot, "enter", "v")
            await pilot.pause(0.5)
            save(pilot, name)
