"""The open question before somebody's eyes: an answer is for this one, and only once it can have been read."""

from agor_core.domain.approval import Approval

SEEN_SECONDS = 0.4
"""How long a question must have been shown before a key answers it."""
HELD_SECONDS = 0.7
"""No answer follows a key that came less than this before: one that is held down repeats within it."""


class OpenQuestion:
    """Which question is shown, and since when; times are a monotonic clock's seconds."""

    def __init__(self) -> None:
        self.shown: Approval | None = None
        self.told = False
        """Whether it was said that a key for this question came too soon."""
        self._since = 0.0
        self._pressed = -HELD_SECONDS
        self._answered = False

    def show(self, question: Approval | None, now: float) -> None:
        """This one is shown now."""
        before = self.shown.approval_id if self.shown is not None else None
        if question is None or question.approval_id != before:
            self._since, self._answered, self.told = now, False, False
        self.shown = question

    def press(self, now: float) -> bool:
        """A key for an answer has come; whether it may count."""
        held = now - self._pressed < HELD_SECONDS
        self._pressed = now
        return not held and now - self._since >= SEEN_SECONDS

    @property
    def answered(self) -> bool:
        """Whether an answer to it is on its way."""
        return self._answered

    def answer(self, *, given: bool = True) -> None:
        """An answer is on its way, or was refused."""
        self._answered = given
