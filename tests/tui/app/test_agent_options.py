"""Mode, model and effort of a session: its own keys, the forms, and the first line."""

from msgspec.structs import replace

from agor_core.domain.agent import AgentChoice, AgentInfo, AgentOption
from agor_tui.app.widgets.choice import Choice
from tests.builders import app_records as make
from tests.fakes.app_daemon import FakeDaemon
from tests.fakes.app_driver import NARROW, running


def values(*names: str) -> tuple[AgentChoice, ...]:
    return tuple(AgentChoice(id=name, name=name.title()) for name in names)


AGENT = AgentInfo(
    name="demo",
    title="Demo",
    installed=True,
    modes=values("ask", "plan"),
    models=values("small", "big"),
    options=(AgentOption(id="effort", name="Effort", category="thought_level", values=values("low", "high")),),
)


async def test_the_keys_of_a_session_change_what_its_agent_offers() -> None:
    session = replace(make.session("One"), mode="ask", model="small", options={"effort": "low"})
    async with running(FakeDaemon(session, agents=(AGENT,)), NARROW) as driven:
        await driven.press("enter")
        await driven.sees("small · ask · low")
        await driven.press("M")
        await driven.sees("‹ Small ›")
        await driven.press("enter")
        await driven.sees("Nothing is changed")
        await driven.press("right", "enter")
        assert await driven.asked("patch") == {"model": "big"}
        await driven.sees("big · ask · low")
        await driven.press("E", "right")
        await driven.sees("‹ High ›")
        await driven.press("enter")
        await driven.until(lambda: driven.daemon.asked("patch")[-1][2] == {"options": {"effort": "high"}})


async def test_the_form_of_a_new_session_offers_what_the_agent_does() -> None:
    async with running(FakeDaemon(agents=(AGENT, replace(AGENT, name="other", modes=()))), NARROW) as driven:
        await driven.press("n")
        await driven.sees("‹ the agent's own ›")
        screen = driven.app.screen
        screen.query_one("#effort", Choice).choose("high")
        screen.query_one("#mode", Choice).choose("plan")
        await driven.type("go")
        await driven.press("enter")
        asked = await driven.asked("create")
        assert (asked["mode"], asked["options"]) == ("plan", {"effort": "high"})
        assert "model" not in asked


async def test_a_choice_that_the_agent_does_not_have_is_not_sent() -> None:
    async with running(FakeDaemon(agents=(AGENT, replace(AGENT, name="other", modes=()))), NARROW) as driven:
        await driven.press("n")
        await driven.sees("New session")
        screen = driven.app.screen
        screen.query_one("#mode", Choice).choose("plan")
        screen.query_one("#agent", Choice).choose("other")
        await driven.until(lambda: not screen.query_one("#mode").parent.display)
        await driven.type("go")
        await driven.press("enter")
        assert "mode" not in await driven.asked("create")
