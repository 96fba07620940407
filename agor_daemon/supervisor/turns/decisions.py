"""Which of the offered options a person's answer means."""

from agor_core.domain.approval import Approval, ApprovalOption, ApprovalStatus
from agor_core.errors import InvalidInput

_KINDS = {
    "allow": ("allow_once", "allow_always"),
    "allowed": ("allow_once", "allow_always"),
    "always": ("allow_always", "allow_once"),
    "deny": ("reject_once", "reject_always"),
    "denied": ("reject_once", "reject_always"),
}
_REFUSALS = frozenset({"deny", "denied", "reject_once", "reject_always"})


def option_for(approval: Approval, decision: str) -> ApprovalOption | None:
    """The option by its id, its kind or one of our words. None: a refusal, where the agent offers none to choose.

    Raises InvalidInput, which names what can be answered.
    """
    given = decision.strip()
    for option in approval.options:
        if option.id == given:
            return option
    for kind in _KINDS.get(given.lower(), (given.lower(),)):
        for option in approval.options:
            if option.kind == kind:
                return option
    if given.lower() in _REFUSALS:
        return None
    offered = ", ".join(option.id for option in approval.options)
    raise InvalidInput(
        f"{decision!r} is no answer to this question; answer allow, always or deny, or one of: {offered}.",
        place="decision",
    )


def status_of(option: ApprovalOption | None) -> ApprovalStatus:
    """What the choice makes of the approval."""
    return ApprovalStatus.ALLOWED if option is not None and option.allows else ApprovalStatus.DENIED
