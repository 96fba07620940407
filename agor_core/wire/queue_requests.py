"""Request bodies about the queue of a session."""

import msgspec
from msgspec import UNSET, UnsetType

from agor_core.wire.requests import PromptText


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /sessions/{id}/stop``: the queue is paused, or with ``queue`` dropped as well."""

    queue: bool = False


class EditPrompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks/{id}/edit``: another prompt for a task that is queued."""

    prompt: PromptText


class MoveTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks/{id}/move``: ``to`` is the place in the queue, from 1; beyond its end is last."""

    to: int


class SendNow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks/{id}/now``: into the running turn if the agent takes messages there.

    ``interrupt`` stops the running turn instead, and runs the task next.
    """

    interrupt: bool = False


class Retry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``POST /tasks/{id}/retry``: the same prompt again, or another ``prompt``, as the session's next task."""

    prompt: PromptText | None = None
    task_id: str | UnsetType = UNSET
