"""Every test has its own environment: a scratch home, no settings or keys of the user, only the demo agent."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from agor_core.agents.registry import KNOWN
from tests.builders.programs import without

# Property tests fail for what they find, never for the time that a slow machine takes.
settings.register_profile("agor", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("agor")

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TERM", "TZ", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
_KEPT_PREFIXES = ("AGOR_TEST_", "AGOR_FAULTS", "PYTEST_", "COV_", "PYTHON", "HYPOTHESIS")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core: half of a test's time goes by waiting for a process, a disk or a screen."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over modules and collected tests, which stay: a quarter of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def no_agent_but_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove all other agents from ``PATH``, before any fixture of a test starts a process."""
    agents = {spec.command[0] for spec in KNOWN if spec.name != "demo"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", without(agents, os.environ["PATH"], tmp_path_factory.mktemp("programs")))
        yield


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch ``HOME`` and ``AGOR_HOME``, a free port, and git without the machine's own configuration."""
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(_KEPT_PREFIXES):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AGOR_HOME", str(home / "agor"))
    monkeypatch.setenv("AGOR_PORT", "0")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "ada@example.org")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Ada")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "ada@example.org")
    return home
