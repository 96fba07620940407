"""Who asked: said where it was an agent."""

from agor_tui.state.requesters import agent_who


def test_an_agent_is_named_by_its_session_and_a_person_not_at_all() -> None:
    name = "session:01a21e00-7886-7b40-9966-8093779e1549"
    assert agent_who("asked", name) == "asked by the agent of session 8093779e"
    assert agent_who("asked", "agent") == "asked by an agent"
    assert (agent_who("asked", "ada"), agent_who("asked", None)) == ("", "")
