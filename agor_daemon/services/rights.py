"""What an agent may ask of the daemon.

Everyone may read. An agent may besides spawn children, prompt those, and check and report on itself and them. To
comment on the work of any session is to report, too; so is to change one's own comments, and to resolve those on one's
own work.
``[agents] may`` in the config adds rights. What has no rule here is for people, and for agents that may do everything.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agor_core.config.settings import ALWAYS_MAY, EVERYTHING, OTHERS
from agor_core.db.connections import Reader
from agor_core.db.store import Store
from agor_core.domain.comment import Comment
from agor_core.errors import Refused
from agor_core.ids import SessionId, short_id
from agor_core.repositories import approvals, checks, comments, sessions, tasks
from agor_daemon.access.requester import REQUESTER, Requester


class Scope(StrEnum):
    """The sessions that a right is for, in words that end the sentence of a refusal."""

    CHILDREN = "sessions that it spawned"
    OWN = "itself and sessions that it spawned"
    ALL = "all sessions"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """The right that a call needs, a verb phrase for it, and the sessions that it is for."""

    right: str
    phrase: str
    scope: Scope = Scope.NONE


_CHANGE = Rule("change", "change", Scope.OWN)
_REPORT = Rule("report", "change the title, description and concepts of", Scope.OWN)
_ABOUT_TASKS = Rule("report", "describe tasks of", Scope.OWN)
_PROMPT = Rule("prompt", "prompt", Scope.CHILDREN)
_OWN_COMMENTS = Rule("report", "change or remove comments of", Scope.OWN)
_RESOLVE = Rule("report", "resolve comments on", Scope.OWN)
_CHECK = Rule("report", "check", Scope.OWN)
REPORTED = frozenset({"title", "description", "concepts"})
"""The fields of a session by which an agent reports."""

RULES: Mapping[tuple[str, str], Rule] = {
    ("sessions", "spawn"): Rule("spawn", "spawn children of", Scope.OWN),
    ("sessions", "prompt"): _PROMPT,
    ("tasks", "create"): _PROMPT,
    ("tasks", "update"): _ABOUT_TASKS,
    ("tasks", "patch"): _ABOUT_TASKS,
    ("tasks", "restore"): Rule("change", "restore files of", Scope.OWN),
    ("sessions", "graft"): Rule("change", "graft files into", Scope.OWN),
    ("sessions", "stop"): Rule("stop", "stop", Scope.CHILDREN),
    ("sessions", "fork"): Rule("fork", "fork", Scope.OWN),
    ("sessions", "create"): Rule("create", "create sessions"),
    ("sessions", "update"): _CHANGE,
    ("sessions", "patch"): _CHANGE,
    ("sessions", "complete"): _CHANGE,
    ("sessions", "patch_many"): Rule("change", "change", Scope.ALL),
    ("sessions", "remove"): Rule("remove", "archive or remove", Scope.CHILDREN),
    ("sessions", "remove_many"): Rule("remove", "remove", Scope.ALL),
    ("repos", "move"): Rule("change", "say where repos are"),
    ("repos", "gc"): Rule("remove", "let go of checkpoints"),
    ("worktrees", "move"): Rule("change", "say where worktrees are"),
    ("worktrees", "release"): Rule("remove", "let go of worktrees"),
    ("comments", "create"): Rule("report", "comment on sessions"),
    ("comments", "patch"): _OWN_COMMENTS,
    ("comments", "update"): _OWN_COMMENTS,
    ("comments", "remove"): _OWN_COMMENTS,
    ("sessions", "send"): Rule("prompt", "send comments to", Scope.CHILDREN),
    ("sessions", "check"): _CHECK,
    ("checks", "create"): _CHECK,
    ("checks", "patch"): _CHECK,
    ("checks", "stop"): _CHECK,
    ("approvals", "patch"): Rule("answer", "answer questions of", Scope.CHILDREN),
    **{
        (service, call): Rule(right, f"{right} {service}")
        for service in ("boards", "repos", "worktrees")
        for call, right in (("create", "create"), ("update", "change"), ("patch", "change"), ("remove", "remove"))
    },
}
"""By service and call or action."""


class Rights:
    """``may`` are the rights that the config adds for agents."""

    def __init__(self, store: Store, may: Collection[str]) -> None:
        self._store = store
        self.may = frozenset({*ALWAYS_MAY, *may})

    async def check(self, service: str, call: str, reference: str | None, body: Any) -> None:
        """Raises Refused if an agent asks and may not; NotFound and Ambiguous for an id that names no session."""
        requester = REQUESTER.get()
        if not requester.agent or EVERYTHING in self.may:
            return
        rule = _rule(service, call, body)
        if rule is None:
            raise _refused(requester, f"use {call} of {service}", EVERYTHING)
        if rule.right not in self.may:
            raise _refused(requester, f"{rule.phrase} {rule.scope}".rstrip(), rule.right)
        if rule.scope is Scope.NONE or OTHERS in self.may:
            return
        if rule.scope is Scope.ALL or not await self._in_scope(requester, rule.scope, (service, call), reference, body):
            raise _refused(requester, f"{rule.phrase} other sessions", OTHERS)

    async def _in_scope(
        self, requester: Requester, scope: Scope, called: tuple[str, str], reference: str | None, body: Any
    ) -> bool:
        own, (service, _) = requester.session_id, called

        def work(reader: Reader) -> bool:
            if own is not None and service == "comments" and reference is not None:
                return _may_change(comments.get(reader, comments.resolve(reader, reference)), reader, own, body)
            return own is not None and all(
                _is_of(reader, target, own, itself=scope is Scope.OWN)
                for target in _targets(reader, called, reference, body)
            )

        return await self._store.read(work)


def _rule(service: str, call: str, body: Any) -> Rule | None:
    if (service, call) == ("sessions", "patch") and isinstance(body, dict) and body.keys() <= REPORTED:
        return _REPORT
    if (service, call) == ("comments", "patch") and body == {"status": "resolved"}:
        return _RESOLVE
    return RULES.get((service, call))


def _targets(reader: Reader, called: tuple[str, str], reference: str | None, body: Any) -> Iterable[SessionId]:
    """The sessions that a call is about: the one in its address, or of the record there, or those in its body."""
    service, call = called
    match service:
        case "sessions" if call == "send" and isinstance(body, dict) and isinstance(given := body.get("to"), str):
            yield sessions.resolve(reader, given)
        case "sessions" if reference is not None:
            yield sessions.resolve(reader, reference)
        case "tasks" if reference is not None:
            yield tasks.get(reader, tasks.resolve(reader, reference)).session_id
        case "checks" if reference is not None:
            yield checks.get(reader, checks.resolve(reader, reference)).session_id
        case "approvals" if reference is not None:
            yield approvals.get(reader, approvals.resolve(reader, reference)).session_id
        case _:
            for item in body if isinstance(body, list) else [body]:
                given = item.get("session_id") if isinstance(item, dict) else None
                if isinstance(given, str):  # any other is refused as malformed
                    yield sessions.resolve(reader, given)


def _may_change(comment: Comment, reader: Reader, own: SessionId, body: Any) -> bool:
    """Whether an agent wrote a comment, or resolves one on the work of its session or of those that it spawned."""
    resolves = body == {"status": "resolved"} and _is_of(reader, comment.session_id, own, itself=True)
    return resolves or comment.author == Requester(agent=True, session_id=own).name


def _is_of(reader: Reader, target: SessionId, own: SessionId, *, itself: bool) -> bool:
    """Whether a session was spawned by ``own``, or by one that was; or is ``own`` itself."""
    if target == own:
        return itself
    seen = {target}
    parent = sessions.get(reader, target).genealogy.parent_session_id
    while parent is not None and parent not in seen:
        if parent == own:
            return True
        seen.add(parent)
        parent = sessions.get(reader, parent).genealogy.parent_session_id
    return False


def _refused(requester: Requester, phrase: str, right: str) -> Refused:
    whose = "An agent" if requester.session_id is None else f"The agent of session {short_id(requester.session_id)}"
    return Refused(
        f"{whose} asks this, and may not {phrase}. A person may allow that to agents: "
        f'may = ["{right}"] under [agents] in config.toml.'
    )
