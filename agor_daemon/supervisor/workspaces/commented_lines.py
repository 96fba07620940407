"""The lines that comments are on: read from a tree when a comment is made, and looked for in later trees."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from agor_core.domain.comment import MOST_LINES, Comment, CommentStatus, Side
from agor_core.errors import InvalidInput, Unprocessable
from agor_core.git import tree_files
from agor_core.git.line_moves import FileMove, moves
from agor_core.git.object_store import ObjectStore
from agor_core.git.retention import missing
from agor_core.git.tree_files import TreeFile

MOST_SEARCHED = 200
"""Contents that one look searches for code that was moved as a whole."""
LONGEST_SNIPPET = 20_000
"""Characters of a snippet; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file, both ends included; without ``start`` the whole file."""

    path: str
    side: Side = Side.NEW
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Trees:
    """Two trees of a repository: that before the changes, and that with them."""

    where: Path | None
    store: ObjectStore
    base: str
    checkpoint: str
    read: dict[tuple[str, str], TreeFile | None] = field(default_factory=dict)
    """Files that were read already, by tree and path."""
    blobs: dict[str, TreeFile | None] = field(default_factory=dict)
    """Contents that were read already."""

    async def read_ahead(self, wanted: Sequence["Lines"]) -> None:
        """Read the files of several comments together. Raises GitFailed."""
        for tree, side in ((self.checkpoint, Side.NEW), (self.base, Side.OLD)):
            paths = {one.path for one in wanted if one.side is side}
            if len(paths) > 1:
                found = await tree_files.read_many(self.where, self.store, tree, paths)
                self.read.update({(tree, path): file for path, file in found.items()})

    async def file(self, tree: str, path: str) -> TreeFile | None:
        """A file of a tree; None if there is none. Raises GitFailed."""
        if (tree, path) not in self.read:
            self.read[tree, path] = await tree_files.read(self.where, self.store, tree, path)
        return self.read[tree, path]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text of lines; ``path`` is that of their file as records write it."""

    path: str
    text: str = ""


async def snippet(trees: Trees, wanted: Lines) -> Snippet:
    """The text of lines. Raises InvalidInput for lines that are not there, Unprocessable for a binary file."""
    tree, other = (trees.base, trees.checkpoint) if wanted.side is Side.OLD else (trees.checkpoint, trees.base)
    file = await trees.file(tree, wanted.path)
    if file is None:
        elsewhere = await trees.file(other, wanted.path)
        raise InvalidInput(_no_file(wanted, there_otherwise=elsewhere is not None), place="path")
    if wanted.start is None:
        return Snippet(file.path)
    if file.lines is None:
        raise Unprocessable(f"{wanted.path} is {file.kind}; comment on it as a whole, without a line.")
    start, end = wanted.start, wanted.end or wanted.start
    if not 1 <= start <= end:
        raise InvalidInput("start_line: must be at least 1, and end_line no less.", place="start_line")
    if end > len(file.lines):
        raise InvalidInput(f"{wanted.path} has {_lines(len(file.lines))}; there is no line {end}.", place="end_line")
    if end - start >= MOST_LINES:
        raise InvalidInput(f"A comment is on {MOST_LINES} lines at most.", place="end_line")
    return Snippet(file.path, "\n".join(file.lines[start - 1 : end])[:LONGEST_SNIPPET])


async def followed(trees: Trees, comments: Sequence[Comment]) -> list[Comment]:
    """The comments whose place or status is another in ``trees.checkpoint``, as they are there.

    A comment whose own tree is not kept any more stays as it is.
    """
    where, store = trees.where, trees.store
    named = {commit for comment in comments for commit in (comment.checkpoint, comment.base) if commit is not None}
    lost = set(await missing(store, named, borrow=where is not None))
    by_tree: defaultdict[str, list[Comment]] = defaultdict(list)
    for comment in comments:
        if comment.checkpoint is not None and not {comment.checkpoint, comment.base} & lost:
            by_tree[comment.checkpoint].append(comment)
    found: list[Comment] = []
    for tree, some in by_tree.items():
        found += await _new_side(trees, tree, [one for one in some if one.side is Side.NEW])
        found += await _old_side(trees, tree, [one for one in some if one.side is Side.OLD])
    return found


async def _new_side(trees: Trees, tree: str, comments: Sequence[Comment]) -> list[Comment]:
    moved = await _moves(trees, tree, trees.checkpoint, comments)
    found = []
    for comment in comments:
        move = moved.get(str(comment.path))
        now = comment if move is None else await _moved(trees, comment, move)
        if now is None:
            now = replace(comment, status=CommentStatus.STALE)
        elif (now.path, now.start_line) != (comment.path, comment.start_line):
            now = replace(now, checkpoint=trees.checkpoint, status=CommentStatus.OPEN)
        else:
            now = replace(now, status=CommentStatus.OPEN)
        if _differs(now, comment):
            found.append(now)
    return found


async def _moved(trees: Trees, comment: Comment, move: FileMove) -> Comment | None:
    """The comment where its code is now; None if that is gone or changed."""
    if move.path is None:
        return None
    if comment.start_line is None:
        return replace(comment, path=move.path)
    length = (comment.end_line or comment.start_line) - comment.start_line
    start = move.start_of(comment.start_line, comment.start_line + length)
    if start is None:
        start = await _found_again(trees, comment, move)
    return None if start is None else replace(comment, path=move.path, start_line=start, end_line=start + length)


async def _content(trees: Trees, blob: str) -> TreeFile | None:
    """A content; None beyond the most that are read at once."""
    if blob not in trees.blobs and len(trees.blobs) < MOST_SEARCHED:
        trees.blobs[blob] = await tree_files.of_blob(trees.where, trees.store, blob)
    return trees.blobs.get(blob)


async def _found_again(trees: Trees, comment: Comment, move: FileMove) -> int | None:
    """Where the snippet is, if it was moved as a whole: it is, and was, in the file only once."""
    wanted = comment.snippet.split("\n")
    if not comment.snippet.strip() or len(comment.snippet) >= LONGEST_SNIPPET:
        return None
    files = [await _content(trees, blob) for blob in (move.before, move.after)]
    places = [_places(file, wanted) for file in files]
    return places[1][0] if len(places[0]) == 1 and len(places[1]) == 1 else None


def _places(file: TreeFile | None, wanted: Sequence[str]) -> list[int]:
    """Where these lines begin in a file, from 1."""
    lines = (file.lines if file is not None else None) or []
    first, length = wanted[0], len(wanted)
    return [n + 1 for n, line in enumerate(lines) if line == first and lines[n : n + length] == list(wanted)]


async def _old_side(trees: Trees, tree: str, comments: Sequence[Comment]) -> list[Comment]:
    """Lines before the changes do not move; a comment on them is stale when they are removed no more, or removed now.

    The tree in which that was so, ``checkpoint``, stays.
    """
    found = []
    bases: defaultdict[str, list[Comment]] = defaultdict(list)
    for comment in comments:
        if comment.base is not None:
            bases[comment.base].append(comment)
    for base, some in bases.items():
        then, now = await _moves(trees, base, tree, some), await _moves(trees, base, trees.checkpoint, some)
        for comment in some:
            same = _removed(then, comment) == _removed(now, comment)
            placed = replace(comment, status=CommentStatus.OPEN if same else CommentStatus.STALE)
            if _differs(placed, comment):
                found.append(placed)
    return found


def _removed(moved: Mapping[str, FileMove], comment: Comment) -> bool:
    move = moved.get(str(comment.path))
    if move is None or comment.start_line is None:
        return move is not None and move.path is None
    return move.removes(comment.start_line, comment.end_line or comment.start_line)


async def _moves(trees: Trees, old: str, new: str, comments: Collection[Comment]) -> Mapping[str, FileMove]:
    paths = {comment.path for comment in comments if comment.path is not None}
    if not paths or old == new:
        return {}
    return await moves(trees.where, old, new, paths, trees.store)


def _differs(now: Comment, before: Comment) -> bool:
    """Whether place or staleness differ; being sent is another matter."""
    stale = CommentStatus.STALE
    return (now.status is stale) is not (before.status is stale) or (
        now.status is not stale and (now.path, now.start_line) != (before.path, before.start_line)
    )


def _no_file(wanted: Lines, *, there_otherwise: bool) -> str:
    if not there_otherwise:
        return f"The session has no file {wanted.path}."
    if wanted.side is Side.NEW:
        return f"{wanted.path} is not there any more; comment on it as it was, with the side old."
    return f"{wanted.path} is new; comment on it with the side new."


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
