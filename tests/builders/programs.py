"""A ``PATH`` on which no real agent is found: a test that started one would spend somebody's money."""

import os
from collections.abc import Collection
from pathlib import Path


def without(names: Collection[str], path: str, folder: Path) -> str:
    """``PATH`` without these programs: a folder with one of them is replaced by links to its other files."""
    entries = []
    for number, entry in enumerate(path.split(os.pathsep)):
        if any(os.path.lexists(Path(entry, name)) for name in names):
            stand_in = folder / str(number)
            stand_in.mkdir(parents=True)
            for program in Path(entry).resolve().iterdir():
                if program.name not in names:
                    (stand_in / program.name).symlink_to(program)
            entries.append(str(stand_in))
        else:
            entries.append(entry)
    return os.pathsep.join(entries)
