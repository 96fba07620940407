"""Domain records: their JSON is the record that everybody sees."""

import msgspec

from agor_core.domain.approval import ApprovalOption
from agor_core.domain.genealogy import Edge, EdgeKind, edge_to, last_inherited
from agor_core.domain.session import Session, SessionGenealogy, SessionRepo
from agor_core.domain.task import ENDED, Task, TaskStatus
from agor_core.domain.texts import short_sha
from agor_core.ids import SessionId, TaskId

SESSION = Session(
    session_id=SessionId("s"),
    short_id="x",
    agent="demo",
    created_at="t",
    updated_at="t",
    repo=SessionRepo(cwd="/somewhere"),
)


def test_tasks_and_children_are_there_only_when_they_are_set() -> None:
    listed = msgspec.to_builtins(SESSION)
    assert "tasks" not in listed
    assert "children" not in listed["genealogy"]
    got = msgspec.structs.replace(SESSION, tasks=(), genealogy=SessionGenealogy(children=()))
    assert msgspec.to_builtins(got)["tasks"] == ()
    assert msgspec.to_builtins(got)["genealogy"]["children"] == ()


def test_a_session_has_the_fields_of_its_record() -> None:
    documented = """
        session_id short_id status agent agent_version title description created_at created_by updated_at
        archived_at board_id concepts mode model options message_count tool_use_count task_count usage current repo
        queue_paused
        git_state genealogy agent_sessions unseen review landed pull_request
        check race_id
    """
    assert set(msgspec.to_builtins(SESSION)) == set(documented.split())


def test_a_session_is_read_from_its_own_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(SESSION), type=Session) == SESSION


def test_how_a_session_came_about() -> None:
    forked = SessionGenealogy(forked_from_session_id=SessionId("a"), fork_point_task_id=TaskId("t"))
    spawned = SessionGenealogy(parent_session_id=SessionId("p"))
    assert edge_to(SESSION) is None
    fork = edge_to(msgspec.structs.replace(SESSION, genealogy=forked))
    spawn = edge_to(msgspec.structs.replace(SESSION, genealogy=spawned))
    assert fork == Edge(kind=EdgeKind.FORK, source=SessionId("a"), target=SessionId("s"), task_id=TaskId("t"))
    assert spawn == Edge(kind=EdgeKind.SPAWN, source=SessionId("p"), target=SessionId("s"))
    assert msgspec.to_builtins(fork) == {"kind": "fork", "from": "a", "to": "s", "task_id": "t", "position": None}


def test_which_options_allow() -> None:
    kinds = ("allow_once", "allow_always", "reject_once", "reject_always", "else")
    assert [ApprovalOption(id="x", name="x", kind=kind).allows for kind in kinds] == [True, True, False, False, False]


def test_which_tasks_have_ended() -> None:
    task = Task(
        task_id=TaskId("t"), short_id="x", session_id=SessionId("s"), position=1, full_prompt="", created_at="t"
    )
    assert {status for status in TaskStatus if msgspec.structs.replace(task, status=status).ended} == ENDED


def test_a_fork_at_the_start_of_a_task_inherits_one_task_less() -> None:
    assert [last_inherited(point, 3) for point in ("end", "start", None)] == [3, 2, 3]


def test_a_commit_in_short_keeps_that_the_tree_was_dirty() -> None:
    assert [short_sha(sha) for sha in ("", "a4f2e91c0ffee", "a4f2e91c0ffee-dirty")] == ["", "a4f2e91", "a4f2e91-dirty"]
