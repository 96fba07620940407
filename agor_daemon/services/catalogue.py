"""All services and actions by name; the routes dispatch on it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from agor_daemon.services.action import Action
from agor_daemon.services.actions import (
    SessionMethods,
    check_actions,
    landing_actions,
    repo_actions,
    review_actions,
    run_check,
    task_actions,
    trash_actions,
    worktree_actions,
)
from agor_daemon.services.agents import AgentService
from agor_daemon.services.approvals import ApprovalService
from agor_daemon.services.boards import BoardService
from agor_daemon.services.checks import CheckService
from agor_daemon.services.comments import CommentService
from agor_daemon.services.context import Context
from agor_daemon.services.contract import Service
from agor_daemon.services.idempotency import IdempotencyKeys
from agor_daemon.services.landings import LandingService
from agor_daemon.services.messages import MessageService
from agor_daemon.services.queue_actions import QueueActions
from agor_daemon.services.races import RaceService
from agor_daemon.services.repos import RepoService
from agor_daemon.services.reviews import Reviews
from agor_daemon.services.rights import Rights
from agor_daemon.services.sessions import SessionService
from agor_daemon.services.tasks import TaskService
from agor_daemon.services.trash import TrashService
from agor_daemon.services.worktrees import WorktreeService


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``services`` by name, ``actions`` by service and name, the idempotency ``keys``, and the ``rights`` of agents."""

    services: dict[str, Service]
    actions: Mapping[str, Mapping[str, Action]]
    keys: IdempotencyKeys
    rights: Rights

    def every_action(self) -> Iterator[Action]:
        """The actions of all services."""
        for actions in self.actions.values():
            yield from actions.values()

    def mount(self, service: Service) -> None:
        """Add a service under its name."""
        self.services[service.name] = service


def catalogue(context: Context, agents_may: Collection[str] = ()) -> Catalogue:
    """All services and their own actions; ``agents_may`` are rights that the config adds for agents."""
    tasks, repos, worktrees = TaskService(context), RepoService(context), WorktreeService(context)
    trash, landings = TrashService(context), LandingService(context)
    of_sessions, of_landings = landing_actions(landings)
    checks = CheckService(context)
    services: list[Service] = [
        SessionService(context),
        tasks,
        MessageService(context),
        BoardService(context),
        repos,
        worktrees,
        ApprovalService(context),
        CommentService(context),
        checks,
        RaceService(context),
        AgentService(context),
        trash,
        landings,
    ]
    return Catalogue(
        {service.name: service for service in services},
        {
            "sessions": {
                **SessionMethods(context, tasks).by_name(),
                **review_actions(Reviews(context)),
                **of_sessions,
                "check": run_check(checks),
            },
            "tasks": {**task_actions(tasks), **QueueActions(context).by_name()},
            "repos": repo_actions(repos),
            "worktrees": worktree_actions(worktrees),
            "trash": trash_actions(trash),
            "landings": of_landings,
            "checks": check_actions(checks),
        },
        IdempotencyKeys(context.store, context.clock),
        Rights(context.store, agents_may),
    )
