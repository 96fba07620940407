"""The mode and the model in the record are those that the agent is in, as a ledger of what it was asked shows."""

import json
import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from agor_core.agents.registry import AgentSpec
from agor_core.clock import SystemClock
from agor_core.domain.message import Role
from agor_core.domain.task import TaskStatus
from agor_core.errors import InvalidInput
from agor_core.repositories import sessions
from agor_core.wire.requests import Fork
from agor_daemon.services.agents import check_offered
from agor_daemon.services.context import Context
from agor_daemon.services.sessions import SessionService

AGENT = Path(__file__).parents[3] / "fakes" / "ledger_agent.py"
MODES = {
    "currentModeId": "auto",
    "availableModes": [
        {"id": "auto", "name": "Auto"},
        {"id": "default", "name": "Manual"},
        {"id": "plan", "name": "Plan"},
    ],
}
MODELS = {"currentModelId": "small", "availableModels": [{"modelId": "small", "name": "S"}, {"modelId": "big"}]}
MODEL_OPTION = {
    "id": "llm",
    "category": "model",
    "type": "select",
    "name": "Model",
    "currentValue": "small",
    "options": [{"value": "small", "name": "S"}, {"value": "big", "name": "B"}],
}
FREE = {"currentModeId": "agent", "availableModes": [{"id": "agent", "name": "Agent"}, {"id": "plan", "name": "plan"}]}
NONSENSE = {"mode": "nonsense"}
LOADING = {"loadSession": True, "sessionCapabilities": {"resume": {}, "fork": {}}}


def entered(mode):
    return {"sessionUpdate": "current_mode_update", "currentModeId": mode}


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger"


@pytest.fixture
def service(bench):
    return SessionService(Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock()))


def register(bench, ledger, *, opened=None, spec=None, **options):
    given = {"opened": {"modes": MODES, "models": MODELS} if opened is None else opened, "capabilities": LOADING}
    command = (sys.executable, str(AGENT), str(ledger), json.dumps({**given, **options}))
    bench.agents["mine"] = AgentSpec("mine", "Mine", command, "nothing", **(spec or {}))


def noted(ledger, method, *names):
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    asked = [entry["params"] for entry in entries if entry.get("method") == method]
    return [tuple(params[name] for name in names) if len(names) > 1 else params[names[0]] for params in asked]


async def begun(bench, **fields):
    session = await bench.session(agent="mine", **fields)
    task = await bench.run(session, "one")
    return await bench.again(session), task


async def notes(bench, task):
    return [m.text for m in await bench.messages(task) if m.role is Role.SYSTEM]


async def test_a_stranger_begins_in_the_mode_that_asks(bench, ledger):
    register(bench, ledger)
    session, task = await begun(bench)
    assert noted(ledger, "session/set_mode", "modeId") == ["default"]
    assert (session.mode, task.mode, session.model) == ("default", "default", "small")
    assert await notes(bench, task) == []


async def test_where_no_mode_asks_the_session_says_so_before_the_prompt(bench, ledger):
    register(bench, ledger, opened={"modes": FREE})
    session, task = await begun(bench)
    [note] = await notes(bench, task)
    assert note == (
        "No mode of Mine is known to ask before it acts. It is in agent and may act without asking. "
        "Its modes: agent (Agent), plan."
    )
    assert session.mode == "agent"
    again = await bench.run(session, "two")
    assert await notes(bench, again) == []


async def test_an_agent_without_modes_says_so_too(bench, ledger):
    register(bench, ledger, opened={})
    _, task = await begun(bench)
    assert await notes(bench, task) == [
        "Mine offers no modes of permission: it alone decides what it asks before it acts."
    ]


async def test_a_known_agent_gives_its_own_name(bench, ledger):
    modes = {"currentModeId": "agent", "availableModes": [{"id": "agent"}, {"id": "read-only"}, {"id": "default"}]}
    register(bench, ledger, opened={"modes": modes}, name="@agentclientprotocol/codex-acp")
    session, _ = await begun(bench)
    assert session.mode == "read-only"


async def test_a_change_is_sent_at_once_and_what_is_reported_is_stored(bench, ledger, service):
    register(bench, ledger)
    session, task = await begun(bench)
    changed = await service.patch(session.short_id, {"mode": "Plan", "model": "big"}, {})
    assert noted(ledger, "session/set_mode", "modeId") == ["default", "plan"]
    assert noted(ledger, "session/set_model", "sessionId", "modelId") == [("session/new-1", "big")]
    assert (changed.mode, changed.model) == ("plan", "big")
    assert (await bench.task(task)).mode == "default"
    following = await bench.run(session, "two")
    assert (following.mode, following.model) == ("plan", "big")


async def test_a_model_that_is_an_option_is_set_as_one(bench, ledger, service):
    answer = {"configOptions": [{**MODEL_OPTION, "currentValue": "big"}]}
    opened = {"modes": MODES, "configOptions": [MODEL_OPTION]}
    register(bench, ledger, opened=opened, answers={"session/set_config_option": answer})
    session, _ = await begun(bench, mode="plan")
    assert (session.mode, session.model) == ("plan", "small")
    assert (await service.patch(session.short_id, {"model": "B"}, {})).model == "big"
    assert noted(ledger, "session/set_config_option", "configId", "value") == [("llm", "big")]


@pytest.mark.parametrize("field", ["mode", "model"])
@pytest.mark.parametrize("runs", [True, False])
async def test_nonsense_is_refused_with_the_list_and_nothing_changes(bench, ledger, service, field, runs):
    register(bench, ledger)
    session, _ = await begun(bench)
    if not runs:
        await bench.supervisor.release(session.session_id)
    offered = {"mode": "auto, default, plan", "model": "small, big"}[field]
    with pytest.raises(InvalidInput, match=f"Mine has no {field} 'nonsense'; it offers: {offered}") as raised:
        await service.patch(session.short_id, {field: "nonsense", "title": "New"}, {})
    assert raised.value.place == field
    assert await bench.again(session) == session
    assert noted(ledger, "session/set_mode", "modeId") == ["default"]


async def test_nonsense_of_a_first_prompt_is_found_before_it_is_sent(bench, ledger, service):
    register(bench, ledger)
    _, task = await begun(bench, mode="nonsense")
    assert task.status is TaskStatus.FAILED
    assert task.error == "Mine has no mode 'nonsense'; it offers: auto, default, plan."
    with pytest.raises(InvalidInput, match="it offers: auto"):
        check_offered(service.context, "mine", {"mode": "other"})


async def test_what_the_agent_refuses_is_not_stored(bench, ledger, service):
    register(bench, ledger, refuse=["session/set_model"])
    session, _ = await begun(bench)
    with pytest.raises(Exception, match="Mine could not use its model 'big'"):
        await service.patch(session.short_id, {"model": "big"}, {})
    assert await bench.again(session) == session


async def test_a_mode_that_it_only_pretends_to_enter_is_not_believed(bench, ledger):
    register(bench, ledger, before={"session/set_mode": [entered("auto")]})
    session, task = await begun(bench)
    assert task.error == "Mine was to enter its mode 'default', and reports 'auto'."
    assert noted(ledger, "initialize", "protocolVersion") == [1]
    assert session.mode == "auto"
    assert "session/prompt" not in ledger.read_text()


async def test_a_mode_that_the_agent_enters_by_itself_stays_after_a_restart(bench, ledger):
    register(bench, ledger, updates=[entered("plan")])
    session, task = await begun(bench)
    assert (session.mode, task.mode) == ("plan", "plan")
    await bench.supervisor.close(grace=2)
    register(bench, ledger)
    bench.start()
    await bench.run(session, "two")
    assert noted(ledger, "session/set_mode", "sessionId", "modeId")[-1] == ("session/new-1", "plan")
    assert (await bench.again(session)).mode == "plan"


async def test_a_change_while_no_agent_runs_is_made_at_its_start(bench, ledger, service):
    register(bench, ledger)
    session, _ = await begun(bench)
    await bench.supervisor.release(session.session_id)
    changed = await service.patch(session.short_id, {"mode": "plan"}, {})
    assert changed.mode == "plan"
    assert noted(ledger, "session/set_mode", "modeId") == ["default"]
    await bench.run(session, "two")
    assert noted(ledger, "session/set_mode", "modeId") == ["default", "plan"]


async def test_no_mode_is_the_one_that_asks(bench, ledger, service):
    register(bench, ledger)
    session, _ = await begun(bench, mode="auto")
    assert (await service.patch(session.short_id, {"mode": None}, {})).mode == "default"
    with pytest.raises(InvalidInput, match="choose one of: small, big"):
        await service.patch(session.short_id, {"model": None}, {})


async def test_many_are_changed_or_none(bench, ledger, service):
    register(bench, ledger)
    await begun(bench)
    with pytest.raises(InvalidInput, match="it offers"):
        await service.patch_many({"agent": "mine"}, {"mode": "nonsense"})
    [changed] = await service.patch_many({"agent": "mine"}, {"mode": "plan"})
    assert changed.mode == "plan"
    assert noted(ledger, "session/set_mode", "sessionId", "modeId")[1:] == [("session/new-1", "plan")]


async def test_a_model_that_is_not_offered_any_more_is_named(bench, ledger):
    register(bench, ledger)
    session, _ = await begun(bench)
    await bench.supervisor.close(grace=2)
    models = {"currentModelId": "big", "availableModels": [{"modelId": "big"}]}
    register(bench, ledger, opened={"modes": MODES, "models": models})
    bench.start()
    task = await bench.run(session, "two")
    assert await notes(bench, task) == ["Mine does not offer 'small' any more; it uses big. It offers: big."]
    assert (await bench.again(session)).model == "big"


async def test_a_fork_has_the_mode_of_its_agent(bench, ledger):
    register(bench, ledger, updates=[entered("plan")])
    session, _ = await begun(bench)
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert (fork.mode, fork.model) == ("plan", "small")
    assert noted(ledger, "session/set_mode", "sessionId", "modeId")[-1] == ("session/fork-1", "plan")


def effort(current, *, gone=False):
    values = [{"value": value, "name": value.title()} for value in ("low", "high")][: 1 if gone else 2]
    option = {"id": "effort", "name": "Effort", "category": "thought_level", "currentValue": current}
    return {"configOptions": [MODEL_OPTION, {**option, "options": values}]}


async def test_a_further_option_is_sent_stored_and_set_again_after_a_restart(bench, ledger, service):
    answers = {"session/set_config_option": effort("high")}
    register(bench, ledger, opened={"modes": MODES, **effort("low")}, answers=answers)
    session, _ = await begun(bench)
    assert session.options == {}
    assert (await service.patch(session.short_id, {"options": {"Effort": "High"}}, {})).options == {"effort": "high"}
    assert noted(ledger, "session/set_config_option", "configId", "value") == [("effort", "high")]
    with pytest.raises(InvalidInput, match="has no option 'colour'; it has: mode, model, effort"):
        await service.patch(session.short_id, {"options": {"colour": "red"}}, {})
    with pytest.raises(InvalidInput, match="has no effort 'max'; it offers: low, high"):
        await service.patch(session.short_id, {"options": {"effort": "max"}}, {})
    with pytest.raises(InvalidInput, match="is the field mode"):
        await service.patch(session.short_id, {"options": {"mode": "plan"}}, {})
    fork = await bench.supervisor.fork(session.session_id, Fork())
    assert fork.options == {"effort": "high"}
    await bench.supervisor.close(grace=2)
    bench.start()
    await bench.run(session, "two")
    assert noted(ledger, "session/set_config_option", "configId", "value")[-1] == ("effort", "high")
    assert (await bench.again(session)).options == {"effort": "high"}


async def test_an_option_that_is_not_offered_any_more_is_named(bench, ledger):
    register(bench, ledger, opened={"modes": MODES, **effort("low")})
    session, _ = await begun(bench)
    await bench.store.write(lambda w: sessions.update(w, replace(session, options={"effort": "high"})))
    await bench.supervisor.close(grace=2)
    register(bench, ledger, opened={"modes": MODES, **effort("low", gone=True)})
    bench.start()
    task = await bench.run(session, "two")
    assert await notes(bench, task) == ["Mine does not offer effort = high any more."]
    assert task.status is TaskStatus.COMPLETED


async def test_what_an_agent_offers_is_known_after_a_restart_unless_the_program_changed(bench, ledger, service):
    program = bench.paths.home.parent / "agent"
    program.write_text(f"#!{sys.executable}\n{AGENT.read_text()}")
    program.chmod(0o700)
    opened = json.dumps({"opened": {"modes": MODES, **effort("low")}, "name": "gemini"})
    bench.agents["mine"] = AgentSpec("mine", "Mine", (str(program), str(ledger), opened), "nothing")
    await begun(bench)
    await bench.supervisor.close(grace=2)
    bench.start()
    [info] = [one for one in bench.supervisor.agent_infos() if one.name == "mine"]
    assert [mode.id for mode in info.modes] == ["auto", "default", "plan"]
    assert [(one.id, one.category, len(one.values)) for one in info.options] == [("effort", "thought_level", 2)]
    with pytest.raises(InvalidInput, match="it offers: auto"):
        check_offered(
            Context(bench.store, bench.supervisor, bench.agents, bench.paths, SystemClock()), "mine", NONSENSE
        )
    os.utime(program, (1, 1))
    bench.start()
    [info] = [one for one in bench.supervisor.agent_infos() if one.name == "mine"]
    assert (info.modes, info.capabilities) == ((), ())
    (bench.paths.home / "agents-known.json").write_text('{"mine": 3}')
    bench.start()
    assert bench.supervisor.agent_infos()
