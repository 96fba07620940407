"""The open question in view: since when, and whether a key may answer it yet."""

from agor_core.domain.approval import Approval

SEEN_SECONDS = 0.4
"""How long a question must have been in view before a key answers it."""
HELD_SECONDS = 0.7
"""A key that follows another one sooner than this does not answer: a key that is held down repeats within it."""


class OpenQuestion:
    """Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self.shown: Approval | None = None
        self.told = False
        """Whether the user was told that a key for this question came too soon."""
        self._since = 0.0
        self._pressed = -HELD_SECONDS
        self._answered = False

    def show(self, question: Approval | None, now: float) -> None:
        """Note the question that is in view now; one with another id begins its time anew."""
        before = self.shown.approval_id if self.shown is not None else None
        if question is None or question.approval_id != before:
            self._since, self._answered, self.told = now, False, False
        self.shown = question

    def press(self, now: float) -> bool:
        """Note that a key for an answer came; return whether it may count."""
        held = now - self._pressed < HELD_SECONDS
        self._pressed = now
        return not held and now - self._since >= SEEN_SECONDS

    @property
    def answered(self) -> bool:
        """Whether an answer to it is in flight."""
        return self._answered

    def answer(self, *, given: bool = True) -> None:
        """Note that an answer is in flight, or with ``given=False`` that it was refused."""
        self._answered = given
