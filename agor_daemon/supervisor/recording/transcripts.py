"""The transcript of a conversation for an agent that does not know it: whole, or as a digest."""

from collections.abc import Sequence
from dataclasses import dataclass

from agor_core.db.connections import Reader
from agor_core.domain.message import Message, Role
from agor_core.domain.session import Fidelity
from agor_core.domain.task import Task
from agor_core.domain.texts import cut
from agor_core.repositories import messages

MARK = "agor.history"
"""The key in ``_meta`` under which the demo agent finds the prompts."""
LONGEST_TOOL = 200
DIGEST_PROMPT, DIGEST_REPORT = 400, 800
"""Characters."""

_WHOLE = "This conversation goes on from another one. Here is what was said and done in it; do not do it again.\n"
_DIGEST = "This conversation goes on from a longer one. Here is a summary of it; do not do it again.\n"


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript; ``prompts`` are the user's prompts in it, in order."""

    text: str
    prompts: tuple[str, ...]
    fidelity: Fidelity

    def block(self) -> dict[str, object]:
        """As a content block of a prompt."""
        return {"type": "text", "text": self.text, "_meta": {MARK: list(self.prompts)}}


def of(r: Reader, before: Sequence[Task], limit: int) -> Transcript | None:
    """The transcript of tasks; a digest if the whole is longer than ``limit`` characters. None if none was started."""
    started = [task for task in before if task.started_at is not None]
    if not started:
        return None
    prompts = tuple(task.full_prompt for task in started)
    parts: list[str] = [_WHOLE]
    size = 0
    for number, task in enumerate(started, 1):
        part = _part(number, task, messages.of_task(r, task.task_id))
        size += len(part)
        if size > limit:
            return Transcript(_digest(started, limit), prompts, Fidelity.DIGEST)
        parts.append(part)
    return Transcript("\n".join(parts), prompts, Fidelity.REPLAYED)


def _part(number: int, task: Task, of_task: Sequence[Message]) -> str:
    lines = [f"## Task {number}", f"User: {task.full_prompt}"]
    for message in of_task:
        match message:
            case Message(role=Role.ASSISTANT, text=text) if text.strip():
                lines.append(f"Assistant: {text}")
            case Message(role=Role.TOOL, tool=tool) if tool is not None:
                places = f" ({', '.join(tool.locations[:10])})" if tool.locations else ""
                lines.append(f"Tool: {tool.title[:LONGEST_TOOL]}{places}: {tool.status}")
            case _:
                pass
    if task.error:
        lines.append(f"The task failed: {task.error}")
    return "\n".join(lines) + "\n"


def _digest(started: Sequence[Task], limit: int) -> str:
    """Prompts and reports, shortened; if that is still too long, only the latest tasks."""
    parts: list[str] = []
    room = limit - len(_DIGEST)
    for number, task in reversed(list(enumerate(started, 1))):
        part = _summary(number, task)
        room -= len(part) + 1
        if room < 0:
            parts.append(f"[{number} earlier tasks are left out]\n")
            break
        parts.append(part)
    return "\n".join([_DIGEST, *reversed(parts)])


def _summary(number: int, task: Task) -> str:
    lines = [f"## Task {number}", f"User: {cut(task.full_prompt, DIGEST_PROMPT)}"]
    if task.files:
        lines.append(f"Files changed: {', '.join(task.files[:20])}")
    if task.report:
        lines.append(f"Assistant: {cut(task.report, DIGEST_REPORT)}")
    if task.error:
        lines.append(f"The task failed: {cut(task.error, DIGEST_REPORT)}")
    return "\n".join(lines) + "\n"
