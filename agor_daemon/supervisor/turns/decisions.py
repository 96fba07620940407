"""From a person's answer to one of the options that the agent offers, or to a grant that Agor keeps."""

from collections.abc import Mapping
from typing import NamedTuple

from agor_core.domain.approval import Approval, ApprovalOption, ApprovalStatus
from agor_core.domain.grants import can_grant
from agor_core.errors import InvalidInput

_KINDS: Mapping[str, tuple[str, ...]] = {
    "allow": ("allow_once",),
    "allowed": ("allow_once",),
    "deny": ("reject_once", "reject_always"),
    "denied": ("reject_once", "reject_always"),
    **{kind: (kind,) for kind in ("allow_once", "reject_once", "reject_always")},
}
"""The kinds that fit a word, best first. A word never means an option by its id: an agent chooses its ids freely."""
_ALWAYS = frozenset({"always", "allow_always"})
_ONCE = frozenset({"allow", "allowed", "allow_once"})
_REFUSALS = frozenset({"deny", "denied", "reject_once", "reject_always"})


class Choice(NamedTuple):
    """The option that the agent is told, None for a refusal without one; ``kept``: Agor keeps a grant."""

    option: ApprovalOption | None
    kept: bool = False


def choice_for(approval: Approval, decision: str) -> Choice:
    """The first option that fits ``allow`` (once only), ``deny`` or a kind, else the one with this id; or ``always``.

    ``always`` is the agent's option for it that writes nothing outside of the session. Where there is none, the agent
    is told to allow it once, and Agor keeps a grant. The option is None for a refusal if the agent offers none to
    refuse. Raises InvalidInput, which names the options, also for ``allow`` where the agent offers to allow for good
    only, and for ``always`` where several options say so.
    """
    given = decision.strip()
    word = given.lower()
    if word in _ALWAYS:
        return _always(approval)
    if word in _KINDS:
        for kind in _KINDS[word]:
            if (chosen := _first(approval, kind)) is not None:
                return Choice(chosen)
        if word in _REFUSALS:
            return Choice(None)
        if word in _ONCE and any(option.allows for option in approval.options):
            raise InvalidInput(
                "The agent offers to allow this for good only, not once: answer always (--always, or A in the app), "
                "or deny it.",
                place="decision",
            )
    elif (chosen := next((option for option in approval.options if option.id == given), None)) is not None:
        return Choice(chosen)
    raise InvalidInput(
        f"{decision!r} is no answer to this question; answer allow, always or deny, or one of: "
        f"{_named(approval.options)}.",
        place="decision",
    )


def status_of(option: ApprovalOption | None) -> ApprovalStatus:
    """The status of an approval with this choice."""
    return ApprovalStatus.ALLOWED if option is not None and option.allows else ApprovalStatus.DENIED


def _always(approval: Approval) -> Choice:
    lasting = [option for option in approval.options if option.kind == "allow_always"]
    inside = [option for option in lasting if option.writes is None]
    if len(inside) == 1:
        return Choice(inside[0])
    if len(inside) > 1:
        raise InvalidInput(
            f"The agent offers several ways to allow this from now on; choose one: {_named(inside)}.", place="decision"
        )
    once = _first(approval, "allow_once")
    if once is not None and can_grant(approval.tool):
        return Choice(once, kept=True)
    if lasting:
        raise InvalidInput(
            f"The agent offers this from now on only with a rule outside of the session; choose it by its id, if that "
            f"is meant: {_named(lasting)}.",
            place="decision",
        )
    raise InvalidInput("This cannot be allowed from now on; answer allow or deny.", place="decision")


def _first(approval: Approval, kind: str) -> ApprovalOption | None:
    return next((option for option in approval.options if option.kind == kind), None)


def _named(options: tuple[ApprovalOption, ...] | list[ApprovalOption]) -> str:
    return ", ".join(option.id for option in options)
