"""A session that waits for an answer."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """Timeline, conversation, plan, git and tree."""
    async with app(on, (160, 42)) as pilot:
        pilot.app.screen.cursor.follow(told.limit)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        save(pilot, "session")
