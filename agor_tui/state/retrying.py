"""Where a prompt is run again: in place where its task changed nothing, else in a fork at its start. Pure."""

from agor_core.domain.task import Task


def changed_files(task: Task) -> bool:
    """Whether a task changed files or made commits."""
    state = task.git_state
    differs = state.checkpoint_start != state.checkpoint_end and state.checkpoint_end is not None
    return bool(task.files or state.commits) or differs
