"""Settings of the app that name a theme or a command which does not exist."""

from collections.abc import Container

from agor_core.config.settings import AppSettings
from agor_tui.app.theme import DARK


def sentences(settings: AppSettings, themes: Container[str]) -> list[str]:
    """A sentence for each setting that names what does not exist; the defaults are used instead."""
    said = []
    if settings.theme not in themes:
        said.append(f"config.toml: app.theme: there is no theme “{settings.theme}”; {DARK.name} is used.")
    if settings.keys:
        from agor_tui.app.controllers.registry import command_ids

        if wrong := [f"“{name}”" for name in settings.keys if name not in command_ids()]:
            said.append(f"config.toml: app.keys: there is no command {', '.join(wrong)}; ? lists the keys there are.")
    return said
