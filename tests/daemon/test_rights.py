"""What agents may ask: every call by rule, the rest refused; the config adds rights. This process is the agent's."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agor_core.config.settings import EVERYTHING, RIGHTS, AgentSettings, Settings
from agor_core.domain.session import Session, SessionGenealogy
from agor_core.errors import Refused
from agor_core.ids import SessionId, new_id
from agor_daemon import processes
from agor_daemon.access.callers import Caller
from agor_daemon.access.descent import Descent
from agor_daemon.access.requester import REQUESTER, UNKNOWN_AGENT, USER, Requester, user_name
from agor_daemon.services.contract import OF_ALL, OF_ONE
from agor_daemon.services.rights import RULES, Rights
from tests.builders.daemons import Running, running

pytestmark = pytest.mark.skipif(not processes.CAN_ADOPT, reason="there are no subreapers")


class World:
    """A daemon that takes this process for the agent of ``own``, which has a child, a grandchild and a fork."""

    def __init__(self, daemon: Running, family: dict[str, Session]) -> None:
        self.daemon = daemon
        self.own, self.child, self.grandchild, self.fork, self.other = family.values()

    async def asks(self, method: str, path: str, body: Any = None) -> int:
        answer = await self.daemon.unix.call(method, path, body, headers=[("Host", "x")])
        if answer.status == 403:
            assert "may = [" in answer.body["message"], answer.body
        return answer.status


async def world_of(daemon: Running) -> World:
    own = await daemon.session()
    child = await daemon.session(genealogy=SessionGenealogy(parent_session_id=own.session_id))
    grandchild = await daemon.session(genealogy=SessionGenealogy(parent_session_id=child.session_id))
    fork = await daemon.session(genealogy=SessionGenealogy(forked_from_session_id=own.session_id))
    daemon.supervisor.agents[os.getpid()] = own.session_id
    family = {"own": own, "child": child, "grandchild": grandchild, "fork": fork, "other": await daemon.session()}
    return World(daemon, family)


@pytest.fixture
async def world(daemon: Running) -> World:
    return await world_of(daemon)


async def test_every_call_that_changes_something_is_refused_but_those_of_agents(world: World) -> None:
    """Also calls that are added later and have no rule."""
    catalogue = (await world.daemon.unix.get("/openapi.json"))["paths"]
    calls = [
        (verb.upper(), path.replace("{id}", world.own.session_id))
        for path, verbs in catalogue.items()
        for verb in verbs
        if verb not in ("parameters", "get")
    ]
    assert len(calls) > 20
    own = f"/sessions/{world.own.session_id}"
    for verb, path in calls:
        if (verb, path) in (
            ("POST", f"{own}/spawn"),
            ("POST", "/tasks"),
            ("POST", "/comments"),
            ("POST", "/checks"),
            ("POST", f"{own}/check"),
        ):
            continue
        records = ("/tasks/", "/comments/", "/checks/")
        expected = 404 if path.startswith(records) and (verb != "POST" or "/checks/" in path) else 403
        assert await world.asks(verb, path, {"x": 1}) == expected, (verb, path)


async def test_children_and_theirs_are_prompted_and_no_others(world: World) -> None:
    for session, status in (
        (world.child, 201), (world.grandchild, 201), (world.own, 403), (world.fork, 403), (world.other, 403),
    ):  # fmt: skip
        path = f"/sessions/{session.session_id}/prompt"
        assert await world.asks("POST", path, {"prompt": "x"}) == status, session
        assert await world.asks("POST", "/tasks", {"session_id": session.short_id, "prompt": "x"}) == status
    both = [{"session_id": it.session_id, "prompt": "x"} for it in (world.child, world.other)]
    assert await world.asks("POST", "/tasks", both) == 403


async def test_an_agent_reports_on_itself_and_its_children(world: World) -> None:
    for session, status in ((world.own, 200), (world.child, 200), (world.fork, 403)):
        path = f"/sessions/{session.session_id}"
        assert await world.asks("PATCH", path, {"title": "t", "description": "d", "concepts": ["c"]}) == status
        for setting in ({"mode": "yolo"}, {"title": "t", "model": "m"}, {"archived_at": None}, {"board": "b"}):
            assert await world.asks("PATCH", path, setting) == 403
    task = await world.daemon.supervisor.with_task(world.own.session_id, "x", new_id())  # type: ignore[arg-type]
    assert await world.asks("PATCH", f"/tasks/{task.task_id}", {"description": "d"}) == 200
    task = await world.daemon.supervisor.with_task(world.other.session_id, "x", new_id())  # type: ignore[arg-type]
    assert await world.asks("PATCH", f"/tasks/{task.task_id}", {"description": "d"}) == 403


async def test_an_agent_checks_itself_and_allows_no_commands(world: World) -> None:
    for session, status in ((world.own, 201), (world.child, 201), (world.fork, 403), (world.other, 403)):
        path = f"/sessions/{session.session_id}/check"
        assert await world.asks("POST", path, {"command": "true"}) == status
        assert await world.asks("POST", "/checks", {"session_id": session.session_id, "command": "true"}) == status
    (check, *_) = (await world.daemon.unix.get(f"/checks?session_id={world.own.session_id}"))["data"]
    path = f"/sessions/{world.own.session_id}/check"
    answer = await world.daemon.unix.call("POST", path, {"consent": "0" * 64}, headers=[("Host", "x")])
    assert (answer.status, "only a person" in answer.body["message"]) == (403, True)
    assert await world.asks("PATCH", f"/checks/{check['check_id']}", {"status": "passed"}) == 400
    assert await world.asks("PATCH", f"/checks/{check['check_id']}", {"status": "stopped"}) == 200


async def test_what_an_agent_may_not_name_is_not_found_first(world: World) -> None:
    assert await world.asks("POST", "/sessions/nosuch/prompt", {"prompt": "x"}) == 404


async def test_a_process_of_an_unknown_agent_only_reads(world: World) -> None:
    world.daemon.supervisor.agents[os.getpid()] = SessionId(new_id())
    assert await world.asks("GET", "/sessions") == 200
    for session in (world.own, world.child):
        for action in ("spawn", "prompt"):
            assert await world.asks("POST", f"/sessions/{session.session_id}/{action}", {"prompt": "x"}) == 403


@pytest.mark.parametrize(
    ("may", "verb", "path", "body", "status"),
    [
        (["stop"], "POST", "/sessions/{child}/stop", None, 200),
        (["stop"], "POST", "/sessions/{own}/stop", None, 403),
        (["fork"], "POST", "/sessions/{own}/fork", {}, 201),
        (["fork"], "POST", "/sessions/{other}/fork", {}, 403),
        (["create"], "POST", "/sessions", {"agent": "demo"}, 201),
        (["create"], "POST", "/boards", {"name": "b"}, 201),
        (["change"], "PATCH", "/sessions/{own}", {"mode": "m"}, 200),
        (["change"], "PATCH", "/sessions/{other}", {"mode": "m"}, 403),
        (["change"], "PATCH", "/sessions?agent=demo", {"mode": "m"}, 403),
        (["change", "others"], "PATCH", "/sessions?agent=demo", {"mode": "m"}, 200),
        (["remove"], "DELETE", "/sessions/{child}", None, 200),
        (["remove"], "DELETE", "/sessions/{own}", None, 403),
        (["others"], "POST", "/sessions/{own}/prompt", {"prompt": "x"}, 201),
        (["others"], "POST", "/sessions/{other}/stop", None, 403),
        (["everything"], "POST", "/sessions/{other}/stop", None, 200),
        (["settings", "answer"], "POST", "/boards", {"name": "b"}, 403),
    ],
)
async def test_the_config_adds_rights(
    tmp_path: Path, may: list[str], verb: str, path: str, body: Any, status: int
) -> None:
    async with running(tmp_path / "home", Settings(agents_may=tuple(may))) as daemon:
        world = await world_of(daemon)
        names = {name: getattr(world, name).session_id for name in ("own", "child", "other")}
        assert await world.asks(verb, path.format(**names), body) == status
        assert (await daemon.unix.get("/caller"))["may"] == sorted({"spawn", "prompt", "report", *may})


async def test_a_call_without_a_rule_is_for_people_and_agents_that_may_do_everything(daemon: Running) -> None:
    REQUESTER.set(Requester(agent=True, session_id=SessionId("s")))
    every_right_but_one = [right for right in RIGHTS if right != EVERYTHING]
    with pytest.raises(Refused, match="may not use crown of sessions"):
        await Rights(daemon.store, every_right_but_one).check("sessions", "crown", None, {})
    await Rights(daemon.store, [EVERYTHING]).check("sessions", "crown", None, {})
    REQUESTER.set(USER)
    await Rights(daemon.store, []).check("sessions", "crown", None, {})


def test_rights_that_rules_name_can_be_given() -> None:
    assert {rule.right for rule in RULES.values()} <= set(RIGHTS)
    calls = {
        *OF_ALL,
        *OF_ONE,
        "spawn",
        "prompt",
        "stop",
        "fork",
        "complete",
        "send",
        "restore",
        "move",
        "gc",
        "release",
        "graft",
        "check",
    }
    assert {call for _, call in RULES} <= calls | {"release"}
    assert "find" not in {call for _, call in RULES}


async def test_no_address_hands_out_the_token_or_an_agents_environment(tmp_path: Path) -> None:
    mine = AgentSettings(command=("sh",), env={"KEY": "canary"})
    async with running(tmp_path / "home", Settings(agents={"mine": mine})) as daemon:
        world = await world_of(daemon)
        secrets = (daemon.setup.token, b"canary")
        paths = (await daemon.unix.get("/openapi.json"))["paths"]
        got = 0
        for path in (path for path, calls in paths.items() if "get" in calls):
            for identifier in (world.own.session_id, "mine", "config", "token"):
                answer = await daemon.unix.call("GET", path.replace("{id}", identifier))
                assert not any(secret in answer.raw for secret in secrets), path
                got += answer.status == 200
        assert got > 10


class Agents:
    """One process is the agent of a session."""

    def __init__(self, pid: int = 0, started: int = 0) -> None:
        self.agent = (pid, str(started))

    def session_of(self, pid: int, started: str) -> SessionId | None:
        return SessionId("s") if (pid, started) == self.agent else None


def test_a_caller_stands_for_the_agent_that_it_descends_from() -> None:
    here = processes.look_up(os.getpid())
    assert here is not None
    child = subprocess.Popen(["sleep", "60"])
    try:
        of_agent = Descent(Agents(here.pid, here.started), os.geteuid())
        assert of_agent.of_process(child.pid) == Requester(agent=True, session_id=SessionId("s"))
        assert of_agent.of_process(os.getppid()) == USER
        reused = Descent(Agents(here.pid, here.started - 1), os.geteuid())
        assert reused.of_process(child.pid) == USER
    finally:
        child.kill()
        child.wait()
    assert of_agent.of_process(child.pid) == UNKNOWN_AGENT, "a process that is gone may have been anyone's"


@pytest.mark.parametrize(("hidden", "asks"), [("parent", USER), ("child", UNKNOWN_AGENT), ("none", USER)])
def test_a_holder_that_cannot_be_looked_into_is_the_user_unless_an_agent_has_such(
    monkeypatch: pytest.MonkeyPatch, hidden: str, asks: Requester
) -> None:
    here = processes.look_up(os.getpid())
    assert here is not None
    child = subprocess.Popen(["sleep", "60"])
    try:
        pids = {"parent": os.getppid(), "child": child.pid, "none": 0}
        monkeypatch.setattr(processes, "holds_socket", lambda pid, _: None if pid == pids[hidden] else False)
        assert Descent(Agents(here.pid, here.started), os.geteuid()).of_socket(1) == asks
        monkeypatch.setattr(processes, "holds_socket", lambda pid, _: pid == child.pid)
        assert Descent(Agents(here.pid, here.started), os.geteuid()).of_socket(1).session_id == "s"
    finally:
        child.kill()
        child.wait()


async def test_another_user_and_other_systems_stand_for_the_user() -> None:
    descent = Descent(Agents(), os.geteuid())
    assert await descent.of_caller(Caller(uid=os.geteuid() + 1, inode=1)) == USER
    assert await descent.of_caller(Caller(over_socket=True)) == USER


def test_records_keep_who_asked() -> None:
    assert USER.name == user_name()
    assert Requester(agent=True, session_id=SessionId("1")).name == "session:1"
    assert UNKNOWN_AGENT.name == "agent"
