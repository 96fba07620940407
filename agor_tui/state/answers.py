"""The answers to a question: what each option of an agent does, which keys give it, and what a grant covers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from agor_core.domain.approval import Approval, ApprovalOption
from agor_core.domain.grants import BY_FILES, can_grant, files_of
from agor_core.domain.message import ToolCall
from agor_tui.state import clean
from agor_tui.state.questions import request_title

KINDS = {
    "allow_once": "once",
    "allow_always": "for good",
    "reject_once": "denies",
    "reject_always": "denies for good",
}
"""What an option of this kind does."""
WORDS = {
    "allow_once": "allow once",
    "allow_always": "allow always",
    "reject_once": "deny",
    "reject_always": "deny always",
}
"""The same in the words of the keys."""
PLAIN = frozenset({"", "yes", "no", "allow", "allow once", "always", "allow always", "always allow", "deny", "reject"})
"""Names of options that say no more than these words do."""
MOST_KEYS = 9
"""Options that have a number as their key."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the answers: its keys, what it does, the agent's name for it, and a warning."""

    keys: tuple[str, ...]
    does: str
    name: str
    warning: str = ""

    @property
    def plain(self) -> bool:
        """Whether one key and two words say all of it."""
        return len(self.keys) == 1 and not self.warning and self.name.casefold() in PLAIN


def answers(approval: Approval, keys: tuple[str, str, str] = ("a", "A", "d")) -> list[Answer]:
    """All ways to answer, in the agent's order; ``keys`` are those for once, from now on, and no.

    With up to three options, each of which has a key of its own, there are no numbers.
    """
    _, always, no = keys
    named, found = _named(approval, keys), []
    for number, option in enumerate(approval.options, 1):
        by_number = (str(number),) if numbered(approval) and number <= MOST_KEYS else ()
        own = (named[option],) if option in named else ()
        warning = f"{clean.line(option.writes)}" if option.writes else ""
        found.append(Answer((*own, *by_number), WORDS.get(option.kind, "deny"), clean.line(option.name), warning))
    if keeps(approval):
        found.insert(
            _after_allowing(approval),
            Answer((always,), WORDS["allow_always"], f"{grant_words(approval.tool)}, by Agor"),
        )
    if no not in named.values():
        found.append(Answer((no,), WORDS["reject_once"], ""))
    return found


def numbered(approval: Approval) -> bool:
    """Whether the agent's options have numbers as keys: letters are not enough for all of them."""
    return len(_named(approval, ("a", "A", "d"))) < len(approval.options)


def own_always(approval: Approval) -> ApprovalOption | None:
    """The agent's option that ``always`` stands for: the only lasting one that writes nothing outside."""
    inside = [one for one in approval.options if one.kind == "allow_always" and one.writes is None]
    return inside[0] if len(inside) == 1 else None


def keeps(approval: Approval) -> bool:
    """Whether ``always`` is kept by Agor, which tells the agent to allow it once."""
    inside = any(one.kind == "allow_always" and one.writes is None for one in approval.options)
    return not inside and _first(approval.options, "allow_once") is not None and can_grant(approval.tool)


def grant_words(tool: ToolCall) -> str:
    """What a grant for this call covers."""
    if tool.kind == "execute":
        return "This command, in this session from now on"
    if tool.kind in BY_FILES:
        count = len(files_of(tool))
        files = "this file" if count == 1 else f"these {count} files"
        verb = {"edit": "Edits of", "delete": "Deleting", "move": "Moving"}[tool.kind]
        return f"{verb} {files}, in this session from now on"
    return "This same call, in this session from now on"


def grant_title(approval: Approval) -> str:
    """What a grant is for, on one line: the request, and of a change its files."""
    tool = approval.tool
    files = ", ".join(sorted(map(clean.line, files_of(tool)))) if tool.kind in BY_FILES else ""
    return f"{request_title(tool)} ({files})" if files and files not in request_title(tool) else request_title(tool)


def _named(approval: Approval, keys: tuple[str, str, str]) -> dict[ApprovalOption, str]:
    """The options that have a letter as their key."""
    once, always, no = keys
    named = (
        (_first(approval.options, "allow_once"), once),
        (own_always(approval), always),
        (_first(approval.options, "reject_once", "reject_always"), no),
    )
    return {option: key for option, key in named if option is not None}


def _first(options: Sequence[ApprovalOption], *kinds: str) -> ApprovalOption | None:
    return next((one for kind in kinds for one in options if one.kind == kind), None)


def _after_allowing(approval: Approval) -> int:
    """The place after the options that allow it once."""
    last = [index for index, option in enumerate(approval.options) if option.kind == "allow_once"]
    return last[-1] + 1 if last else 0
