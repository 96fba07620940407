"""Commands of a task, a diff, a genealogy, and movement: what is copied and opened, and when it is not available."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from agor_tui.app.controllers import (
    diff_navigation,
    genealogy_navigation,
    movement,
    session_commands,
    session_folder,
    task_commands,
)
from agor_tui.app.widgets.conversation_items import ConversationItem
from agor_tui.state import patch
from agor_tui.state.diffed import Diffed
from tests.builders import app_records as make
from tests.fakes.controller_host import LedgerHost, PlainSubject

SESSION = make.session("One")
TASK = make.task(SESSION, 2, full_prompt="Sketch it")
FAILED = make.task(SESSION, 3, status="failed", error="no space left")
DIFF = """diff --git a/one.py b/one.py
--- a/one.py
+++ b/one.py
@@ -1 +1 @@
-a
+b
diff --git a/two.py b/two.py
--- a/two.py
+++ b/two.py
@@ -1 +1 @@
-c
+d
"""


def selected(item: ConversationItem | None = None, task=TASK):
    return SimpleNamespace(last_known=SESSION, task=task, timeline_task=task, item=item)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (None, "Sketch it"),
        (ConversationItem("m", message=make.message(TASK, 0, "Use a bucket")), "Use a bucket"),
        (ConversationItem("m", message=make.message(TASK, 0, "", "tool", tool=make.tool("a", output="x"))), "x"),
        (ConversationItem("m", message=make.message(TASK, 0, "", "tool", tool=make.tool("a.py", output=""))), "a.py"),
        (ConversationItem("e", task=FAILED, ending=True), "no space left"),
        (ConversationItem("h", heading="inherited"), "Sketch it"),
    ],
)
def test_what_is_selected_is_copied(item: ConversationItem | None, text: str) -> None:
    host = LedgerHost()
    task_commands.TaskCommands(host, selected(item)).run(task_commands.COPY)
    ((action, copied, _),) = host.ledger
    assert (action, copied) == ("copy", text)


def test_the_diff_of_the_selected_task_opens() -> None:
    host = LedgerHost()
    task_commands.TaskCommands(host, selected()).run(task_commands.DIFF)
    assert host.ledger == [("show_diff", Diffed.of_task(SESSION, TASK))]


@pytest.mark.parametrize("command", task_commands.TaskCommands.COMMANDS)
def test_without_a_task_there_is_nothing_to_view_or_copy(command) -> None:
    host = LedgerHost()
    assert task_commands.TaskCommands(host, selected(task=None)).run(command) == task_commands.NO_TASK
    assert not host.ledger


@pytest.mark.parametrize(("here", "what"), [(None, "all files"), (1, "two.py")])
def test_the_diff_of_the_file_in_view_is_copied_or_all_of_it(here: int | None, what: str) -> None:
    host, read = LedgerHost(), patch.read(DIFF)
    view = SimpleNamespace(
        patch=read, current_file=here, move_to_file=lambda step: None, move_to_hunk=lambda step: None
    )
    diff_navigation.DiffNavigation(host, view, lambda: None, lambda: None, lambda: None).run(diff_navigation.COPY)
    ((_, text, said),) = host.ledger
    assert said == f"the diff of {what}"
    assert text == (DIFF if here is None else DIFF[DIFF.index("diff --git a/two") :])


def test_before_a_diff_is_read_it_can_only_be_read_again_or_left() -> None:
    host, read = LedgerHost(), []
    view = SimpleNamespace(
        patch=None, current_file=None, move_to_file=lambda step: None, move_to_hunk=lambda step: None
    )
    controller = diff_navigation.DiffNavigation(host, view, lambda: read.append(1), lambda: None, lambda: None)
    available = {command for command in controller.commands if controller.offered(command) is None}
    assert available == {diff_navigation.REFRESH, diff_navigation.BACK}
    controller.run(diff_navigation.REFRESH)
    controller.run(diff_navigation.BACK)
    assert read
    assert host.ledger == [("pop_screen",)]


def test_a_session_of_the_genealogy_opens_in_its_place() -> None:
    host = LedgerHost()
    controller = genealogy_navigation.GenealogyNavigation(host, PlainSubject(SESSION), lambda: None)
    controller.run(genealogy_navigation.OPEN)
    assert host.ledger == [("pop_screen",), ("open_session", SESSION.session_id)]
    empty = genealogy_navigation.GenealogyNavigation(host, PlainSubject(), lambda: None)
    assert empty.run(genealogy_navigation.OPEN) == "No session is selected."


def test_movement_moves_what_has_the_keys_at_that_moment() -> None:
    moves: list[tuple[str, str, int]] = []

    def target(name: str):
        return SimpleNamespace(
            **{kind: lambda step, kind=kind: moves.append((name, kind, step)) for kind in ("move", "page", "edge")}
        )

    has_keys = [target("list")]
    controller = movement.Movement(lambda: has_keys[0])
    for command in (movement.DOWN, movement.UP, movement.BOTTOM):
        controller.run(command)
    has_keys[0] = target("text")
    for command in (movement.TOP, movement.PAGE_DOWN, movement.PAGE_UP):
        controller.run(command)
    assert moves == [
        ("list", "move", 1),
        ("list", "move", -1),
        ("list", "edge", 1),
        ("text", "edge", -1),
        ("text", "page", 1),
        ("text", "page", -1),
    ]


def test_a_screen_may_leave_commands_out() -> None:
    left_out = {session_commands.NEW, session_commands.TREE}
    controller = session_commands.SessionCommands(LedgerHost(), SimpleNamespace(), PlainSubject(), without=left_out)
    assert set(controller.commands) == set(session_commands.SessionCommands.COMMANDS) - left_out


def test_what_the_session_changed_and_programs_in_its_folder() -> None:
    host, back = LedgerHost(), []
    controller = session_folder.SessionFolder(host, PlainSubject(SESSION), back.append)
    for command in session_folder.SessionFolder.COMMANDS:
        assert controller.run(command) is None
    assert host.ledger == [
        ("show_diff", Diffed(SESSION)),
        ("lend_terminal", SESSION, "shell"),
        ("lend_terminal", SESSION, "editor"),
        ("copy", "/project", "the path /project"),
    ]
    assert back == [SESSION, SESSION]
    other = make.session("Two")
    session_folder.SessionFolder(host, PlainSubject(SESSION), back.append, lambda: [SESSION, other]).show_changes()
    assert host.ledger[-1] == ("show_diff", Diffed(other, f"{SESSION.short_id}@now"))


def test_a_session_without_a_worktree_or_git_has_nothing_to_compare() -> None:
    place = SESSION.repo
    due = replace(SESSION, repo=replace(place, managed_worktree=True))
    outside = replace(SESSION, repo=replace(place, repo_id=None))
    for session, command, reason in (
        (due, session_folder.SHELL, session_folder.NO_WORKTREE),
        (due, session_folder.CHANGES, session_folder.NO_WORKTREE),
        (outside, session_folder.CHANGES, session_folder.OUTSIDE),
        (outside, session_folder.SHELL, None),
        (None, session_folder.COPY_PATH, "No session is selected."),
    ):
        subject = PlainSubject(*([session] if session is not None else []))
        assert session_folder.SessionFolder(LedgerHost(), subject, id).run(command) == reason


def test_the_title_of_a_diff_says_from_where_to_where() -> None:
    git = replace(SESSION.git_state, base_sha="a4f2e91" * 5, target="main")
    session = replace(SESSION, git_state=git)
    titles = [
        Diffed(session, start, end).title
        for start, end in (("base", "now"), ("fork", "now"), ("task:2", "task:3:start"), ("51ac09fe@now", "now"))
    ]
    assert titles == [
        ("changes since ", "main@a4f2e91"),
        ("changes since ", "the fork"),
        ("changes from ", "task 2 to the start of task 3"),
        ("compared with ", "51ac09fe as it is now"),
    ]
    assert Diffed.of_task(session, TASK).title == ("task 2 ", "Sketch it")
