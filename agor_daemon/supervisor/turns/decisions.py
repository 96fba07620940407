"""From a person's answer to one of the options that the agent offers."""

from collections.abc import Mapping

from agor_core.domain.approval import Approval, ApprovalOption, ApprovalStatus
from agor_core.errors import InvalidInput

_KINDS: Mapping[str, tuple[str, ...]] = {
    "allow": ("allow_once",),
    "allowed": ("allow_once",),
    "always": ("allow_always", "allow_once"),
    "deny": ("reject_once", "reject_always"),
    "denied": ("reject_once", "reject_always"),
    **{kind: (kind,) for kind in ("allow_once", "allow_always", "reject_once", "reject_always")},
}
"""The kinds that fit a word, best first. A word never means an option by its id: an agent chooses its ids freely."""
_ONCE = frozenset({"allow", "allowed", "allow_once"})
_REFUSALS = frozenset({"deny", "denied", "reject_once", "reject_always"})


def option_for(approval: Approval, decision: str) -> ApprovalOption | None:
    """The first option that fits ``allow`` (once only), ``always``, ``deny`` or a kind, else the one with this id.

    None for a refusal if the agent offers no option to refuse. Raises InvalidInput, which names the options, also for
    ``allow`` where the agent offers to allow for good only.
    """
    given = decision.strip()
    word = given.lower()
    if word in _KINDS:
        for kind in _KINDS[word]:
            if (chosen := next((option for option in approval.options if option.kind == kind), None)) is not None:
                return chosen
        if word in _REFUSALS:
            return None
        if word in _ONCE and any(option.allows for option in approval.options):
            raise InvalidInput(
                "The agent offers to allow this for good only, not once: answer always (--always, or A in the app), "
                "or deny it.",
                place="decision",
            )
    elif (chosen := next((option for option in approval.options if option.id == given), None)) is not None:
        return chosen
    offered = ", ".join(option.id for option in approval.options)
    raise InvalidInput(
        f"{decision!r} is no answer to this question; answer allow, always or deny, or one of: {offered}.",
        place="decision",
    )


def status_of(option: ApprovalOption | None) -> ApprovalStatus:
    """The status of an approval with this choice."""
    return ApprovalStatus.ALLOWED if option is not None and option.allows else ApprovalStatus.DENIED
