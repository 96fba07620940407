"""The client's calls: requests, repetitions and errors."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from agor_core.config.paths import Paths
from agor_tui.client.daemon import Daemon, DaemonError, NoDaemon, NotAnswering
from tests.fakes.scripted_daemon import Call, Drop, ScriptedDaemon, Status, failure, health, page


def test_a_query_is_sent_as_feathers_reads_it(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["GET /sessions"] = page()
    Daemon(paths).find("sessions", {"status[$in]": ["idle", "failed"], "board_id": None, "$total": False}, agent="demo")
    assert scripted.ledger[-1].query == [
        ("status[$in][]", "idle"),
        ("status[$in][]", "failed"),
        ("board_id", "null"),
        ("$total", "false"),
        ("agent", "demo"),
    ]


def test_an_id_cannot_leave_its_place_in_the_path(scripted: ScriptedDaemon, paths: Paths) -> None:
    with pytest.raises(DaemonError):
        Daemon(paths).get("sessions", "../boards?x=1#y z")
    assert scripted.ledger[-1].path == "/sessions/../boards?x=1#y z"
    assert scripted.ledger[-1].query == []


def test_the_daemons_failure_is_the_error(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["GET /sessions/abcd"] = Status(409, failure(409, "Conflict", "Two fit.", candidates=[{"id": "a"}]))
    with pytest.raises(DaemonError, match=r"Two fit\.") as caught:
        Daemon(paths).get("sessions", "abcd")
    assert caught.value.code == 409
    assert caught.value.failure.errors == {"candidates": [{"id": "a"}]}


def test_an_answer_that_is_no_failure_of_ours_still_says_something(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["GET /sessions/abcd"] = Status(500, ["?"])
    with pytest.raises(DaemonError, match="status 500"):
        Daemon(paths).get("sessions", "abcd")


def test_a_connection_is_kept_and_taken_up_again_when_it_broke(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["GET /sessions/a"] = [Status(200, {"n": 1}), Drop(), Status(200, {"n": 2})]
    daemon = Daemon(paths)
    assert daemon.get("sessions", "a") == {"n": 1}
    assert daemon.get("sessions", "a") == {"n": 2}
    assert scripted.calls() == ["GET /sessions/a"] * 3


def test_a_create_that_breaks_in_the_middle_is_repeated_with_the_same_id(
    scripted: ScriptedDaemon, paths: Paths
) -> None:
    scripted.answers["POST /sessions"] = [Drop(), Status(201, {"ok": True})]
    Daemon(paths).create("sessions", {"agent": "demo"})
    first, second = scripted.ledger
    assert first.body == second.body
    assert first.body["session_id"]


def test_actions_carry_ids_for_the_records_that_they_create(scripted: ScriptedDaemon, paths: Paths) -> None:
    for action in ("prompt", "fork", "spawn", "stop"):
        scripted.answers[f"POST /sessions/a/{action}"] = {}
    daemon = Daemon(paths)
    daemon.act("a", "prompt", {"prompt": "x"})
    daemon.act("a", "fork", {"prompt": "x"})
    daemon.act("a", "spawn")
    daemon.act("a", "stop")
    assert [set(call.body) for call in scripted.ledger] == [
        {"prompt", "task_id"},
        {"prompt", "task_id", "session_id"},
        {"session_id"},
        set(),
    ]


def test_a_call_that_is_not_idempotent_is_sent_once(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["DELETE /sessions/a"] = Drop()
    with pytest.raises(NoDaemon, match="went away"):
        Daemon(paths).remove("sessions", "a", purge=True)
    assert [call.query for call in scripted.ledger] == [[("purge", "true")]]


def test_a_daemon_that_keeps_breaking_is_given_up(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["GET /sessions/a"] = Drop()
    with pytest.raises(NoDaemon, match="went away"):
        Daemon(paths).get("sessions", "a")
    assert len(scripted.ledger) == 3


def test_without_a_daemon_it_says_how_to_start_one(paths: Paths) -> None:
    with pytest.raises(NoDaemon, match="agor daemon start"):
        Daemon(paths).health()


def test_a_daemon_that_is_gone_is_revived_and_the_call_made(paths: Paths) -> None:
    running = ScriptedDaemon(paths)
    revived = []

    def revive() -> None:
        revived.append(True)
        running.__enter__()

    daemon = Daemon(paths, revive=revive)
    try:
        assert daemon.health()["pid"] == 4242
    finally:
        daemon.close()
        running.__exit__()
    assert revived == [True]


def test_a_daemon_that_hangs_is_named_so(scripted: ScriptedDaemon, paths: Paths) -> None:
    released = threading.Event()

    def hang(_: Call) -> dict[str, int]:
        released.wait(10)
        return {}

    scripted.answers["GET /health"] = hang
    with pytest.raises(NotAnswering, match="agor daemon status"):
        Daemon(paths, timeout=0.05).health()
    released.set()


def test_a_long_answer_is_waited_for_while_the_daemon_is_well(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agor_tui.client.daemon.SILENT_SECONDS", 0.01)
    asked_twice = threading.Event()

    def well(_: Call) -> dict[str, Any]:
        if scripted.calls().count("GET /health") == 2:
            asked_twice.set()
        return health(paths)

    def fork(_: Call) -> dict[str, bool]:
        return {"forked": asked_twice.wait(10)}

    scripted.answers |= {"GET /health": well, "POST /sessions/a/fork": fork}
    assert Daemon(paths).act("a", "fork") == {"forked": True}
    assert scripted.calls().count("POST /sessions/a/fork") == 1


def test_a_daemon_that_stands_still_is_found_out_soon(
    scripted: ScriptedDaemon, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agor_tui.client.daemon.SILENT_SECONDS", 0.01)
    monkeypatch.setattr("agor_tui.client.daemon.HEALTH_SECONDS", 0.05)
    released = threading.Event()
    for asked in ("GET /health", "GET /sessions/a"):
        scripted.answers[asked] = lambda _: released.wait(10)
    with pytest.raises(NotAnswering, match="agor daemon status"):
        Daemon(paths).get("sessions", "a")
    released.set()


def test_every_thread_has_its_own_connection(scripted: ScriptedDaemon, paths: Paths) -> None:
    scripted.answers["GET /agents"] = page()
    daemon = Daemon(paths)
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(20):
                daemon.find("agents")
        except BaseException as error:
            errors.append(error)
        finally:
            daemon.close()

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(scripted.ledger) == 100


def test_a_file_that_is_no_socket_is_not_used(paths: Paths) -> None:
    paths.home.mkdir(parents=True)
    paths.socket.write_text("")
    with pytest.raises(NoDaemon, match="is not a socket"):
        Daemon(paths).health()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_another_users_socket_is_not_used(scripted: ScriptedDaemon, paths: Paths) -> None:
    os.chown(paths.socket, 12345, -1)
    with pytest.raises(NoDaemon, match="belongs to another user"):
        Daemon(paths).health()


def test_the_socket_noted_in_the_pid_file_is_used(scripted: ScriptedDaemon, paths: Paths, tmp_path: Path) -> None:
    elsewhere = Paths(tmp_path / "elsewhere")
    elsewhere.home.mkdir()
    elsewhere.pid.write_bytes(paths.pid.read_bytes())
    assert Daemon(elsewhere).health()["pid"] == 4242
