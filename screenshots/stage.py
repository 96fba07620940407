"""A stage for pictures: a scratch home with a real daemon, a scratch repository, the real app without a terminal."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from agor_core.config.paths import Paths
from agor_core.config.settings import AppSettings, Settings
from agor_tui.app.application import AgorApp
from agor_tui.app.widgets import standing_lines
from agor_tui.client import feed, launch
from agor_tui.client.daemon import Daemon

SECONDS = 60.0
FILES = {
    "README.md": "# Shop\n\nA small shop with a login.\n",
    "src/auth/login.py": "def login(account, password):\n    return check(account, password)\n",
    "src/auth/sessions.py": "SESSIONS = {}\n",
    "src/parser.py": "def parse(text):\n    return text.split()\n",
    "tests/test_login.py": "def test_login():\n    assert True\n",
}


class Stage:
    """A daemon on a scratch home, and a repository to work in."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "home")
        self.project = folder / "shop"
        self.daemon: Daemon = launch.ensure(self.paths)

    def session(self, title: str, *prompts: str, board: str | None = None) -> str:
        """A session that has done these prompts, one after the other; its id.

        Before a prompt may stand what its task is called, and a bar.
        """
        body: dict[str, Any] = {"agent": "demo", "title": title, "cwd": str(self.project)}
        made = self.daemon.create("sessions", {**body, "board": board} if board else body)
        for prompt in prompts:
            self.prompt(made["session_id"], prompt)
        return str(made["session_id"])

    def prompt(self, session_id: str, prompt: str) -> dict[str, Any]:
        """Give a prompt and wait until its task ends, asks, or sleeps."""
        name, bar, script = prompt.partition("\n----\n")
        prompt = script if bar else prompt
        task = self.daemon.act(session_id, "prompt", {"prompt": prompt})
        if bar:
            self.daemon.patch("tasks", task["task_id"], {"description": name})
        self.until(lambda: self._rests(task["task_id"], prompt))
        return task

    def fork(self, source: str, at: int, title: str, prompt: str | None = None) -> str:
        """A fork, with a prompt that is waited for; its id."""
        made = str(self.daemon.act(source, "fork", {"at": at, "title": title})["session_id"])
        if prompt:
            self.prompt(made, prompt)
        return made

    def spawn(self, parent: str, title: str, prompt: str) -> str:
        """A child, with a prompt that is waited for; its id."""
        made = str(self.daemon.act(parent, "spawn", {"title": title})["session_id"])
        self.prompt(made, prompt)
        return made

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the stage is not set in time")
            time.sleep(0.05)

    def _rests(self, task_id: str, prompt: str) -> bool:
        task = self.daemon.get("tasks", task_id)
        if task["status"] in ("completed", "failed", "cancelled", "awaiting_permission"):
            return True
        if "sleep:" not in prompt or task["status"] != "running":
            return False
        before = prompt.split("sleep:")[0].strip().splitlines()[-1].split(":")[0]
        return before != "step" or any(entry["status"] == "completed" for entry in task["plan"])


@contextmanager
def stage() -> Iterator[Stage]:
    """Set it, and clear it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="agor-pictures-") as name:
        folder = Path(name)
        os.environ["AGOR_PORT"] = "0"
        standing_lines.HOME = name  # so that a path is the same in every picture
        _repository(folder / "shop")
        set_up = Stage(folder)
        try:
            yield set_up
        finally:
            launch.stop(set_up.paths, force=True)


@asynccontextmanager
async def app(on: Stage, size: tuple[int, int], theme: str = "agor-dark") -> AsyncIterator[Pilot[None]]:
    """The real app on the stage's daemon, loaded."""
    settings = Settings(app=AppSettings(theme=theme, bell=False))
    shown = AgorApp(settings, lambda: launch.ensure(on.paths), lambda: feed.stream(on.paths))
    try:
        async with shown.run_test(size=size) as pilot:
            await until(pilot, lambda: shown.link.ready)
            await pilot.pause(0.3)
            yield pilot
    finally:
        shown.link.close()


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait until the app has come so far."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the app does not come so far")
        await pilot.pause(0.02)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and let the app answer to each."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.3)


def save(pilot: Pilot[None], name: str) -> None:
    """The picture beside its script. No font is fetched from anywhere."""
    picture = pilot.app.export_screenshot(title="agor")
    picture = re.sub(r"@font-face\s*{[^}]*}", "", picture)
    picture = picture.replace("<text ", '<text xml:space="preserve" ')
    picture = "\n".join(line.rstrip() for line in picture.splitlines()) + "\n"
    (Path(__file__).parent / f"{name}.svg").write_text(picture, encoding="utf-8")


def _repository(folder: Path) -> None:
    for name, text in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-q", "-m", "Begin the shop"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
