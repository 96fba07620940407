"""Comments, what of a session's changes was read, and what follows for the session."""

import pytest
from msgspec.structs import replace

from agor_core.db.store import Store
from agor_core.domain.comment import Comment, CommentStatus
from agor_core.domain.session import Session, SessionReview
from agor_core.errors import Conflict, NotFound
from agor_core.repositories import checkpoints, comments, reviews, sessions, tasks, trash
from tests.builders.records import make_comment, make_id, make_session, make_task


@pytest.fixture
async def session(store: Store) -> Session:
    return await store.write(lambda w: sessions.insert(w, make_session()))


async def add(store: Store, session: Session, **fields: object) -> Comment:
    return await store.write(lambda w: comments.insert(w, make_comment(session.session_id, **fields)))


async def review(store: Store, session: Session) -> SessionReview | None:
    return (await store.read(lambda r: sessions.get(r, session.session_id))).review


async def test_open_comments_are_counted_with_every_change(store: Store, session: Session) -> None:
    first, second = await add(store, session), await add(store, session)
    assert await store.write(lambda w: comments.insert(w, first)) == first
    assert await review(store, session) == SessionReview(comments=2)
    for error, bad in (
        (Conflict, replace(first, text="another")),
        (Conflict, make_comment(session.session_id, short_id=first.short_id)),
        (NotFound, make_comment(make_id())),
        (NotFound, make_comment(session.session_id, task_id=make_id())),
    ):
        with pytest.raises(error):
            await store.write(lambda w, it=bad: comments.insert(w, it))
    await store.write(lambda w: comments.update(w, replace(first, status=CommentStatus.RESOLVED)))
    assert await review(store, session) == SessionReview(comments=1)
    with pytest.raises(Conflict, match="never change"):
        await store.write(lambda w: comments.update(w, replace(first, author="eve")))
    await store.write(lambda w: comments.remove(w, second.comment_id))
    assert await review(store, session) == SessionReview(comments=0)
    found = await store.read(lambda r: comments.resolve(r, first.short_id))
    assert found == first.comment_id


async def test_places_are_stored_of_comments_that_are_still_followed(store: Store, session: Session) -> None:
    made = [await add(store, session, text=str(number)) for number in range(4)]
    task = await store.write(lambda w: tasks.insert(w, make_task(session.session_id)))
    await store.write(lambda w: comments.mark_sent(w, [made[1]], task.task_id))
    await store.write(lambda w: comments.update(w, replace(made[2], status=CommentStatus.RESOLVED)))
    await store.write(lambda w: comments.remove(w, made[3].comment_id))
    gone = [replace(comment, status=CommentStatus.STALE) for comment in made]
    assert len(await store.write(lambda w: comments.store_places(w, gone))) == 2
    moved = [replace(comment, start_line=9, end_line=9, checkpoint="d" * 40) for comment in made]
    assert (await review(store, session)) == SessionReview(comments=0)
    await store.write(lambda w: comments.store_places(w, moved))  # their code came back, elsewhere
    found = await store.read(lambda r: [comments.get(r, one.comment_id) for one in made[:3]])
    assert [(one.status, one.start_line) for one in found] == [("open", 9), ("sent", 9), ("resolved", 3)]
    assert [one.comment_id for one in await store.read(lambda r: comments.sent_in(r, task.task_id))] == [
        made[1].comment_id
    ]


async def test_comments_are_sent_as_they_were_read_or_not_at_all(store: Store, session: Session) -> None:
    first, second = await add(store, session), await add(store, session)
    task = await store.write(lambda w: tasks.insert(w, make_task(session.session_id)))
    await store.write(lambda w: comments.update(w, replace(second, text="other words")))
    with pytest.raises(Conflict, match="have changed meanwhile"):
        await store.write(lambda w: comments.mark_sent(w, [first, second], task.task_id))
    assert await review(store, session) == SessionReview(comments=2)


async def test_what_was_read_goes_with_the_session_and_comes_back(store: Store, session: Session) -> None:
    other = await store.write(lambda w: sessions.insert(w, make_session()))
    task = await store.write(lambda w: tasks.insert(w, make_task(other.session_id)))
    mine = await store.write(lambda w: tasks.insert(w, make_task(session.session_id)))
    on_mine = await add(store, session, task_id=mine.task_id)
    await store.write(lambda w: comments.mark_sent(w, [on_mine], task.task_id))
    for _ in range(2):
        await store.write(lambda w: reviews.mark(w, session.session_id, ["aa", "bb", "cc"], ["cc"]))
    await store.write(lambda w: reviews.note_unread(w, session.session_id, unread=1, hunks=3))
    assert await store.read(lambda r: reviews.read(r, session.session_id)) == {"aa", "bb"}
    assert await review(store, session) == SessionReview(comments=0, unread=1, hunks=3)
    asked = ([mine.task_id, task.task_id], [session.session_id])
    assert await store.read(lambda r: checkpoints.commented_tasks(r, asked[0])) == {mine.task_id}
    assert await store.read(lambda r: checkpoints.commented_commits(r, asked[1])) == {"c" * 40, "b" * 40}
    records = await store.read(lambda r: trash.records_of(r, sessions.get(r, session.session_id), None))
    await store.write(lambda w: sessions.remove(w, session.session_id))
    await store.write(lambda w: sessions.remove(w, other.session_id))
    await store.write(lambda w: trash.put_back(w, records))
    back = await store.read(lambda r: comments.get(r, on_mine.comment_id))
    assert (back.status, back.sent_in_task_id) == ("sent", None)
    assert await store.read(lambda r: reviews.read(r, session.session_id)) == {"aa", "bb"}


async def test_a_comment_whose_task_is_removed_with_another_session_stays(store: Store, session: Session) -> None:
    other = await store.write(lambda w: sessions.insert(w, make_session()))
    task = await store.write(lambda w: tasks.insert(w, make_task(other.session_id)))
    made = await add(store, session)
    await store.write(lambda w: comments.mark_sent(w, [made], task.task_id))
    await store.write(lambda w: sessions.remove(w, other.session_id))
    left = await store.read(lambda r: comments.get(r, made.comment_id))
    assert (left.status, left.sent_in_task_id) == ("sent", None)
