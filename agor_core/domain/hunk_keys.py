"""The hunks of a diff, each with keys of what changes in it: what was read once is known again in any later diff. Pure.

A key is a digest of the file's path and of lines that are removed and added together; numbers, unchanged lines around
them and the hunk in which git shows them are no part of it. So a change stays the same when the files around it change.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_UNSTABLE = ("similarity ", "dissimilarity ")
_CONTENT = ("+", "-", " ", "\\", "")
"""How a line of a content begins; an unchanged empty line may lack its blank."""
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Hunk:
    """``keys`` are those of its changes, one for each run of changed lines; ``file`` counts the files, from 0.

    A file without hunks (binary, renamed, another mode) is one: then ``whole`` is True.
    """

    file: int
    keys: tuple[str, ...]
    whole: bool = False


@dataclass(slots=True)
class _File:
    """One file as it is read: the lines of its header, and of each hunk the runs of changed lines."""

    header: list[str] = field(default_factory=list)
    hunks: list[list[list[str]]] = field(default_factory=list)


def hunks(patch: str) -> list[Hunk]:
    """The hunks of a unified diff of git, in order, in linear time."""
    seen: Counter[str] = Counter()

    def key(*parts: str) -> str:
        text = "\n".join(parts)
        seen[text] += 1  # the same change twice in a file is two changes
        return hashlib.sha256(f"{seen[text]}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]

    found: list[Hunk] = []
    for number, file in enumerate(_files(patch)):
        name = file.header[0]
        if file.hunks:
            found += [Hunk(number, tuple(key(name, *run) for run in runs)) for runs in file.hunks]
        else:
            facts = [line for line in file.header if not line.startswith(_UNSTABLE)]
            found.append(Hunk(number, (key(*facts),), whole=True))
    return found


def _files(patch: str) -> Iterator[_File]:
    file: _File | None = None
    old = new = 0
    within = False
    for line in patch.removesuffix("\n").split("\n"):
        if (old or new) and line[:1] in _CONTENT:
            sign = line[:1] or " "
            if sign in "+-" and file is not None:
                runs = file.hunks[-1]
                if not within:
                    runs.append([])
                runs[-1].append(line)
            within = sign in "+-" or (within and sign == "\\")
            old -= sign in "- "
            new -= sign in "+ "
            continue
        if line.startswith("diff --git "):
            if file is not None:
                yield file
            file, within = _File([line]), False
        elif file is not None and (hunk := _HUNK.match(line)) is not None:
            file.hunks.append([])
            old, new, within = int(hunk[1] or 1), int(hunk[2] or 1), False
        elif file is not None and not file.hunks:
            file.header.append(line)
    if file is not None:
        yield file
