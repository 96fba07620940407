"""What two sessions have in common: the tasks that both have in their past, by forks."""

from agor_core.db.connections import Reader
from agor_core.domain.session import Session
from agor_core.repositories import genealogy, tasks
from agor_daemon.supervisor.workspaces import points
from agor_daemon.supervisor.workspaces.points import Point, PointName


def common(r: Reader, one: Session, other: Session) -> Point | None:
    """The end of the last task that both have in their past; None if they share none, or its files were not kept."""
    if one.genealogy.forked_from_session_id is None and other.genealogy.forked_from_session_id is None:
        return None
    lines = [(*genealogy.inheritance(r, it).tasks, *tasks.of_session(r, it.session_id)) for it in (one, other)]
    shared = [mine for mine, theirs in zip(*lines, strict=False) if mine.task_id == theirs.task_id]
    if not shared or shared[-1].git_state.checkpoint_end is None:
        return None
    last = shared[-1]
    return points.find(points.known(r, last.session_id), PointName("task", last.task_id))
