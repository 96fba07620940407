"""A review: hunks that were read, comments below their lines, what is left; in the dark theme and in the light one."""

from pathlib import Path

from agor_core.domain.hunk_keys import hunks
from screenshots.stage import Stage, app, press, save
from screenshots.story import Told


async def take(on: Stage, told: Told) -> None:
    """The changes of a session since its base, with a question to its agent and an order."""
    daemon = on.daemon
    folder = Path(daemon.get("sessions", told.limit)["repo"]["cwd"])
    patch = daemon.call("GET", f"/sessions/{told.limit}/diff")["diff"]
    read = list(hunks(patch)[0].keys)
    daemon.call("POST", f"/sessions/{told.limit}/mark", body={"read": read})
    for path, text, kind in (
        ("src/auth/limits.py", "What happens when the clock goes back?", "question"),
        ("src/auth/login.py", "One bucket an account: say where they are let go of.", "note"),
    ):
        lines = (folder / path).read_text().splitlines()
        number = next(n for n, line in enumerate(lines, 1) if "def " in line)
        body = {"session_id": told.limit, "path": path, "start_line": number, "text": text, "kind": kind}
        daemon.create("comments", body)
    for theme, name in (("agor-dark", "review"), ("agor-light", "review-light")):
        async with app(on, (120, 42), theme) as pilot:
            pilot.app.screen.cursor.follow(told.limit)  # type: ignore[attr-defined]
            await press(pilot, "enter", "V")
            await pilot.pause(1.0)
            await press(pilot, "n", "j", "j")
            await pilot.pause(0.3)
            save(pilot, name)
