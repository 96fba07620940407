"""The two themes: near-black and near-white, one accent, one warning colour; the rest is weight and space."""

import json
from pathlib import Path, PurePath

from textual.theme import Theme

from agor_core.config import private_file

DARK = Theme(
    name="agor-dark",
    primary="#6cb6c4",
    secondary="#a9bcc9",
    accent="#6cb6c4",
    warning="#f0b45b",
    error="#c97b72",
    success="#86b38a",
    foreground="#d5dae0",
    background="#0f1214",
    surface="#161a1d",
    panel="#1d2327",
    boost="#1d2327",
    dark=True,
    variables={
        "scrollbar": "#2a3238",
        "scrollbar-hover": "#3a444c",
        "scrollbar-active": "#4a5660",
        "scrollbar-background": "#0f1214",
        "scrollbar-background-hover": "#0f1214",
        "scrollbar-background-active": "#0f1214",
        "scrollbar-corner-color": "#0f1214",
        "border": "#6cb6c4",
        "border-blurred": "#2a3238",
        "input-cursor-background": "#d5dae0",
        "input-cursor-foreground": "#0f1214",
        "input-selection-background": "#6cb6c4 30%",
        "block-cursor-background": "#1d2327",
        "block-cursor-foreground": "#d5dae0",
        "rule": "#272e33",
    },
)

LIGHT = Theme(
    name="agor-light",
    primary="#1f7281",
    secondary="#4a5a66",
    accent="#1f7281",
    warning="#a85f00",
    error="#a8473d",
    success="#3c7a42",
    foreground="#23292e",
    background="#fbfbf9",
    surface="#f3f3f0",
    panel="#e8eae8",
    boost="#e8eae8",
    dark=False,
    variables={
        "scrollbar": "#cfd4d3",
        "scrollbar-hover": "#b6bdbc",
        "scrollbar-active": "#9aa3a2",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "scrollbar-corner-color": "#fbfbf9",
        "border": "#1f7281",
        "border-blurred": "#d4d8d6",
        "input-cursor-background": "#23292e",
        "input-cursor-foreground": "#fbfbf9",
        "input-selection-background": "#1f7281 25%",
        "block-cursor-background": "#e8eae8",
        "block-cursor-foreground": "#23292e",
        "rule": "#dcdfdc",
    },
)

THEMES = (DARK, LIGHT)
DEFAULTS = {"rule": "#444444"}
"""Variables that other themes lack."""


def style_sheets() -> list[str | PurePath]:
    """The style sheets of app, screens and dialogs. One that is read later would cost a pass over all widgets."""
    here = Path(__file__).parent
    return [here / "application.tcss", *sorted(here.glob("*/*.tcss"))]


class ThemeChoice:
    """The theme that the user chose last. It holds as long as the settings name the theme that it was chosen over."""

    def __init__(self, file: Path | None, configured: str) -> None:
        self._file = file
        self._configured = configured

    @property
    def name(self) -> str:
        """The chosen theme, else the configured one. A file that is damaged counts as none."""
        try:
            stored = json.loads(private_file.read(self._file)) if self._file is not None else {}
        except (OSError, ValueError):
            return self._configured
        holds = isinstance(stored, dict) and stored.get("configured") == self._configured
        return str(stored.get("chosen")) if holds else self._configured

    def store(self, name: str) -> None:
        """Store a choice. Raises OSError if it cannot be written."""
        if self._file is not None:
            content = json.dumps({"configured": self._configured, "chosen": name}).encode()
            private_file.write(self._file, content, shared=True)
