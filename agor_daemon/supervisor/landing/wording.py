"""The message that is suggested for a landing: the session's title, and what it was asked to do."""

import textwrap
import unicodedata
from collections.abc import Sequence

from agor_core.domain.landing import BRING_IN, MEND
from agor_core.domain.session import Session
from agor_core.domain.task import Task
from agor_core.domain.texts import cut

SUBJECT = 72
WIDTH = 72
LONGEST_PROMPT = 600
MOST_PROMPTS = 20


def suggested(session: Session, tasks: Sequence[Task]) -> str:
    """A subject, and below it the prompts if they say more."""
    begun = (_plain(task.full_prompt) for task in tasks if task.started_at is not None)
    prompts = [prompt for prompt in begun if prompt and not prompt.startswith((BRING_IN, MEND))]
    subject = cut(" ".join(_plain(session.title or (prompts[0] if prompts else "")).split()), SUBJECT)
    subject = subject or f"Work of session {session.short_id}"
    body = _body([prompt for prompt in prompts if " ".join(prompt.split()) != subject])
    return f"{subject}\n\n{body}\n" if body else f"{subject}\n"


def reverting(subject: str, commit: str) -> str:
    """The message of a commit that takes a landing back."""
    return f'Revert "{cut(subject, SUBJECT - 9)}"\n\nThis takes back {commit}.\n'


def _body(prompts: Sequence[str]) -> str:
    if len(prompts) == 1:
        return _wrapped(prompts[0])
    shown = [_wrapped(prompt, "- ", "  ") for prompt in prompts[:MOST_PROMPTS]]
    more = len(prompts) - len(shown)
    return "\n".join([*shown, *([f"- and {more} more"] if more else [])])


def _wrapped(prompt: str, first: str = "", rest: str = "") -> str:
    """A prompt in lines; one that begins like a comment would be left out by git's clean-up, and is quoted."""
    lines = [line.strip() for line in cut(prompt, LONGEST_PROMPT).splitlines()]
    found: list[str] = []
    for line in lines:
        indent = rest if found else first
        found += textwrap.wrap(line, WIDTH, initial_indent=indent, subsequent_indent=rest) or [""]
    return "\n".join(f" {line}" if line.startswith("#") else line.rstrip() for line in found).strip("\n")


def _plain(text: str) -> str:
    """Foreign text without control characters but line breaks."""
    kept = (c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") else " " for c in text)
    return "".join(kept).strip()
