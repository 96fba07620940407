"""An edit that waits for permission, as a change of the file as it is now.

Agents ask with the new content (``content``), with a fragment and its replacement (``old_string`` and ``new_string``),
or with a diff of such a fragment. A person decides on the file: its present text is read, and the change applied to it.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from agor_core.domain.message import FileDiff, ToolCall

LARGEST_FILE = 1_000_000
"""Bytes of a file that is compared."""
PATHS = ("file_path", "path", "filePath", "abs_path", "absolute_path")
CONTENTS = ("content", "file_text", "contents")
OLD = ("old_string", "old_str", "oldString")
NEW = ("new_string", "new_str", "newString")


def against_file(tool: ToolCall, folder: Path) -> ToolCall:
    """The tool call with the whole diff of the file, if it is an edit whose outcome is known; else unchanged.

    Blocking: it reads the file. ``folder`` is the agent's, which relative paths begin at.
    """
    proposed = tool.diff or _of_input(tool)
    if proposed is None:
        return tool
    everywhere = _given(tool.input, ("replace_all", "replaceAll")) is True
    more = tuple(_whole(diff, folder, everywhere=False) for diff in tool.more_diffs)
    return replace(tool, diff=_whole(proposed, folder, everywhere=everywhere), more_diffs=more)


def _whole(proposed: FileDiff, folder: Path, *, everywhere: bool) -> FileDiff:
    """A proposed change as one of the whole file; as it is if the outcome is not known."""
    known, present = _present(folder / proposed.path)
    after = _after(proposed, present, everywhere=everywhere) if known else None
    return proposed if after is None else FileDiff(path=proposed.path, old_text=present, new_text=after)


def _of_input(tool: ToolCall) -> FileDiff | None:
    """The change that the input of an edit describes."""
    path, content = _given(tool.input, PATHS), _given(tool.input, CONTENTS)
    old, new = _given(tool.input, OLD), _given(tool.input, NEW)
    appended = _given(tool.input, ("append",))
    if tool.kind != "edit" or not isinstance(path, str) or not path or "\0" in path:
        return None
    if isinstance(content, str):
        return FileDiff(path=path, old_text=None, new_text=content)
    if isinstance(old, str) and isinstance(new, str):
        return FileDiff(path=path, old_text=old, new_text=new)
    return FileDiff(path=path, old_text="", new_text=appended) if isinstance(appended, str) else None


def _after(proposed: FileDiff, present: str | None, *, everywhere: bool) -> str | None:
    """The text of the file after the change; None if it does not follow from the request."""
    old, new = proposed.old_text, proposed.new_text or ""
    if old is None or old == present:
        return new
    if present is None:
        return new if not old else None
    if not old:
        return present + new
    found = present.count(old)
    if found == 1 or (found and everywhere):
        return present.replace(old, new)
    return None


def _present(path: Path) -> tuple[bool, str | None]:
    """Whether the file's text is known, and the text; None if there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return True, None
    except (OSError, ValueError):
        return False, None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False, None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError:
        return False, None
    finally:
        os.close(descriptor)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False, None
    return len(data) <= LARGEST_FILE and "\0" not in text, text


def _given(value: Any, names: tuple[str, ...]) -> Any:
    """The first of some fields that an input has."""
    return next((value[name] for name in names if name in value), None) if isinstance(value, Mapping) else None
