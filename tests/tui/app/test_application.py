"""What concerns the whole app: sizes, themes, keys, palette, notices, the daemon's going and coming, leaving."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.config.settings import AppSettings, Settings
from agor_core.domain.session import SessionStatus
from agor_tui.app.application import AgorApp
from agor_tui.app.controllers.registry import commands
from agor_tui.client.errors import NoDaemon
from agor_tui.state.changes import Changes
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, WIDE, Driven, HeldClock, running


@pytest.mark.parametrize("size", [(60, 14), (80, 12), (100, 5), (59, 40), (20, 5)])
async def test_a_window_that_is_too_small_says_so_instead_of_anything_else(size: tuple[int, int]) -> None:
    async with running(FakeDaemon(make.session("One")), NARROW) as driven:
        shows = {(): "One", ("n",): "taken along", ("escape", "question_mark"): "Keys", ("escape", "ctrl+p"): "One"}
        for keys, word in shows.items():
            await driven.press(*keys)
            await driven.sees(word)
            before = driven.text
            await driven.pilot.resize_terminal(*size)
            await driven.until(lambda: " ".join(driven.text.split()).startswith("Agor needs 60x15"))
            words = f"Agor needs 60x15 cells; this window has {size[0]}x{size[1]}."
            assert " ".join(driven.text.split()) == words
            await driven.pilot.resize_terminal(*NARROW)
            await driven.until(lambda before=before: driven.text == before)


async def test_resizing_changes_the_layout_and_back() -> None:
    async with running(FakeDaemon(make.session("One"), make.session("Two", status="running")), WIDE) as driven:
        assert "RUNNING 1" in driven.text
        await driven.pilot.resize_terminal(80, 24)
        await driven.misses("RUNNING 1")
        assert "Two" in driven.text
        await driven.pilot.resize_terminal(40, 10)
        await driven.sees("Agor needs 60x15")
        await driven.pilot.resize_terminal(200, 60)
        await driven.sees("RUNNING 1")
        assert "Agor needs" not in driven.text


@pytest.mark.parametrize("width", [60, 66, 73, 80, 99, 120, 160, 250])
async def test_the_footer_never_cuts_a_word(width: int) -> None:
    async with running(FakeDaemon(make.session("One", status="running")), (width, 20)) as driven:
        footer = driven.lines[-1].strip()
        labels = {command.label for command in commands()} | {"columns", "…"}
        words = [word.strip() for word in footer.split("  ") if word.strip()]
        assert all(any(word.endswith(label) for label in labels if label) for word in words), footer
        assert footer.startswith("enter open")


async def test_lost_and_found() -> None:
    daemon = FakeDaemon(make.session("One"))
    async with running(daemon) as driven:
        daemon.lose()
        await driven.sees("reconnecting…")
        daemon.come_back()
        await driven.misses("reconnecting…")
        daemon.change(make.session("Two"), "created")
        await driven.sees("Two")


async def test_a_resync_loads_afresh_and_forgets_what_is_gone() -> None:
    gone, stays = make.session("Gone"), make.session("Stays")
    daemon = FakeDaemon(gone, stays)
    async with running(daemon) as driven:
        await driven.sees("Gone")
        del daemon.store["sessions"][gone.session_id]
        daemon.put(make.session("Came meanwhile"))
        daemon.lose()
        daemon.come_back(resync=True)
        await driven.sees("Came meanwhile")
        assert "Gone" not in driven.text
        assert "Stays" in driven.text


async def test_no_daemon_at_the_start_is_said_at_the_end() -> None:
    def connect() -> FakeDaemon:
        raise NoDaemon("The port is taken.")

    app = AgorApp(Settings(), connect, FakeDaemon().frames, HeldClock())
    async with app.run_test() as pilot:
        await Driven(app, pilot, FakeDaemon()).until(lambda: app.last_words)
    app.link.close()
    assert app.last_words == "The port is taken."
    assert app.return_code == 4


async def test_help_shows_the_keys_and_filters_them() -> None:
    async with running(FakeDaemon(make.session())) as driven:
        await driven.press("question_mark")
        await driven.sees("Start a new session")
        await driven.type("archive")
        await driven.misses("Start a new session")
        assert "Archive the session" in driven.text
        await driven.press("escape")
        await driven.misses("Archive the session")
        await driven.press("f1")
        await driven.sees("Start a new session")


async def test_the_palette_has_every_command_with_its_key_and_runs_it() -> None:
    async with running(FakeDaemon(make.session("One"))) as driven:
        await driven.press("ctrl+p")
        await driven.sees("Start a new session")
        await driven.type("spawn a child")
        await driven.misses("Start a new session")
        await driven.press("enter")
        await driven.sees("Spawn from “One”")


async def test_the_palette_jumps_to_sessions() -> None:
    async with running(FakeDaemon(make.session("Alpha"), make.session("[Omega]"))) as driven:
        await driven.press("colon")
        await driven.sees(":")
        await driven.type("omega")
        await driven.sees("session ")
        await driven.press("enter")
        await driven.until(lambda: getattr(driven.app.screen, "session_id", None))
        await driven.sees("/ [Omega]")


async def test_the_palette_offers_what_is_merely_alike_only_where_nothing_holds_the_words() -> None:
    kids, other = make.session("A game for kids"), make.session("Make it dark")
    async with running(FakeDaemon(kids, other), (119, 40)) as driven:
        await driven.press("colon")
        await driven.until(lambda: driven.app.focused)
        await driven.type("kid")
        await driven.until(lambda: "   Make it dark  " not in driven.text and "   A game for kids  " in driven.text)
        await driven.press("backspace", "backspace", "backspace")
        await driven.type("mkdrk")
        await driven.until(lambda: "   Make it dark  " in driven.text and "   A game for kids  " not in driven.text)


@pytest.mark.parametrize(
    ("text", "lands"),
    [("board exper", "board"), ("session omega", "session"), ("board all", "all"), ("id", "session")],
)
async def test_the_jump_takes_a_noun_and_a_name_or_an_id(text: str, lands: str) -> None:
    board, session = make.board("experiments"), make.session("[Omega] experiments")
    alpha = make.session("Alpha", board_id=board.board_id)
    async with running(FakeDaemon(board, session, alpha), (119, 48)) as driven:
        if lands == "all":
            await driven.press("tab")
            await driven.misses("Omega")
        await driven.press("colon")
        await driven.until(lambda: driven.app.focused)
        await driven.type(f"session {session.short_id[:4]}" if text == "id" else text)
        noun = "session " if lands == "session" else "board"
        await driven.until(
            lambda: sum(noun in line for line in driven.lines[4:9]) >= 1 and "   Alpha  " not in driven.text
        )
        await driven.press("enter")
        match lands:
            case "session":
                await driven.until(lambda: getattr(driven.app.screen, "session_id", None) == session.session_id)
            case "board":
                await driven.until(lambda: getattr(driven.app.screen, "board_id", None) == board.board_id)
            case _:
                await driven.sees("Omega")


async def test_keys_wait_until_a_dialog_is_up() -> None:
    session = make.session("One")
    task = make.task(session, 1)
    async with running(FakeDaemon(session, task)) as driven:
        for keys in ("f", "enter"):
            driven.app.simulate_key(keys)
        await driven.asked("fork")
        assert not driven.daemon.asked("prompt")
        await driven.until(lambda: driven.app.keyboard.idle)
        for key in ("p", "x", "y", "enter", "N", "n", "a", "b", "enter"):
            driven.app.simulate_key(key)
        assert await driven.asked("prompt") == {"prompt": "xy"}
        body = await driven.asked("create")
        assert isinstance(body, dict)
        assert body["prompt"] == "ab"


async def test_keys_are_rebound_by_the_settings() -> None:
    settings = Settings(app=AppSettings(keys={"session.new": "N", "session.tree": "T"}))
    async with running(FakeDaemon(make.session("One")), settings=settings) as driven:
        assert "N new" in driven.lines[-1]
        await driven.press("n")
        assert "New session" not in driven.text
        await driven.press("N")
        await driven.sees("New session")


async def test_a_session_that_begins_to_need_you_rings_unless_it_is_open() -> None:
    one, two = make.session("One", status="running"), make.session("Two", status="running")
    daemon = FakeDaemon(one, two)
    async with running(daemon) as driven:
        bells: list[bool] = []
        driven.app.bell = lambda: bells.append(True)  # type: ignore[method-assign]
        driven.app.open_session(one.session_id)
        await driven.sees("/ One")
        daemon.change(replace(one, status=SessionStatus.AWAITING_PERMISSION))
        await driven.sees("needs you")
        assert not bells
        daemon.change(replace(two, status=SessionStatus.AWAITING_PERMISSION))
        await driven.until(lambda: bells)
        await driven.until(lambda: driven.toasts)


async def test_on_the_board_no_toast_hides_what_it_shows_anyway() -> None:
    one = make.session("One", status="running")
    daemon = FakeDaemon(one)
    async with running(daemon) as driven:
        bells: list[bool] = []
        driven.app.bell = lambda: bells.append(True)  # type: ignore[method-assign]
        daemon.change(replace(one, status=SessionStatus.AWAITING_PERMISSION))
        await driven.until(lambda: bells)
        assert not driven.toasts


async def test_ctrl_c_twice_leaves_and_once_says_so() -> None:
    async with running(FakeDaemon(make.session("One", status="running"))) as driven:
        await driven.press("ctrl+c")
        assert driven.toasts == ["q quits; ctrl+c once more does, too."]
        assert not driven.app.last_words
        await driven.press("ctrl+c")
        await driven.until(lambda: driven.app.last_words)


async def test_the_theme_turns_light_and_back() -> None:
    async with running(FakeDaemon()) as driven:
        assert driven.app.theme == "agor-dark"
        await driven.press("ctrl+t")
        assert driven.app.theme == "agor-light"
        await driven.press("ctrl+t")
        assert driven.app.theme == "agor-dark"


async def test_the_theme_that_was_chosen_is_kept_until_the_settings_name_another(tmp_path: Path) -> None:
    file = tmp_path / "theme.json"
    dark, light = "agor-dark", "agor-light"
    for configured, before, after in ((dark, dark, light), (dark, light, dark), ("nord", "nord", light)):
        daemon = FakeDaemon()
        settings = Settings(app=AppSettings(theme=configured))
        app = AgorApp(settings, daemon.connect, daemon.frames, HeldClock(), theme_file=file)
        async with app.run_test() as pilot:
            assert app.theme == before
            await Driven(app, pilot, daemon).press("ctrl+t")
            assert app.theme == after
        app.link.close()


@pytest.mark.parametrize("written", ["", "[]", '{"configured": "agor-dark", "chosen": 7}', "{"])
async def test_a_note_of_the_theme_that_is_damaged_is_no_reason_to_fail(tmp_path: Path, written: str) -> None:
    file = tmp_path / "theme.json"
    file.write_text(written, encoding="utf-8")
    app = AgorApp(Settings(), FakeDaemon().connect, FakeDaemon().frames, HeldClock(), theme_file=file)
    assert app.theme == "agor-dark"
    app.link.close()


async def test_a_theme_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    daemon = FakeDaemon()
    app = AgorApp(Settings(), daemon.connect, daemon.frames, HeldClock(), theme_file=tmp_path)
    async with app.run_test() as pilot:
        driven = Driven(app, pilot, daemon)
        await driven.press("ctrl+t")
        assert any("The theme is not kept" in toast for toast in driven.toasts)
    app.link.close()


@pytest.mark.parametrize("leader", [True, False])
async def test_it_is_only_suspended_where_a_shell_takes_over(monkeypatch: pytest.MonkeyPatch, leader: bool) -> None:
    monkeypatch.setattr("os.getpgrp", lambda: 7 if leader else 8)
    monkeypatch.setattr("os.getsid", lambda _: 7)
    suspended: list[bool] = []
    monkeypatch.setattr("textual.app.App.action_suspend_process", lambda _: suspended.append(True))
    async with running(FakeDaemon(make.session("One"))) as driven:
        await driven.press("ctrl+z")
        assert suspended == ([] if leader else [True])
        assert driven.toasts == (["There is no shell to go back to; q quits."] if leader else [])


async def test_everything_is_painted_again_after_a_suspension() -> None:
    async with running(FakeDaemon(make.session("One")), NARROW) as driven:
        await driven.pilot.pause(0.1)
        painted: list[object] = []
        display = driven.app._display

        def counting(screen: object, renderable: object) -> None:
            painted.append(renderable)
            display(screen, renderable)  # type: ignore[arg-type]

        driven.app._display = counting  # type: ignore[method-assign]
        driven.app.app_resume_signal.publish(driven.app)
        await driven.until(lambda: any(getattr(one, "region", None) == driven.app.screen.region for one in painted))


async def test_an_unknown_theme_is_no_reason_to_fail() -> None:
    async with running(FakeDaemon(), settings=Settings(app=AppSettings(theme="no-such"))) as driven:
        assert driven.app.theme == "agor-dark"


@pytest.mark.parametrize("theme", ["agor-light", "nord", "textual-light"])
async def test_other_themes_have_all_that_is_needed(theme: str) -> None:
    async with running(FakeDaemon(make.session("One")), settings=Settings(app=AppSettings(theme=theme))) as driven:
        assert "One" in driven.text


async def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeDaemon(make.session("One"))) as driven:
        assert driven.app.no_color
        assert "▌○ One" in driven.text


async def test_q_quits_without_asking_and_says_what_runs_on() -> None:
    daemon = FakeDaemon(*(make.session(f"R{i}", status="running") for i in range(2)),
                        make.session("W", status="awaiting_permission"))  # fmt: skip
    async with running(daemon, NARROW) as driven:
        await driven.press("q")
        await driven.until(lambda: driven.app.last_words)
    assert driven.app.last_words == "2 sessions run on and 1 waits for you in the daemon; come back with: agor"


async def test_nothing_is_painted_while_nothing_happens() -> None:
    async with running(FakeDaemon(make.session("One", status="running")), WIDE) as driven:
        await driven.pilot.pause(0.2)
        painted: list[object] = []
        display = driven.app._display

        def counting(screen: object, renderable: object) -> None:
            painted.append(renderable)
            display(screen, renderable)  # type: ignore[arg-type]

        driven.app._display = counting  # type: ignore[method-assign]
        driven.app._tick()
        await driven.pilot.pause(0.5)
        assert not [one for one in painted if one is not None]


@pytest.mark.parametrize("refused", [None, "Too late."])
async def test_an_answer_that_arrives_after_the_end_is_ignored(refused: str | None) -> None:
    daemon = FakeDaemon(make.session("One"))
    daemon.fails = refused
    async with running(daemon) as driven:
        told: list[object] = []
        driven.app._screen_stacks["_default"], kept = [], driven.app._screen_stacks["_default"]
        driven.app.link.call(lambda calls: calls.remove("sessions", "x") if refused else 1, told.append, told.append)
        await driven.app.busy.until(lambda: not driven.app.busy._works)
        driven.app.records_changed(Changes(asking=[kept[0].id or "none"]))  # type: ignore[list-item]
        driven.app._screen_stacks["_default"] = kept
        assert not told
