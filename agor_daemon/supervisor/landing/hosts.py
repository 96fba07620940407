"""The programs of hosted repositories, gh and glab: the commands for pull requests, and what they answer."""

import json
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agor_core.domain.pull_request import PullRequest, PullRequestCheck
from agor_core.errors import Conflict
from agor_core.git.porcelain import lossy, printable
from agor_core.git.process import Outcome
from agor_core.git.users_git import UsersGit, run_program, told

Program = Literal["gh", "glab"]
TIMEOUT = 120.0
LONGEST_LOG = 20_000
"""Characters of a check's log, from its end."""
_QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "NO_PROMPT": "1", "CLICOLOR": "0"}
_URL = re.compile(r"https?://\S+")
_JOB = re.compile(r"/job/(\d+)")
_GH_FIELDS = "number,url,title,state,baseRefName,statusCheckRollup"
_STATES = {
    "success": "passed", "neutral": "passed", "failure": "failed", "error": "failed", "timed_out": "failed",
    "startup_failure": "failed", "action_required": "failed", "failed": "failed", "cancelled": "skipped",
    "canceled": "skipped", "skipped": "skipped", "stale": "skipped", "manual": "skipped",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A branch to offer to ``target``, with a title and a text."""

    branch: str
    target: str
    title: str
    body: str
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """One of the programs, run in a working tree of the repository, with the user's own sign-in."""

    program: Program
    users: UsersGit
    folder: Path

    async def create(self, offer: Offer) -> str:
        """Open a pull request; its URL, also where there is one already. Raises Conflict."""
        outcome = await self._run(*creation(self.program, offer), stdin=offer.body.encode())
        said = lossy(outcome.stdout + b"\n" + outcome.stderr)
        urls = [url.rstrip(").,") for url in _URL.findall(said)]
        known = outcome.code == 0 or "already exists" in said
        if not known or not urls:
            raise Conflict(f"{self.program} did not open a pull request: {told(outcome)}.")
        ours = [url for url in urls if "/pull/" in url or "/merge_requests/" in url]
        return str((ours or urls)[-1])

    async def look(self, url: str, at: str) -> PullRequest:
        """How a pull request stands at the time ``at``. Raises Conflict."""
        if self.program == "gh":
            return _of_github(await self._json("pr", "view", url, "--json", _GH_FIELDS), at)
        seen = await self._json("mr", "view", url.rpartition("/")[2], "--output", "json")
        pipeline = (seen.get("head_pipeline") or {}).get("id")
        jobs = await self._json("api", f"projects/:id/pipelines/{pipeline}/jobs") if pipeline else []
        return _of_gitlab(seen, jobs, url, at)

    async def log(self, check: PullRequestCheck) -> str:
        """The end of a check's log. Raises Conflict."""
        job = _JOB.search(check.url or "") if self.program == "gh" else re.search(r"/jobs/(\d+)", check.url or "")
        if job is None:
            raise Conflict(f"The check {printable(check.name)} has no log that {self.program} can read: {check.url}")
        arguments = ("run", "view", "--job", job[1], "--log-failed")
        if self.program == "glab":
            arguments = ("api", f"projects/:id/jobs/{job[1]}/trace")  # type: ignore[assignment]
        outcome = await self._run(*arguments)
        if outcome.code != 0:
            raise Conflict(f"{self.program} did not give the log: {told(outcome)}.")
        return lossy(outcome.stdout)[-LONGEST_LOG:]

    async def _json(self, *arguments: str) -> Any:
        outcome = await self._run(*arguments)
        try:
            if outcome.code == 0:
                return json.loads(outcome.stdout)
        except ValueError:
            pass
        raise Conflict(f"{self.program} did not say how the pull request stands: {told(outcome)}.")

    async def _run(self, *arguments: str, stdin: bytes | None = None) -> Outcome:
        env = self.users.environment(_QUIET)
        try:
            return await run_program(self.program, *arguments, cwd=self.folder, env=env, stdin=stdin, timeout=TIMEOUT)
        except OSError as error:
            raise Conflict(f"{self.program} cannot be run: {error.strerror}.") from error


def program_for(url: str, environ: Mapping[str, str]) -> Program | None:
    """The program for a remote, if it is installed: by the host's name, else the one that is there."""
    path = environ.get("PATH", "")
    wanted: Sequence[Program] = ("glab", "gh") if "gitlab" in url else ("gh", "glab")
    if "github" in url or "gitlab" in url:
        wanted = wanted[:1]
    return next((program for program in wanted if shutil.which(program, path=path) is not None), None)


def creation(program: Program, offer: Offer) -> tuple[str, ...]:
    """The arguments that open a pull request; gh reads its text from stdin."""
    draft = ("--draft",) if offer.draft else ()
    if program == "gh":
        named = ("--head", offer.branch, "--base", offer.target, "--title", offer.title)
        return ("pr", "create", *named, "--body-file", "-", *draft)
    named = ("--source-branch", offer.branch, "--target-branch", offer.target, "--title", offer.title)
    return ("mr", "create", *named, "--description", offer.body, "--yes", *draft)


def by_hand(folder: Path, remote: str, url: str, offer: Offer) -> tuple[str, ...]:
    """What a person types, or opens, where neither program is there."""
    push = shlex.join(["git", "-C", str(folder), "push", remote, offer.branch])
    page = _web(url)
    if page is None:
        return (push,)
    if "gitlab" in page:
        return push, f"{page}/-/merge_requests/new?merge_request%5Bsource_branch%5D={offer.branch}"
    return push, f"{page}/compare/{offer.target}...{offer.branch}?expand=1"


def _web(url: str) -> str | None:
    """The page of a remote; None for one that is not on a host."""
    found = re.fullmatch(r"(?:https?://|ssh://|git://)?(?:[^@/]+@)?([^/:]+\.[^/:]+)(?::\d+)?[:/](.+?)(?:\.git)?/?", url)
    return f"https://{found[1]}/{found[2]}" if found is not None else None


def _of_github(seen: Any, at: str) -> PullRequest:
    checks = tuple(
        PullRequestCheck(
            name=printable(str(one.get("name") or one.get("context") or "check")),
            state=_state(one.get("conclusion") or one.get("state") or one.get("status")),
            url=one.get("detailsUrl") or one.get("targetUrl"),
        )
        for one in seen.get("statusCheckRollup") or ()
    )
    return PullRequest(
        url=seen["url"], program="gh", number=seen.get("number"), title=seen.get("title"),
        target=seen.get("baseRefName"), state=str(seen.get("state", "open")).lower(), checks=checks, seen_at=at,
    )  # fmt: skip


def _of_gitlab(seen: Any, jobs: Any, url: str, at: str) -> PullRequest:
    checks = tuple(
        PullRequestCheck(name=printable(str(one.get("name"))), state=_state(one.get("status")), url=one.get("web_url"))
        for one in jobs
    )
    state = {"opened": "open"}.get(str(seen.get("state")), str(seen.get("state", "open")))
    return PullRequest(
        url=seen.get("web_url") or url, program="glab", number=seen.get("iid"), title=seen.get("title"),
        target=seen.get("target_branch"), state=state, checks=checks, seen_at=at,
    )  # fmt: skip


def _state(said: object) -> str:
    return _STATES.get(str(said).lower(), "pending")
