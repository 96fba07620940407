"""The settings in the app: what they are, changed with the comments kept, and reset."""

from pathlib import Path

from agor_tui.settings.keys import known_keys
from agor_tui.settings.meanings import MEANINGS
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, running


def test_every_setting_has_a_meaning() -> None:
    assert set(MEANINGS) == {key for key, _ in known_keys() if ".NAME" not in key}


async def test_settings_are_changed_with_their_comments_kept_and_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[app]\nbell = false  # quiet\n")
    async with running(FakeDaemon(make.session("One")), NARROW, home=tmp_path) as driven:
        await driven.press("comma")
        await driven.sees("app.theme")
        assert "default agor-dark" in driven.text
        await driven.press("enter")
        await driven.type("agor-light")
        await driven.press("enter")
        await driven.until(lambda: driven.app.theme == "agor-light")
        assert 'theme = "agor-light"' in file.read_text()
        assert "# quiet" in file.read_text()
        await driven.press("j", "j", "enter")
        await driven.until(lambda: "bell = true" in file.read_text())
        await driven.press("u")
        await driven.until(lambda: "bell" not in file.read_text())
        await driven.press("j", "enter")
        await driven.type("notify-send Agor")
        await driven.press("enter")
        await driven.until(lambda: 'command = ["notify-send", "Agor"]' in file.read_text())
        assert driven.toasts[-1] == "notify.command is changed; it takes effect at the daemon's next start."
        await driven.press("escape")
        await driven.sees("One")
