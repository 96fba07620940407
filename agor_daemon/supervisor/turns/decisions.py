"""From a person's answer to one of the options that the agent offers."""

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
    """The option with this id or kind, or the first that fits ``allow``, ``always`` or ``deny``.

    None for a refusal if the agent offers no option to refuse. Raises InvalidInput, which names the options.
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
    """The status of an approval with this choice."""
    return ApprovalStatus.ALLOWED if option is not None and option.allows else ApprovalStatus.DENIED
