"""A client's records after loading, and after each frame of the feed."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from agor_core.domain.approval import ApprovalStatus
from agor_core.domain.figures import Usage
from agor_core.domain.session import SessionStatus
from agor_core.ids import MessageId
from agor_core.wire.feed import Bookmark, Change, Delta, Hello, Resync
from agor_tui.state.records import Records
from tests.builders import app_records as make

SERVICES = {"Session": "sessions", "Task": "tasks", "Message": "messages", "Approval": "approvals", "Board": "boards"}


def change(record: Any, event: str = "patched") -> Change:
    service = SERVICES[type(record).__name__]
    identifier = getattr(record, f"{service.removesuffix('s')}_id")
    body = msgspec.to_builtins(record)
    return Change(cursor="e:1", service=service, event=event, id=identifier, record=body, at=make.NOW)


def loaded(*sessions: Any) -> Records:
    records = Records()
    records.load(sessions=sessions, boards=(), approvals=(), agents=make.AGENTS)
    return records


def test_loading_leaves_out_what_is_archived_or_answered() -> None:
    kept, archived = make.session("Kept"), make.session("Archived", archived_at=make.NOW)
    open_one = make.approval(kept)
    records = Records()
    records.load(
        sessions=[kept, archived],
        boards=[make.board("main"), replace(make.board("old"), archived_at=make.NOW)],
        approvals=[open_one, replace(make.approval(kept), status=ApprovalStatus.DENIED)],
        agents=(),
    )
    assert list(records.sessions.values()) == [kept]
    assert [board.name for board in records.boards.values()] == ["main"]
    assert records.pending(kept.session_id) == [open_one]


def test_a_session_comes_changes_and_goes() -> None:
    records, session = loaded(), make.session("One")
    assert records.apply(change(session, "created")).sessions == {session.session_id}
    renamed = replace(session, title="Two")
    records.apply(change(renamed))
    assert records.session(session.session_id) == renamed
    assert records.apply(change(renamed, "removed")).sessions == {session.session_id}
    assert records.session(session.session_id) is None


def test_archiving_takes_a_session_away_and_undoing_brings_it_back() -> None:
    session = make.session()
    records = loaded(session)
    records.apply(change(replace(session, archived_at=make.NOW)))
    assert not records.sessions
    records.apply(change(session))
    assert records.sessions


def test_only_the_change_to_needing_somebody_counts_as_asking() -> None:
    session = make.session(status="running")
    records = loaded(session)
    asking = replace(session, status=SessionStatus.AWAITING_PERMISSION)
    assert records.apply(change(asking)).asking == [session.session_id]
    assert records.apply(change(replace(asking, title="Other"))).asking == []


def test_tasks_and_messages_are_kept_only_for_sessions_that_are_looked_at() -> None:
    session = make.session()
    records = loaded(session)
    task = make.task(session)
    message = make.message(task, 0, "Hi")
    assert not records.apply(change(task)).tasks
    assert not records.apply(change(message)).messages
    conversation = records.open_conversation(session.session_id)
    assert records.apply(change(task)).tasks == {session.session_id}
    assert records.apply(change(message)).messages == {session.session_id: {message.message_id}}
    assert conversation.ordered_tasks() == [task]
    assert conversation.ordered_messages() == [message]
    records.close_conversation(session.session_id)
    assert not records.conversations


def test_live_text_is_added_where_it_belongs() -> None:
    session = make.session()
    records = loaded(session)
    conversation = records.open_conversation(session.session_id)
    message = make.message(make.task(session), 0, "Ünï", complete=False)
    records.apply(change(message, "created"))

    def delta(offset: int, text: str) -> Any:
        return records.apply(Delta(service="messages", id=message.message_id, offset=offset, text=text))

    assert delta(3, "cöde").messages
    assert conversation.messages[message.message_id].text == "Ünïcöde"
    delta(3, "cö")  # heard before
    assert conversation.messages[message.message_id].text == "Ünïcöde"
    delta(5, "de and more")
    assert conversation.messages[message.message_id].text == "Ünïcöde and more"
    assert delta(99, "x").stale == {message.message_id}
    assert not records.apply(Delta(service="messages", id="unknown", offset=0, text="x"))


def test_a_stored_message_does_not_take_back_live_text_but_its_end_does() -> None:
    session = make.session()
    records = loaded(session)
    conversation = records.open_conversation(session.session_id)
    message = make.message(make.task(session), 0, "abc", complete=False)
    records.apply(change(message, "created"))
    records.apply(Delta(service="messages", id=message.message_id, offset=3, text="def"))
    records.apply(change(replace(message, text="abcd")))
    assert conversation.messages[message.message_id].text == "abcdef"
    records.apply(change(replace(message, text="abcdefg", complete=True)))
    assert conversation.messages[message.message_id].text == "abcdefg"


def test_what_the_feed_brought_meanwhile_is_newer_than_the_list() -> None:
    session = make.session()
    records = loaded(session)
    conversation = records.open_conversation(session.session_id)
    old = make.task(session, status="running")
    new = replace(make.task(session, task_id=old.task_id), description="ended")
    records.apply(change(new))
    conversation.load([old], [])
    assert conversation.ordered_tasks() == [new]


def test_spending_counts_the_tasks_of_this_day() -> None:
    session = make.session()
    records = loaded(session)
    yesterday = make.task(session, created_at="2026-03-01T10:00:00.000Z", usage=Usage(cost_usd=9.0))
    task = make.task(session, usage=Usage(cost_usd=0.5))
    records.load_spending("2026-03-02T00:00:00.000Z", [task])
    assert not records.apply(change(yesterday)).spending
    assert records.apply(change(replace(task, usage=Usage(cost_usd=0.75)))).spending
    assert records.spent_today == pytest.approx(0.75)


def test_approvals_come_and_go_with_their_answer() -> None:
    session = make.session(status="awaiting_permission")
    records = loaded(session)
    approval = make.approval(session)
    assert records.apply(change(approval, "created")).approvals == {session.session_id}
    assert records.pending(session.session_id) == [approval]
    records.apply(change(replace(approval, status=ApprovalStatus.ALLOWED)))
    assert not records.pending(session.session_id)


def test_boards_come_and_go() -> None:
    records, board = loaded(), make.board("main")
    assert records.apply(change(board, "created")).boards
    assert list(records.boards) == [board.board_id]
    records.apply(change(replace(board, archived_at=make.NOW)))
    assert not records.boards


@pytest.mark.parametrize("frame", [Hello(cursor="e:1", version="1"), Bookmark(cursor="e:2")])
def test_frames_without_news_change_nothing(frame: Any) -> None:
    assert not loaded().apply(frame)


def test_a_resync_asks_for_everything() -> None:
    changes = loaded().apply(Resync(reason="expired", cursor="e:9"))
    assert changes.resync
    assert changes.concern(make.session().session_id)


def test_changes_merge() -> None:
    session = make.session(status="running")
    records = loaded(session)
    first = records.apply(change(replace(session, status=SessionStatus.AWAITING_PERMISSION)))
    second = records.apply(change(make.board("b"), "created"))
    second.message(session.session_id, MessageId("m"))
    first.merge(second)
    assert first.boards
    assert first.sessions == {session.session_id}
    assert first.messages == {session.session_id: {MessageId("m")}}
    assert first.asking == [session.session_id]
