"""The search of the app: as one types, narrowed, and to the message."""

from agor_tui.app.screens.search import SearchScreen
from agor_tui.app.screens.session import SessionScreen
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, running


async def test_an_answer_is_found_by_a_word_and_opened_where_it_was_said() -> None:
    SearchScreen.kept = ""
    session, other = make.session("Rate limit", agent="codex"), make.session("Other")
    task, elsewhere = make.task(session, 1), make.task(other, 1)
    said = [make.message(task, n, f"Line {n}") for n in range(700)]
    needle = make.message(task, 700, "The leaky bucket it is.")
    said += [needle, *(make.message(task, n, f"Line {n}") for n in range(701, 1400))]
    daemon = FakeDaemon(session, other, task, elsewhere, *said, make.message(elsewhere, 0, "A bucket of paint"))
    async with running(daemon, NARROW) as driven:
        await driven.press("ctrl+f")
        await driven.sees("narrowed by repo:")
        await driven.type("bucket")
        await driven.sees("2 hits")
        await driven.type(" agent:codex")
        await driven.sees("1 hit\n")
        assert "The leaky bucket it is." in driven.text
        await driven.press("enter")
        screen = driven.app.screen
        assert isinstance(screen, SessionScreen)
        await driven.until(lambda: screen.conversation_view.selected is not None
                           and screen.conversation_view.selected.message == needle)  # fmt: skip
        assert "The leaky bucket it is." in driven.text
        await driven.press("escape", "F")
        await driven.sees("bucket agent:codex")
        await driven.press("escape")
        await driven.sees("Rate limit")
