"""The tree of a session's forks and spawns."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """Forks leave their task, spawns hang below."""
    async with app(on, (120, 16)) as pilot:
        pilot.app.screen.cursor.follow(told.limit)  # type: ignore[attr-defined]
        await press(pilot, "t")
        await pilot.pause(0.3)
        save(pilot, "genealogy")
