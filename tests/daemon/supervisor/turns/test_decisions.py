"""From an answer to an option: a word never grants more than it says, whatever the agent offers."""

import pytest
from msgspec.structs import replace

from agor_core.domain.approval import Approval, ApprovalOption, ApprovalStatus
from agor_core.domain.message import ToolCall
from agor_core.errors import InvalidInput
from agor_daemon.supervisor.turns.decisions import choice_for, status_of
from tests.builders.app_records import approval, session


def asked(*offered: tuple[str, str]) -> Approval:
    """A question with options of these ids and kinds."""
    options = tuple(ApprovalOption(id=identifier, name=identifier, kind=kind) for identifier, kind in offered)
    return replace(approval(session("A", status="awaiting_permission")), options=options)


def chosen(question: Approval, decision: str) -> str | None:
    option = choice_for(question, decision).option
    return None if option is None else option.id


USUAL = asked(("1", "allow_always"), ("2", "allow_once"), ("3", "reject_always"), ("4", "reject_once"))


@pytest.mark.parametrize(
    ("decision", "option"),
    [
        ("allow", "2"),
        ("Allowed", "2"),
        ("always", "1"),
        ("deny", "4"),
        (" denied ", "4"),
        ("allow_always", "1"),
        ("reject_always", "3"),
        ("3", "3"),
    ],
)
def test_each_word_has_its_option(decision: str, option: str) -> None:
    assert chosen(USUAL, decision) == option


@pytest.mark.parametrize("decision", ["allow", "allowed", "allow_once"])
def test_allow_never_allows_for_good(decision: str) -> None:
    question = asked(("all", "allow_always"), ("no", "reject_once"))
    with pytest.raises(InvalidInput, match="not once: answer always \\(--always"):
        choice_for(question, decision)
    assert chosen(question, "always") == "all"
    assert chosen(question, "all") == "all"


def test_always_is_kept_by_agor_where_the_agent_offers_no_more() -> None:
    choice = choice_for(asked(("yes", "allow_once")), "always")
    assert choice.option is not None
    assert (choice.option.id, choice.kept) == ("yes", True)
    assert not choice_for(USUAL, "always").kept


def test_always_never_means_an_option_that_writes_outside_of_the_session() -> None:
    question = asked(("rule", "allow_always"), ("yes", "allow_once"), ("no", "reject_once"))
    outside = replace(question.options[0], writes="writes a rule into the agent's home")
    question = replace(question, options=(outside, *question.options[1:]))
    choice = choice_for(question, "always")
    assert choice.option is not None
    assert (choice.option.id, choice.kept) == ("yes", True)
    assert chosen(question, "rule") == "rule"
    with pytest.raises(InvalidInput, match=r"outside of the session.*rule"):
        choice_for(replace(question, options=(outside,)), "always")


def test_of_several_ways_to_allow_for_good_none_is_guessed() -> None:
    question = asked(("auto", "allow_always"), ("edits", "allow_always"), ("yes", "allow_once"))
    with pytest.raises(InvalidInput, match=r"several ways.*auto, edits"):
        choice_for(question, "always")
    assert chosen(question, "edits") == "edits"


def test_what_no_later_call_could_be_told_by_is_not_granted() -> None:
    question = replace(asked(("yes", "allow_once")), tool=ToolCall(call_id="c", kind="execute"))
    with pytest.raises(InvalidInput, match="cannot be allowed from now on"):
        choice_for(question, "always")


def test_the_ids_of_options_do_not_change_what_a_word_means() -> None:
    twisted = asked(("deny", "allow_always"), ("allow", "reject_once"), ("reject_once", "allow_once"))
    assert chosen(twisted, "deny") == "allow"
    assert chosen(twisted, "reject_once") == "allow"
    assert chosen(twisted, "allow") == "reject_once"
    assert chosen(twisted, "always") == "deny"


def test_a_refusal_needs_no_option() -> None:
    assert choice_for(asked(("yes", "allow_once")), "deny").option is None
    assert status_of(None) is ApprovalStatus.DENIED


def test_where_nothing_can_be_allowed_the_options_are_named() -> None:
    with pytest.raises(InvalidInput, match="one of: no"):
        choice_for(asked(("no", "reject_once")), "allow")
