"""Errors carry their data and say it in one sentence."""

from agor_core.errors import AgentNotInstalled, AgorError, Ambiguous, GitFailed, InvalidInput, NotFound, Refused


def test_an_error_is_its_sentence() -> None:
    error = InvalidInput("status: no.", place="status")
    assert (str(error), error.message, error.place) == ("status: no.", "status: no.", "status")
    assert isinstance(error, AgorError)


def test_not_found_names_what_was_given() -> None:
    assert str(NotFound("session", "ab'cd")) == 'No session has the id "ab\'cd".'
    assert str(NotFound("board", "x", "There is no board x.")) == "There is no board x."


def test_ambiguous_lists_the_candidates_but_not_without_end() -> None:
    few = Ambiguous("session", "0190", [("a", "One"), ("b", "")])
    assert str(few) == "'0190' fits more than one session: a (One), b. Give more digits."
    many = Ambiguous("session", "0190", [(f"id{number}", "") for number in range(12)])
    assert "id9 and 2 more" in str(many)
    assert "id10" not in str(many)
    assert len(many.candidates) == 12


def test_the_rest_keep_their_data() -> None:
    assert "npm i x" in str(AgentNotInstalled("x", "npm i x"))
    assert str(AgentNotInstalled("x", "")).endswith("not installed; see agents.x.command in the config.")
    assert GitFailed("no", stderr="fatal").stderr == "fatal"
    assert Refused("no").authenticated
    assert not Refused("no", authenticated=False).authenticated
