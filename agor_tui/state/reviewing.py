"""A diff under review: what of it was read, where its comments stand, and what a new comment would be on. Pure."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agor_core.domain.comment import Comment, CommentKind, CommentStatus, Side
from agor_core.domain.hunk_keys import Hunk, hunks
from agor_core.domain.session import Session
from agor_tui.state import clean
from agor_tui.state.figures import counted
from agor_tui.state.patch import CHANGED, FilePatch, Kind, Patch, PatchLine
from agor_tui.state.requesters import author, user_name
from agor_tui.state.whitespace import shown

CONTENT = frozenset({Kind.SAME, *CHANGED})
"""Kinds of lines that are of a file."""
PEN = "✎ "


@dataclass(frozen=True, slots=True)
class Place:
    """What a comment is on: lines of a file, both ends included, or a whole file without them."""

    path: str
    side: Side = Side.NEW
    start: int | None = None
    end: int | None = None

    @property
    def title(self) -> str:
        """``src/a.py:3-5``, with a word for the side of before."""
        if self.start is None:
            return self.path
        lines = f"{self.start}" if self.end in (None, self.start) else f"{self.start}-{self.end}"
        return f"{self.path}:{lines}" + (" as it was" if self.side is Side.OLD else "")


def place_of(patch: Patch, first: int, last: int) -> Place | None:
    """What the lines of a diff from the index ``first`` to ``last`` are of; None above the first file.

    On lines of both sides it is the new one; on the head of a hunk it is all that changed in it; on other lines that
    are no content it is the file.
    """
    first, last = sorted((first, last))
    file = file_at(patch, first)
    if file is None:
        return None
    if first == last and patch.lines[first].kind is Kind.HUNK:
        last = _end_of_hunk(patch.lines, first)
    end = _end_of_file(patch, file)
    lines = [line for line in patch.lines[first : min(last + 1, end)] if line.kind in CONTENT]
    if patch.lines[first].kind is Kind.HUNK:
        lines = [line for line in lines if line.kind in CHANGED]
    new = [line.number for line in lines if line.kind is not Kind.REMOVED and line.number is not None]
    old = [line.number for line in lines if line.kind is Kind.REMOVED and line.number is not None]
    if new:
        return Place(file.path, Side.NEW, min(new), max(new))
    if old:
        return Place(file.old_path or file.path, Side.OLD, min(old), max(old))
    gone = file.sign == "D"
    return Place(file.path, Side.OLD if gone else Side.NEW)


def file_at(patch: Patch, index: int) -> FilePatch | None:
    """The file that a line of a diff belongs to; None above the first."""
    number = bisect_right(patch.files, index, key=lambda one: one.first) - 1
    return patch.files[number] if number >= 0 else None


def number_from(patch: Patch, index: int) -> int:
    """The number in the new file of the first line from an index on that has one; 1 without."""
    lines = patch.lines[index : index + 200]
    return next((line.number for line in lines if line.number and line.kind is not Kind.REMOVED), 1)


def hits(patch: Patch, sought: str) -> list[int]:
    """The indexes of the lines that have a text, which is in one case."""
    return [n for n, line in enumerate(patch.lines) if sought in line.text.casefold()]


@dataclass(frozen=True, slots=True)
class Marked:
    """One hunk of a diff: the index of its first line, its file and the keys of its changes."""

    line: int
    hunk: Hunk

    def unread(self, read: Collection[str]) -> bool:
        """Whether somebody has yet to read a change of it."""
        return any(key not in read for key in self.hunk.keys)


class Marks:
    """The hunks of a diff, by the indexes of their first lines."""

    def __init__(self, patch: Patch | None) -> None:
        self.hunks: list[Marked] = []
        if patch is None:
            return
        heads = iter([n for n, line in enumerate(patch.lines) if line.kind is Kind.HUNK])
        for hunk in hunks(patch.text):
            line = patch.files[hunk.file].first if hunk.whole else next(heads, None)
            if line is not None:
                self.hunks.append(Marked(line, hunk))

    def at(self, index: int) -> Marked | None:
        """The hunk that a line belongs to; that of a file's head is its first."""
        number = self.number_at(index)
        return None if number is None else self.hunks[number]

    def number_at(self, index: int) -> int | None:
        """The number of that hunk, from 0."""
        number = bisect_right(self.hunks, index, key=lambda one: one.line) - 1
        return number if number >= 0 else 0 if self.hunks else None

    def first_of_file(self, number: int) -> int:
        """The number of a file's first hunk."""
        return bisect_left(self.hunks, number, key=lambda one: one.hunk.file)

    def count_of_file(self, number: int) -> int:
        """How many hunks a file has."""
        return bisect_right(self.hunks, number, key=lambda one: one.hunk.file) - self.first_of_file(number)

    def unread(self, read: Collection[str]) -> int:
        """How many hunks nobody has read."""
        return sum(one.unread(read) for one in self.hunks)

    def by_file(self, read: Collection[str]) -> Mapping[int, tuple[int, int]]:
        """How many hunks of each file nobody has read, and how many it has."""
        found: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for one in self.hunks:
            unread, count = found[one.hunk.file]
            found[one.hunk.file] = unread + one.unread(read), count + 1
        return found

    def next_unread(self, index: int, read: Collection[str]) -> int | None:
        """The first line of the next hunk below that nobody has read, else of the first above; None if all are."""
        lines = [one.line for one in self.hunks if one.unread(read)]
        return next((line for line in lines if line > index), lines[0] if lines else None)


def with_comments(patch: Patch, comments: Iterable[Comment]) -> Patch:
    """The diff with each comment below the line that it ends at, as lines of their own that name it.

    A comment whose lines are not in the diff, or not as they were, stands below the head of its file; one whose file is
    not in the diff above the first.
    """
    added: defaultdict[int, list[PatchLine]] = defaultdict(list)
    index = _Index(patch)
    for comment in comments:
        below = index.place(comment)
        added[-1 if below is None else below] += _drawn(comment, apart=below is None or not index.exact)
    if not added:
        return patch
    lines: list[PatchLine] = [*added[-1]]
    moved: list[int] = []
    for n, line in enumerate(patch.lines):
        moved.append(len(lines))
        lines.append(line)
        lines += added.get(n, ())
    files = [replace(file, first=moved[file.first]) for file in patch.files]
    return replace(patch, files=files, lines=lines)


class _Index:
    """Finds the lines of a diff by file, side and number. ``exact``: the comment placed last is at its own lines."""

    def __init__(self, patch: Patch) -> None:
        self._patch = patch
        self._heads: dict[str, int] = {}
        self._lines: dict[tuple[str, Side, int], int] = {}
        self._texts: defaultdict[tuple[str, Side, str], list[int]] = defaultdict(list)
        self.exact = False
        for file in patch.files:
            self._heads.setdefault(file.path, file.first)
            if file.old_path:
                self._heads.setdefault(file.old_path, file.first)
            self._read(file)

    def _read(self, file: FilePatch) -> None:
        for n in range(file.first, _end_of_file(self._patch, file)):
            line = self._patch.lines[n]
            if line.kind not in CONTENT:
                continue
            old = line.number if line.kind is Kind.REMOVED else line.old
            new = None if line.kind is Kind.REMOVED else line.number
            for side, number, path in ((Side.OLD, old, file.old_path or file.path), (Side.NEW, new, file.path)):
                if number is not None:
                    self._lines[path, side, number] = n
                    self._texts[path, side, line.text].append(n)

    def place(self, comment: Comment) -> int | None:
        """The index of the line that a comment stands below; None if its file is not in the diff."""
        self.exact = False
        path = None if comment.path is None else shown_path(comment.path)
        if path is None or path not in self._heads:
            return None
        if comment.end_line is None:
            self.exact = comment.status is not CommentStatus.STALE
        elif comment.status is not CommentStatus.STALE:
            last = shown(comment.snippet.rpartition("\n")[2])
            found = self._lines.get((path, comment.side, comment.end_line))
            alike = self._texts.get((path, comment.side, last), [])
            if found is None or (found not in alike and alike):
                found = alike[0] if len(alike) == 1 else None  # the diff is of another time than the comment
            if found is not None:
                self.exact = True
                return found
        return self._heads[path]


def shown_path(path: str) -> str:
    """A path as a diff shows it."""
    return shown(path.replace("\t", "\u2409"))


def comment_texts(comment: Comment, where: str = "") -> list[str]:
    """A comment as lines: who wrote it, its words, and in brackets its status and ``where`` it is."""
    first, *others = clean.block(comment.text).splitlines() or [""]
    kind = "a question" if comment.kind is CommentKind.QUESTION else ""
    facts = ", ".join(part for part in (comment.status, kind, where) if part)
    said = f"{PEN}{author(comment.author, me=user_name())}: {first}   ({facts})"
    return [said, *(f"  {text}" for text in others)]


def _drawn(comment: Comment, *, apart: bool) -> list[PatchLine]:
    """The lines of a comment; one that stands apart from its lines names them."""
    word = "was on" if comment.status is CommentStatus.STALE else "on"
    where = f"{word} {clean.line(comment.title)}" if apart else ""
    return [
        PatchLine(Kind.COMMENT, text, marks=comment.status, ref=comment.comment_id)
        for text in comment_texts(comment, where)
    ]


def _end_of_hunk(lines: Sequence[PatchLine], first: int) -> int:
    n = first + 1
    while n < len(lines) and lines[n].kind not in (Kind.HUNK, Kind.FILE):
        n += 1
    return n - 1


def _end_of_file(patch: Patch, file: FilePatch) -> int:
    after = bisect_right(patch.files, file.first, key=lambda one: one.first)
    return patch.files[after].first if after < len(patch.files) else len(patch.lines)


def standing(unread: int | None, open_comments: int) -> str:
    """``12 unread · 2 comments``; empty where nothing is known."""
    parts = [] if unread is None else [f"{unread} unread"]
    parts += [counted(open_comments, "comment")] if open_comments else []
    return " · ".join(parts)


def left_of(session: Session) -> str:
    """What of a session's review is left to do: unread hunks and open comments; empty for none, and if not begun."""
    review = session.review
    return "" if review is None else standing(review.unread or None, review.comments)


def kind_and_text(written: str) -> tuple[CommentKind, str]:
    """What a text says that was written for a comment: one that begins with ``?`` is a question."""
    text = written.strip()
    if text.startswith("?"):
        return CommentKind.QUESTION, text.removeprefix("?").strip()
    return CommentKind.NOTE, text


def blocks_of(text: str) -> list[str]:
    """The paragraphs of an answer, each block of code as one."""
    blocks: list[list[str]] = [[]]
    fence = ""
    for line in text.strip().split("\n"):
        mark = line.lstrip()[:3]
        if fence or mark in ("```", "~~~"):
            blocks[-1].append(line)
            fence = "" if fence and mark == fence else fence or mark
        elif line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(lines) for lines in blocks if lines]


def receivers(session: Session, sessions: Iterable[Session]) -> list[tuple[Session, str]]:
    """The sessions that comments on this one's work may be sent to, each with a word: itself, its family, its repo."""
    found = [(session, "this session")]
    near: list[tuple[Session, str]] = []
    for other in sessions:
        if other.session_id == session.session_id:
            continue
        origin, own = other.genealogy, session.genealogy
        if session.session_id in (origin.forked_from_session_id, origin.parent_session_id):
            word = "a fork" if origin.forked_from_session_id else "spawned from it"
            found.append((other, word))
        elif other.session_id in (own.forked_from_session_id, own.parent_session_id):
            found.append((other, "where it came from"))
        elif other.repo.repo_id is not None and other.repo.repo_id == session.repo.repo_id:
            near.append((other, f"{other.agent}, in the same repo"))
    return [*found, *near]
