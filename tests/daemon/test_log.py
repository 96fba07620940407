"""The log: JSON lines, at the level that is set, and nothing lost that is above it."""

import json
import logging
from pathlib import Path

import pytest

from agor_core.config.settings import CHOICES, DaemonSettings, Settings
from agor_daemon import logging as daemon_logging
from agor_daemon.logging import log_to_file
from tests.builders.daemons import running


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_is_json_with_the_extra_fields_of_the_call(tmp_path: Path) -> None:
    file = tmp_path / "daemon.log"
    with log_to_file(file, "info"):
        logger = logging.getLogger("agor.test")
        logger.debug("hidden")
        logger.info("said %s", "é\n", extra={"port": 3030, "odd": object})
        try:
            raise ValueError("inside")
        except ValueError:
            logger.exception("failed")
    first, second = lines(file)
    assert (first["level"], first["logger"], first["message"], first["port"]) == ("info", "agor.test", "said é\n", 3030)
    assert str(first["at"]).endswith("Z")
    assert "ValueError: inside" in str(second["traceback"])


def test_lines_below_the_level_are_not_logged(tmp_path: Path) -> None:
    file = tmp_path / "daemon.log"
    with log_to_file(file, "warning"):
        logging.getLogger("agor.test").warning("one")
    logging.getLogger("agor.test").warning("two")
    assert [line["message"] for line in lines(file)] == ["one"]


def test_it_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_logging, "FILE_BYTES", 1000)
    file = tmp_path / "daemon.log"
    with log_to_file(file, "info"):
        for number in range(200):
            logging.getLogger("agor.test").info("line %d", number)
    assert sorted(it.name for it in tmp_path.iterdir()) == [
        "daemon.log",
        "daemon.log.1",
        "daemon.log.2",
        "daemon.log.3",
    ]
    assert lines(file)[-1]["message"] == "line 199"


@pytest.mark.parametrize("level", CHOICES["daemon.log_level"])
def test_every_level_of_the_settings_is_one(tmp_path: Path, level: str) -> None:
    with log_to_file(tmp_path / "x.log", level):
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger("agor.test").log(number, "said")
    assert lines(tmp_path / "x.log")[0]["level"] == level


async def test_a_request_has_an_id_in_all_its_lines_and_no_text_of_people_in_any(tmp_path: Path) -> None:
    settings = Settings(daemon=DaemonSettings(log_level="debug"))
    async with running(tmp_path / "home", settings) as daemon:
        with log_to_file(tmp_path / "all.log", "debug"):
            made = await daemon.tcp.post(
                "/sessions", {"agent": "demo", "title": "secret title", "prompt": "secret text"}
            )
            await daemon.tcp.call("GET", "/sessions?title=secret%20title")
            daemon.supervisor.failing = RuntimeError("inside")
            failed = await daemon.tcp.call("POST", f"/sessions/{made['session_id']}/prompt", {"prompt": "secret text"})
    written = lines(tmp_path / "all.log")
    answered = [line for line in written if line["message"] == "answered"]
    assert [(line["method"], line["path"], line["status"]) for line in answered] == [
        ("POST", "/sessions", 201),
        ("GET", "/sessions", 200),
        ("POST", f"/sessions/{made['session_id']}/prompt", 500),
    ]
    assert len({line["request_id"] for line in answered}) == 3
    (error,) = [line for line in written if line["level"] == "error"]
    assert error["request_id"] == answered[2]["request_id"] == failed.body["errors"]["id"]
    assert "secret" not in (tmp_path / "all.log").read_text(encoding="utf-8")
