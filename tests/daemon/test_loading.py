"""The daemon's start loads no module that it does not need."""

import subprocess
import sys

LATER = ("alembic", "acp", "pydantic", "asyncpg", "uuid6", "textual", "rich", "agor_tui")


def test_a_start_loads_nothing_that_it_does_not_need() -> None:
    code = "import sys, agor_daemon.__main__, agor_daemon.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "agor_daemon.server" in loaded
    assert {name.partition(".")[0] for name in loaded} & set(LATER) == set()


def test_help_and_database_commands_load_no_server() -> None:
    code = "import sys, agor_daemon.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {name.partition(".")[0] for name in loaded} & {"uvicorn", "starlette", "sqlalchemy", "asyncio"} == set()
