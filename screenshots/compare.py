"""Three attempts beside each other, and a file of one of them beside another's."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """The columns with their figures and files, then one file side by side."""
    async with app(on, (120, 30)) as pilot:
        cursor = pilot.app.screen.cursor  # type: ignore[attr-defined]
        for session_id in (told.limit, told.bucket, told.window):
            cursor.follow(session_id)
            cursor.toggle_mark()
        await press(pilot, "C")
        await pilot.pause(1.5)
        save(pilot, "compare")
        await press(pilot, "equals_sign")
        await pilot.pause(1.5)
        save(pilot, "compare-file")
