"""What a fresh interpreter loads: quick starts, and two front ends that do not carry each other."""

from collections.abc import Iterable

import pytest

from tests.architecture.project import loaded_by, modules, packages_of

HEAVY = {
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "alembic",
    "textual",
    "pydantic",
    "acp",
    "uvicorn",
    "starlette",
    "psutil",
}


def imported(names: Iterable[str]) -> set[str]:
    """The packages that are loaded once all of these modules are."""
    loaded, _ = loaded_by("-c", "\n".join(f"import {name}" for name in names))
    assert {name.partition(".")[0] for name in names} <= packages_of(loaded)
    return packages_of(loaded)


def test_the_check_sees_what_is_loaded() -> None:
    loaded, said = loaded_by("-c", "import textual.geometry, os; print('said', flush=True); os._exit(0)")
    assert "textual" in packages_of(loaded)
    assert "sqlalchemy" not in packages_of(loaded)
    assert said == "said\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--help"], "Usage"),
        (["--version"], "0."),
        (["session", "--help"], "Usage"),
        (["--no-tui", "--help"], "Usage"),
        (["--no-tui", "session", "list", "--help"], "Usage"),
        (["--no-tui", "config", "get"], ""),
        (["config", "get", "--json"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_command_line_loads_neither_store_nor_app_nor_models(arguments: list[str], says: str) -> None:
    loaded, said = loaded_by("-m", "agor_tui", *arguments)
    assert "agor_tui" in packages_of(loaded)
    assert not packages_of(loaded) & HEAVY
    assert says in said


@pytest.mark.parametrize("package", ["agor_tui.cli", "agor_tui.client", "agor_tui.state"])
def test_these_never_load_textual_or_the_store(package: str) -> None:
    assert not imported(modules(package)) & HEAVY


@pytest.mark.parametrize(
    "package",
    [
        "agor_core.domain",
        "agor_core.config",
        "agor_core.query",
        "agor_core.wire",
        "agor_core.git",
        "agor_core.agents",
    ],
)
def test_the_core_above_which_the_store_stands_needs_no_other_package(package: str) -> None:
    assert not imported(modules(package)) & (HEAVY | {"uuid6", "click", "rich"})


def test_the_daemon_loads_neither_the_app_nor_the_protocol_before_it_is_needed() -> None:
    loaded = imported(["agor_daemon.server"])
    assert not loaded & {"textual", "acp", "pydantic", "alembic", "agor_tui", "rich", "psutil"}
