"""The forms: new session, fork, spawn; what they ask for and what they send."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.config.settings import AppSettings, SessionSettings, Settings
from agor_core.domain.beginning import Beginning
from agor_core.domain.session import SessionStatus
from agor_tui.app.dialogs.form import TextField
from agor_tui.app.widgets.choice import Choice
from agor_tui.app.widgets.prompt import Prompt
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, running


@pytest.mark.parametrize("key", ["n", "question_mark", "ctrl+p"])
async def test_keys_that_do_not_work_in_a_dialog_do_not_stand_below_it(key: str) -> None:
    session = make.session("One")
    async with running(FakeDaemon(session)) as driven:
        assert "n new" in driven.lines[-1]
        await driven.press(key)
        await driven.until(lambda: len(driven.app.screen_stack) == 2)
        await driven.misses("n new")
        driven.daemon.change(replace(session, status=SessionStatus.RUNNING))
        await driven.sees("1 running")
        assert not driven.lines[-1].strip()
        await driven.press("escape")
        await driven.sees("n new")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_new_session_takes_the_prompt_and_the_callers_folder(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(FakeDaemon(), size) as driven:
        await driven.press("n")
        await driven.sees("New session")
        await driven.sees("esc cancel")
        await driven.type("fix it")
        await driven.press("enter")
        assert await driven.asked("create") == {"agent": "demo", "cwd": str(tmp_path), "prompt": "fix it"}
        await driven.misses("New session")
        await driven.sees("fix it")


async def test_agents_that_are_not_installed_stand_last_with_a_hint() -> None:
    async with running(FakeDaemon()) as driven:
        await driven.press("n")
        await driven.sees("‹ demo ›")
        choice = driven.app.screen.query_one("#agent", Choice)
        choice.focus()
        await driven.press("right")
        await driven.sees("not installed: npm i -g claude-code-acp")
        assert choice.value == "claude-code"


async def test_the_settings_say_which_agent_and_whether_a_worktree() -> None:
    settings = Settings(app=AppSettings(), sessions=SessionSettings(agent="demo", worktree=False))
    async with running(FakeDaemon(), settings=settings) as driven:
        await driven.press("n")
        await driven.sees("the folder itself")
        await driven.press("enter")
        body = await driven.asked("create")
        assert body["worktree"] is False


async def test_up_goes_from_the_prompt_to_the_fields_above() -> None:
    async with running(FakeDaemon()) as driven:
        await driven.press("n", "up")
        await driven.type("My title")
        driven.app.screen.query_one("#where", Choice).focus()
        await driven.press("right", "enter")
        body = await driven.asked("create")
        assert body["title"] == "My title"
        assert body["worktree"] is False


async def test_the_form_says_where_a_worktree_begins_and_takes_changes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    daemon = FakeDaemon()
    daemon.beginning = Beginning(
        folder="", repo="/r", label="main", sha="a" * 40, subject="First", upstream="origin/main", behind=2,
        uncommitted=("new.txt",), uncommitted_count=1, takeable=True,
    )  # fmt: skip
    async with running(daemon) as driven:
        await driven.press("n")
        await driven.sees("git, main aaaaaaa First, 2 behind origin/main")
        await driven.sees("leave them there ›  1 file: new.txt")
        for name in ("#upstream", "#uncommitted"):
            driven.app.screen.query_one(name, Choice).focus()
            await driven.press("right")
        await driven.press("enter")
        body = await driven.asked("create")
        assert (body["fetch"], body["uncommitted"], "base" in body) == (True, True, False)


async def test_escape_leaves_without_a_call() -> None:
    async with running(FakeDaemon(make.session())) as driven:
        for key in ("n", "f", "s", "p"):
            await driven.press(key)
            await driven.sees("esc cancel")
            await driven.press("escape")
            await driven.misses("esc cancel")
        assert not driven.daemon.ledger


async def test_a_fork_takes_the_last_ended_task_unless_told() -> None:
    session = make.session("Source", tasks=3)
    tasks = [make.task(session, 1), make.task(session, 2), make.task(session, 3, status="running")]
    async with running(FakeDaemon(session, *tasks)) as driven:
        await driven.press("f")
        await driven.sees("the files as they were after task 2; what was said")
        await driven.press("up", "up", "up", "up")
        await driven.press("up")
        await driven.sees("the files as they were after task 1; what was said")
        await driven.press("enter")
        assert await driven.asked("fork") == {"at": tasks[0].task_id, "point": "end"}


async def test_a_fork_at_a_task_that_runs_begins_at_its_start() -> None:
    session = make.session("Source", tasks=2)
    tasks = [make.task(session, 1), make.task(session, 2, status="running")]
    async with running(FakeDaemon(session, *tasks)) as driven:
        await driven.press("f")
        await driven.sees("after task 1")
        driven.app.screen.query_one("#tasks").focus()
        await driven.press("j")
        await driven.sees("before task 2")
        await driven.press("enter")
        assert await driven.asked("fork") == {"at": tasks[1].task_id, "point": "start"}


async def test_a_fork_to_another_agent_in_the_same_directory() -> None:
    session = make.session("Source", tasks=1)
    async with running(FakeDaemon(session, make.task(session, 1))) as driven:
        await driven.press("f")
        await driven.sees("after task 1")
        await driven.type("other way")
        await driven.press("up", "up", "right", "up", "right")
        await driven.sees("the files as they are now; what was said in task 1, as a")
        await driven.press("enter")
        body = await driven.asked("fork")
        assert body["agent"] == "claude-code"
        assert body["same_directory"] is True
        assert body["prompt"] == "other way"


async def test_nothing_to_fork_is_said() -> None:
    async with running(FakeDaemon(make.session("New", tasks=0))) as driven:
        await driven.press("f")
        await driven.until(lambda: any("nothing to fork" in toast for toast in driven.toasts))


async def test_a_spawn_is_sent_and_shown() -> None:
    session = make.session("Parent")
    async with running(FakeDaemon(session)) as driven:
        await driven.press("s")
        await driven.sees("Spawn from “Parent”")
        await driven.type("write tests")
        await driven.press("enter")
        assert await driven.asked("spawn") == {"agent": "demo", "prompt": "write tests"}
        await driven.sees("A spawn of Parent")


async def test_what_the_daemon_refuses_is_said_in_the_dialog_and_nothing_typed_is_lost() -> None:
    daemon = FakeDaemon(make.session("Source"))
    daemon.fails = "The [repo] has no commits yet."
    async with running(daemon) as driven:
        await driven.press("n")
        await driven.type("x y")
        await driven.press("enter")
        await driven.sees("The [repo] has no commits yet.")
        assert not driven.toasts
        assert driven.app.screen.query_one("#prompt", Prompt).text == "x y"
        daemon.fails = None
        await driven.press("enter")
        await driven.misses("New session")
        await driven.sees("x y")


async def test_a_refusal_longer_than_a_line_is_shown_whole() -> None:
    daemon = FakeDaemon(make.session("Source"))
    daemon.fails = "word " * 40 + "end."
    async with running(daemon, NARROW) as driven:
        await driven.press("p")
        await driven.type("x")
        await driven.press("enter")
        await driven.sees("end.")
        assert "esc cancel" in driven.text


async def test_keys_typed_while_the_daemon_refuses_are_dropped() -> None:
    daemon = FakeDaemon(make.session("Source"))
    daemon.fails = "No."
    async with running(daemon) as driven:
        await driven.press("p")
        await driven.type("x")
        driven.app.simulate_key("enter")
        driven.app.simulate_key("q")
        await driven.sees("No.")
        assert driven.app.screen.query_one("#prompt", Prompt).text == "x"
        assert not driven.app.last_words


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_folder_is_described_before_a_session_starts_in_it(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git = tmp_path / "project" / ".git"
    git.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    (tmp_path / "project" / "src").mkdir()
    async with running(FakeDaemon(), size) as driven:
        await driven.press("n")
        await driven.sees("outside git")
        folder = driven.app.screen.query_one("#directory", TextField)
        folder.value = "project/src"
        await driven.sees("git, main; begins at the last commit, uncommitted changes")
        driven.app.screen.query_one("#where", Choice).focus()
        await driven.press("right")
        await driven.sees("works on your own files")
        for nowhere in ("project/nowhere", "~nobody-of-this-name/x"):
            folder.value = nowhere
            await driven.sees("there is no such folder")


async def test_agents_with_counts_make_a_race() -> None:
    async with running(FakeDaemon(make.session("One"))) as driven:
        await driven.press("n")
        await driven.sees("New session")
        await driven.type("fix it")
        await driven.misses("judges each attempt")
        driven.app.screen.query_one("#agent", Choice).focus()
        await driven.press("left", "tab")
        await driven.sees("several: a race")
        await driven.type("demo 2, nosuch")
        await driven.press("enter")
        await driven.sees("There is no agent 'nosuch'")
        await driven.press(*["backspace"] * len(", nosuch"), "tab")
        await driven.type("make test")
        await driven.press("enter")
        body = await driven.asked("race")
        assert (body["agents"], body["prompt"], body["check"]) == (("demo", "demo"), "fix it", "make test")
        await driven.misses("New session")
