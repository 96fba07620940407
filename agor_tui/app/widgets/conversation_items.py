"""The items of a conversation in order: inherited tasks, messages, ends of tasks, pending approvals. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agor_core.domain.approval import Approval
from agor_core.domain.comment import Comment
from agor_core.domain.message import Message, Role
from agor_core.domain.task import Task, TaskStatus
from agor_tui.app.commands.command import key
from agor_tui.state import clean
from agor_tui.state.conversation import Conversation, Gap, first_index, gaps
from agor_tui.state.figures import counted
from agor_tui.state.titles import shown_title

USUAL_STOPS = (None, "end_turn", "cancelled")

KNOWS = {
    "native": "its agent remembers the above itself",
    "replayed": "its agent was given the above as a transcript",
    "digest": "its agent was given a summary of the above",
}
"""A note by the fork's fidelity: how its agent knows the inherited conversation."""


@dataclass(frozen=True, slots=True)
class ConversationItem:
    """An item: a message or a comment on one, an approval, a heading, a task's end, or a prompt without messages.

    An item with a ``gap`` stands for messages that were not read. ``task`` is the task that it belongs to, ``opened``
    whether it shows all lines, ``spaced`` whether a blank line is above it.
    """

    key: str
    task: Task | None = None
    message: Message | None = None
    approval: Approval | None = None
    comment: Comment | None = None
    heading: str = ""
    gap: Gap | None = None
    prompt: bool = False
    ending: bool = False
    inherited: bool = False
    opened: bool = False
    spaced: bool = True

    def draws_like(self, other: "ConversationItem") -> bool:
        """Whether both draw the same; messages are compared by identity, as comparing long ones is slow."""
        return (
            self.message is other.message
            and self.task is other.task
            and self.approval is other.approval
            and self.comment is other.comment
            and (self.heading, self.opened, self.spaced) == (other.heading, other.opened, other.spaced)
        )


def conversation_items(
    conversation: Conversation, approvals: Iterable[Approval], fidelity: str | None = None
) -> list[ConversationItem]:
    """All items of a conversation; that of a fork begins with its inherited tasks, and a note for its ``fidelity``."""
    said = [
        *_inherited(conversation, fidelity),
        *_commented(_own(conversation), conversation),
        *(ConversationItem(approval.approval_id, approval=approval) for approval in approvals),
    ]
    return [piece for piece in said if piece.message is None or not _says_nothing(piece.message)]


def end_reason(task: Task) -> str:
    """The reason why a task failed, was cancelled or ended early, on one line; else empty."""
    match task.status:
        case TaskStatus.FAILED:
            return clean.line(task.error) or "no reason is known"
        case TaskStatus.CANCELLED:
            return clean.line(task.error)
        case _ if task.ended and task.stop_reason not in USUAL_STOPS:
            return f"ended early: {clean.line(task.stop_reason).replace('_', ' ')}"
        case _:
            return ""


def _inherited(conversation: Conversation, fidelity: str | None) -> Iterator[ConversationItem]:
    source = None
    for task in conversation.inherited.tasks:
        if task.session_id != source:
            source = task.session_id
            title = shown_title(conversation.inherited.titles.get(source))
            yield ConversationItem(f"from-{source}", heading=f"inherited from {title}", inherited=True)
        messages = conversation.inherited_messages.get(task.task_id)
        if messages is None:
            yield ConversationItem(f"prompt-{task.task_id}", task, prompt=True, inherited=True)
        else:
            start = first_index(task)
            missing = {} if start is None else {gap.end: gap for gap in gaps(messages, start)}
            yield from _of_task(task, messages, missing, inherited=True)
    if source is not None:
        yield ConversationItem(
            "own", heading="here the fork begins" + (f"; {KNOWS[fidelity]}" if fidelity in KNOWS else "")
        )


def _own(conversation: Conversation) -> Iterator[ConversationItem]:
    by_task: dict[str, list[Message]] = {}
    for message in conversation.ordered_messages():
        by_task.setdefault(message.task_id, []).append(message)
    missing = {gap.end: gap for gap in gaps(conversation.ordered_messages())}
    tasks = conversation.ordered_tasks()
    begins = next((task.position for task in tasks if task.task_id in by_task), 0)
    for task in tasks:
        messages = by_task.pop(task.task_id, [])
        unread = not messages and first_index(task) is not None
        if messages or (task.position >= begins and not task.waiting and not unread):
            yield from _of_task(task, messages, missing)
    for messages in by_task.values():
        yield from (ConversationItem(message.message_id, message=message) for message in messages)


def _commented(items: Iterator[ConversationItem], conversation: Conversation) -> Iterator[ConversationItem]:
    """The items, with the comments on a message below it."""
    comments = conversation.comments_on()
    for item in items:
        yield item
        for comment in comments.get(item.key, ()) if item.message is not None else ():
            yield ConversationItem(comment.comment_id, item.task, comment=comment, spaced=False)


def _of_task(
    task: Task, messages: Sequence[Message], missing: Mapping[int, Gap], *, inherited: bool = False
) -> Iterator[ConversationItem]:
    """The items of a task; ``missing`` are the gaps by the index of the message after each."""
    before: Message | None = None
    if not any(message.role is Role.USER for message in messages) and (not messages or not messages[0].index):
        yield ConversationItem(f"prompt-{task.task_id}", task, prompt=True, inherited=inherited)
    for message in messages:
        if (gap := missing.get(message.index)) is not None:
            yield _unread(gap, inherited=inherited)
        spaced = before is None or not (before.role is Role.TOOL and message.role is Role.TOOL)
        yield ConversationItem(message.message_id, task, message, inherited=inherited, spaced=spaced)
        before = message if not _says_nothing(message) else before
    if end_reason(task) or task.status is TaskStatus.CANCELLED:
        yield ConversationItem(f"end-{task.task_id}", task, ending=True, inherited=inherited)


def _unread(gap: Gap, *, inherited: bool) -> ConversationItem:
    """The item that stands for the messages of a gap."""
    count = counted(gap.end - gap.start, "earlier message" if not gap.start else "message")
    return ConversationItem(
        f"gap-{gap.session_id}-{gap.start}-{gap.end}",
        heading=f"{count} not shown; {key('session.toggle', 'enter')} reads on",
        gap=gap,
        inherited=inherited,
    )


def _says_nothing(message: Message) -> bool:
    return message.tool is None and not message.text.strip()
