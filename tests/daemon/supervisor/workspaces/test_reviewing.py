"""Comments on real work: their lines are read, followed and kept; what was read once stays read."""

import re
from pathlib import Path
from typing import Any

import pytest

from agor_core.domain.comment import Comment, CommentStatus, Side
from agor_core.domain.hunk_keys import hunks
from agor_core.errors import GitFailed, InvalidInput, Unprocessable
from agor_core.git import refs
from agor_core.ids import CommentId, new_id, short_id
from agor_core.repositories import comments, repos, reviews, sessions, trash
from agor_daemon.supervisor.workspaces.commented_lines import Lines
from agor_daemon.supervisor.workspaces.differences import Range
from agor_daemon.supervisor.workspaces.reviewing import Shown

NUMBERS = r"\n".join(str(number) for number in range(1, 31))


async def comment(bench: Any, session: Any, path: str, start: int | None = None, end: int | None = None, **more: Any):
    """Store a comment as the service does."""
    wanted = Lines(path, more.pop("side", Side.NEW), start, end)
    (found,) = await bench.supervisor.reviewing.place(session.session_id, more.pop("task_id", None), [wanted])
    made = new_id()
    record = Comment(
        comment_id=CommentId(made), short_id=short_id(made), session_id=session.session_id, path=found.snippet.path,
        side=wanted.side, start_line=start, end_line=end or start, snippet=found.snippet.text, text="x", author="ada",
        checkpoint=found.checkpoint, base=found.base, created_at="2026-01-31T09:05:00.000Z", updated_at="",
        **more,
    )  # fmt: skip
    return await bench.store.write(lambda w: comments.insert(w, record))


async def now(bench: Any, made: Comment) -> tuple[Any, ...]:
    it = await bench.store.read(lambda r: comments.get(r, made.comment_id))
    return str(it.status), it.path, it.start_line, it.end_line, it.snippet


async def test_comments_follow_their_lines_from_task_to_task(bench, repo: Path):
    session = await bench.session(cwd=repo, title="One")
    first = await bench.run(session, f"write: a.txt {NUMBERS}", "write: gone.txt x", r"write: old\040name y")
    ten = await comment(bench, session, "a.txt", 10, 11, task_id=first.task_id)
    twenty = await comment(bench, session, "a.txt", 20)
    gone, whole = await comment(bench, session, "gone.txt", 1), await comment(bench, session, "a.txt")
    assert (ten.snippet, twenty.snippet, whole.snippet) == ("10\n11", "20", "")
    await bench.run(session, "run: sed -i '1i zero' a.txt && sed -i 's/^20$/twenty/' a.txt && rm gone.txt")
    assert await now(bench, ten) == ("open", "a.txt", 11, 12, "10\n11")
    assert await now(bench, twenty) == ("stale", "a.txt", 20, 20, "20")
    assert await now(bench, gone) == ("stale", "gone.txt", 1, 1, "x")
    assert (await now(bench, whole))[:2] == ("open", "a.txt")
    await bench.run(session, "run: git mv -f a.txt b.txt 2>/dev/null || mv a.txt b.txt; sed -i 's/^twenty$/20/' b.txt")
    assert await now(bench, ten) == ("open", "b.txt", 11, 12, "10\n11")
    assert (await now(bench, whole))[:2] == ("open", "b.txt")
    assert await now(bench, twenty) == ("open", "b.txt", 21, 21, "20")  # its code came back
    session = await bench.again(session)
    assert session.review.comments == 3
    worktree = Path(session.repo.cwd)
    lines = (worktree / "b.txt").read_text().splitlines()
    (worktree / "b.txt").write_text("\n".join([*lines[15:], *lines[:15]]) + "\n")  # by hand, and looked at
    await bench.supervisor.reviewing.look(session.session_id)
    assert await now(bench, ten) == ("open", "b.txt", 27, 28, "10\n11")
    resolved = await bench.store.read(lambda r: comments.get(r, ten.comment_id))
    kept = await bench.kept(repo, session.session_id)
    assert resolved.checkpoint in kept.values()


async def test_lines_of_a_difference_that_was_shown_are_those_also_when_the_files_went_on(bench, repo: Path):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "write: a.txt 1\\n2\\n3")
    kept, _, _ = await bench.supervisor.differences.page(Range(session.session_id), 0)
    shown = Shown(kept.start.commit, kept.end.commit)
    (Path((await bench.again(session)).repo.cwd) / "a.txt").write_text("0\n1\n2\n3\n")
    place = bench.supervisor.reviewing.place
    for seen, text in ((shown, "2"), (None, "1")):
        (found,) = await place(session.session_id, None, [Lines("a.txt", Side.NEW, 2, 2)], seen)
        assert found.snippet.text == text
    with pytest.raises(GitFailed, match="read the changes again"):
        await place(session.session_id, None, [Lines("a.txt", Side.NEW, 2, 2)], Shown("0" * 40, "1" * 40))


async def test_lines_that_are_not_there(bench, repo: Path, folder: Path):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "write: a.txt 1\\n2", "run: printf '\\0' > bin; git rm -q readme.txt")
    for path, start, end, said in (
        ("a.txt", 3, None, "a.txt has 2 lines; there is no line 3"),
        ("a.txt", 2, 1, "must be at least 1, and end_line no less"),
        ("../a.txt", 1, None, "no file ../a.txt"),
        ("/etc/passwd", 1, None, "no file /etc/passwd"),
        ("src", None, None, "no file src"),
        (":(top)a.txt", 1, None, "no file"),
        ("readme.txt", 1, None, "is not there any more; comment on it as it was, with the side old"),
    ):
        with pytest.raises(InvalidInput, match=re.escape(said)):
            await comment(bench, session, path, start, end)
    with pytest.raises(Unprocessable, match="is binary; comment on it as a whole"):
        await comment(bench, session, "bin", 1)
    assert (await comment(bench, session, "bin")).snippet == ""
    with pytest.raises(Unprocessable, match="outside of git"):
        await comment(bench, await bench.session(cwd=folder), "a.txt", 1)


async def test_a_comment_on_what_was_removed(bench, repo: Path):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "run: git rm -q readme.txt && printf 'print(1)\\n' > src/main.py")
    file = await comment(bench, session, "readme.txt", 1, side=Side.OLD)
    line = await comment(bench, session, "src/main.py", 1, side=Side.OLD)
    assert (file.snippet, line.snippet) == ("hello", "print('hello')")
    await bench.run(session, "write: b.txt x")
    assert (await now(bench, file))[0] == (await now(bench, line))[0] == "open"
    await bench.run(session, "run: git checkout -q HEAD -- readme.txt")
    assert ((await now(bench, file))[0], (await now(bench, line))[0]) == ("stale", "open")


async def test_what_was_read_stays_read_and_only_what_is_new_is_unread(bench, repo: Path):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, f"write: a.txt {NUMBERS}", "run: git add -A && git commit -qm one")
    look = await bench.supervisor.reviewing.look(session.session_id)
    assert (look.unread, look.hunks, look.read) == (1, 1, ())
    patch = (await bench.supervisor.differences.page(Range(session.session_id), 0))[2].text
    read = [key for hunk in hunks(patch) for key in hunk.keys]
    assert (await bench.supervisor.reviewing.mark(session.session_id, read, [])).unread == 0
    await bench.run(session, "run: echo more >> readme.txt")
    of = await bench.again(session)
    assert (of.review.unread, of.review.hunks) == (1, 2)
    await bench.supervisor.close(grace=4)
    bench.start()
    look = await bench.supervisor.reviewing.mark(session.session_id, [], read)
    assert (look.unread, look.hunks, look.read) == (2, 2, ())


async def test_what_comments_are_on_is_kept_and_goes_with_the_session(bench, repo: Path):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, "write: a.txt 1")
    (Path((await bench.again(session)).repo.cwd) / "a.txt").write_text("by hand\n")
    made = await comment(bench, session, "a.txt", 1)
    await bench.store.write(lambda w: reviews.mark(w, session.session_id, ["ab"]))
    known = await bench.store.read(lambda r: repos.by_path(r, str(repo)))
    await bench.run(session, "write: a.txt 2")
    await bench.run(session, "write: a.txt 3")
    stores = bench.supervisor._resources.workspaces.stores
    stores.budget = 0
    await bench.supervisor.collect(known.repo_id, dry_run=False)
    kept = await bench.kept(repo, session.session_id)
    assert made.checkpoint in kept.values()
    assert (await now(bench, made))[0] == "stale"
    records = await bench.store.read(lambda r: trash.records_of(r, sessions.get(r, session.session_id), None))
    await bench.store.write(lambda w: sessions.remove(w, session.session_id))
    assert await bench.store.read(lambda r: comments.followed(r, session.session_id)) == []
    await bench.store.write(lambda w: trash.put_back(w, records))
    assert (await now(bench, made))[0] == "stale"
    assert await bench.store.read(lambda r: reviews.read(r, session.session_id)) == {"ab"}
    await bench.store.write(lambda w: comments.remove(w, made.comment_id))
    store = await stores.of(known.repo_id, repo)
    assert any(refs.COMMENTED in ref for ref in await refs.checkpoint_refs(store))
    await bench.supervisor.collect(known.repo_id, dry_run=False)
    assert not any(refs.COMMENTED in ref for ref in await refs.checkpoint_refs(store))


async def test_many_comments_are_placed_and_followed_together(bench, repo: Path):
    session = await bench.session(cwd=repo, title="One")
    await bench.run(session, f"run: for n in $(seq 50); do printf '{NUMBERS}\\n' > f$n.txt; done")
    wanted = [Lines(f"f{number % 50 + 1}.txt", Side.NEW, number % 30 + 1) for number in range(500)]
    placed = await bench.supervisor.reviewing.place(session.session_id, None, wanted)
    records = [
        Comment(
            comment_id=CommentId(made := new_id()), short_id=short_id(made, 12), session_id=session.session_id,
            path=one.snippet.path, start_line=asked.start, end_line=asked.start, snippet=one.snippet.text, text="x",
            author="ada", checkpoint=one.checkpoint, base=one.base, created_at="2026-01-31T09:05:00.000Z",
            updated_at="",
        )
        for asked, one in zip(wanted, placed, strict=True)
    ]  # fmt: skip
    await bench.store.write(lambda w: [comments.insert(w, record) for record in records])
    await bench.run(session, "run: for n in $(seq 50); do sed -i 1i0 f$n.txt; done")
    found = await bench.store.read(lambda r: comments.with_status(r, session.session_id, CommentStatus.OPEN))
    assert len(found) == 500
    assert all(one.start_line == int(one.snippet) + 1 for one in found)
