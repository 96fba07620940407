"""The user's own editor: ``$VISUAL``, else ``$EDITOR``, else vi, at a line of a file or for a text of its own."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

GONE = "{path} is not there any more, or its name has characters that cannot be shown."


def refusal(folder: Path, path: str) -> str | None:
    """Why a file cannot be opened; None if it can. Paths are from the top of the working tree that the folder is in."""
    return None if (_top(folder) / path).is_file() else GONE.format(path=path)


def command(folder: Path, path: str, line: int) -> list[str]:
    """The editor's command; most editors take ``+LINE``."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    return [*shlex.split(chosen), f"+{line}", str(_top(folder) / path)]


def _top(folder: Path) -> Path:
    """The top of the working tree; outside of git the folder itself."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


def run(folder: Path, path: str, line: int) -> str | None:
    """Run the editor until it ends; the reason if it could not be run."""
    try:
        subprocess.run(command(folder, path, line), cwd=folder, check=False)
    except (OSError, ValueError) as error:
        return f"The editor cannot be run: {error}. Set EDITOR to its command."
    return None


def edited(text: str) -> tuple[str, str | None]:
    """The text as the user leaves it in the editor; the text as it was and the reason, if that failed."""
    with tempfile.TemporaryDirectory(prefix="agor-prompt-") as folder:
        file = Path(folder) / "prompt.md"
        file.write_text(text)
        if (failed := run(Path(folder), file.name, 1)) is not None:
            return text, failed
        try:
            return file.read_text().rstrip("\n"), None
        except (OSError, UnicodeDecodeError):
            return text, "The editor left no text that can be read; the prompt is as it was."
