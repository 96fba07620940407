"""The page of a landing: what it meets, and what becomes of the session."""

from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """The first fork, into the branch that its source began from."""
    async with app(on, (100, 34)) as pilot:
        pilot.app.screen.cursor.follow(told.bucket)  # type: ignore[attr-defined]
        await press(pilot, "L")
        await pilot.pause(1.5)
        save(pilot, "land")
