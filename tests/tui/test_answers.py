"""The answers to a question, with their keys: nothing is offered that says less than it grants."""

from msgspec.structs import replace

from agor_core.domain.approval import Approval, ApprovalOption
from agor_tui.app.widgets.approval_lines import answer_lines
from agor_tui.state.answers import answers
from tests.builders import app_records as make

CODEX = (
    ApprovalOption(id="allow_once", name="Yes, proceed", kind="allow_once"),
    ApprovalOption(id="session", name="Yes, for this session", kind="allow_always"),
    ApprovalOption(id="amend", name="Yes, for `make` \x1b[31mtoo", kind="allow_always", writes="writes a rule"),
    ApprovalOption(id="decline", name="No, continue", kind="reject_once"),
    ApprovalOption(id="cancel", name="No, and tell it", kind="reject_once"),
)


def asked(*options: ApprovalOption) -> Approval:
    return replace(make.approval(make.session()), options=options)


def lines(approval: Approval, room: int = 100) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in answer_lines(approval, room)]


def test_plain_options_stand_on_one_line() -> None:
    assert lines(make.approval(make.session())) == ["a allow once   A allow always   d deny"]


def test_each_option_has_a_key_its_name_and_what_it_writes() -> None:
    assert lines(asked(*CODEX)) == [
        "a 1 allow once     Yes, proceed",
        "A 2 allow always   Yes, for this session",
        "3   allow always   Yes, for `make` too; writes a rule",
        "d 4 deny           No, continue",
        "5   deny           No, and tell it",
    ]
    assert all(len(line) <= 40 for line in lines(asked(*CODEX), 40))


def test_what_would_be_written_outside_is_kept_by_agor_instead() -> None:
    outside = replace(CODEX[2], id="always")
    found = answers(asked(CODEX[0], outside, CODEX[3]))
    assert [way.keys for way in found] == [("a", "1"), ("A",), ("2",), ("d", "3")]
    assert found[1].name == "This command, in this session from now on, by Agor"


def test_of_several_lasting_options_none_has_the_letter() -> None:
    found = answers(asked(CODEX[1], replace(CODEX[1], id="other"), CODEX[0]))
    assert [way.keys for way in found] == [("1",), ("2",), ("a", "3"), ("d",)]
