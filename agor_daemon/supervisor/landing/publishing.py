"""Publishing: a session's branch pushed to its remote by the user's git, and a pull request opened for it."""

from dataclasses import dataclass

import msgspec

from agor_core.clock import Clock, timestamp
from agor_core.db.connections import Writer
from agor_core.db.store import Store
from agor_core.domain.pull_request import Publication, PullRequest, PullRequestStatus
from agor_core.domain.session import Session
from agor_core.errors import Conflict, NotFound
from agor_core.git import integrating
from agor_core.git.porcelain import lossy, printable
from agor_core.git.process import attempt
from agor_core.git.users_git import UsersGit
from agor_core.ids import SessionId
from agor_core.repositories import sessions
from agor_daemon.supervisor.landing.examining import Examined, Examining, Wanted
from agor_daemon.supervisor.landing.hosts import Host, Offer, by_hand, program_for


@dataclass(frozen=True, slots=True)
class Publish:
    """What is asked: the branch to offer to, title and text (None: made of title and prompts)."""

    into: str | None = None
    title: str | None = None
    body: str | None = None
    draft: bool = False
    commit: bool = False


class Publishing:
    """``users`` runs the user's git; gh and glab run with its environment."""

    def __init__(self, store: Store, examining: Examining, users: UsersGit, clock: Clock) -> None:
        self._store = store
        self._examining = examining
        self._users = users
        self._clock = clock

    async def plan(self, session: Session, asked: Publish) -> Publication:
        """What would be pushed and opened, and by which program; nothing is touched."""
        return (await self._look(session, asked))[1]

    async def publish(self, session: Session, asked: Publish) -> Publication:
        """Push the branch and open a pull request, or see the one that is open.

        Without gh and glab nothing is done, and the answer has the commands to type. Raises Conflict and GitFailed.
        """
        found, planned = await self._look(session, asked)
        if planned.obstacle is not None:
            raise Conflict(planned.obstacle)
        if planned.program is None:
            return planned
        if asked.commit and found.plan.uncommitted:
            await integrating.commit_all(found.users, found.top, f"{planned.title}\n\n{planned.body}")
        ref = f"refs/heads/{planned.branch}"
        await found.users.git("push", "-q", planned.remote, f"{ref}:{ref}", cwd=found.top)
        host = Host(planned.program, self._users, found.top)
        offer = Offer(planned.branch, planned.target, planned.title, planned.body, draft=asked.draft)
        url = await host.create(offer)
        try:
            opened = await host.look(url, timestamp(self._clock.now()))
        except Conflict:
            opened = PullRequest(url=url, program=planned.program, title=planned.title, target=planned.target,
                                 seen_at=timestamp(self._clock.now()))  # fmt: skip
        await self._store.write(lambda w: _note(w, session.session_id, opened))
        return msgspec.structs.replace(planned, pull_request=opened, url=opened.url)

    async def status(self, session: Session, log_of: str | None) -> PullRequestStatus:
        """How the session's pull request stands by now; ``log_of`` names a check whose log is wanted, or is empty.

        An empty name stands for the first that failed. Raises NotFound and Conflict.
        """
        known = session.pull_request
        if known is None:
            raise NotFound("pull request", session.session_id, f"The session {session.short_id} has no pull request.")
        host = Host("glab" if known.program == "glab" else "gh", self._users, await self._examining.folder(session))
        seen = await host.look(known.url, timestamp(self._clock.now()))
        await self._store.write(lambda w: _note(w, session.session_id, seen))
        if log_of is None:
            return PullRequestStatus(session_id=session.session_id, pull_request=seen)
        check = next((one for one in seen.checks if (one.name == log_of if log_of else one.state == "failed")), None)
        if check is None:
            what = f"no check {printable(log_of)!r}" if log_of else "no check that failed"
            raise NotFound("check", log_of, f"The pull request has {what}.")
        return PullRequestStatus(
            session_id=session.session_id, pull_request=seen, check=check.name, log=await host.log(check)
        )

    async def _look(self, session: Session, asked: Publish) -> tuple[Examined, Publication]:
        found = await self._examining.look(session, Wanted(asked.into, "merge", asked.commit))
        plan = found.plan
        remote, url = await _remote(found, plan.branch)
        subject, _, rest = plan.message.partition("\n")
        branch, target = plan.branch or "", plan.target
        offer = Offer(branch, target, asked.title or subject, rest.strip() if asked.body is None else asked.body)
        return found, Publication(
            session_id=session.session_id,
            branch=branch,
            target=target,
            remote=remote or "",
            program=program_for(url, self._users.environ),
            title=offer.title,
            body=offer.body,
            uncommitted=plan.uncommitted,
            commands=by_hand(found.top, remote or "origin", url, offer),
            obstacle=_obstacle(found, remote, commit=asked.commit),
            pull_request=session.pull_request,
            url=None if session.pull_request is None else session.pull_request.url,
        )


def _obstacle(found: Examined, remote: str | None, *, commit: bool) -> str | None:
    plan = found.plan
    if plan.branch is None:
        return "The session's worktree is on no branch, so there is none to push."
    if plan.branch == plan.target:
        return f"The session works on {printable(plan.target)} itself; there is no branch to offer."
    if remote is None:
        return "The repository has no remote to push to: git remote add origin URL"
    if plan.uncommitted and not commit:
        return "There is uncommitted work, which a push leaves behind: commit it first, or ask for that."
    if not plan.ahead and not plan.uncommitted:
        return f"There is nothing to publish: {printable(plan.target)} has all of it."
    return None


async def _remote(found: Examined, branch: str | None) -> tuple[str | None, str]:
    """The remote that the user's git pushes to, and its URL."""
    keys = (f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{found.plan.target}.remote")
    names = [lossy((await attempt("config", "--get", key, cwd=found.top)).stdout).strip() for key in keys]
    listed = lossy((await attempt("remote", cwd=found.top)).stdout).split()
    candidates = [*names, "origin", *listed]
    remote = next((name for name in candidates if name in listed), None)
    if remote is None:
        return None, ""
    return remote, lossy((await attempt("remote", "get-url", "--push", remote, cwd=found.top)).stdout).strip()


def _note(w: Writer, session_id: SessionId, seen: PullRequest) -> None:
    session = sessions.get(w, session_id, lock=True)
    sessions.update(w, msgspec.structs.replace(session, pull_request=seen))
