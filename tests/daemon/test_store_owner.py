"""One daemon per store: a second one is refused, whatever its home, with the name of the one that has it."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agor_core.config.paths import Paths
from agor_core.db import engines, postgres_lock, postgres_schema, store_lock
from agor_core.db.store_holder import Holder
from agor_core.errors import CannotStart, StoreLost
from tests.builders.daemons import program, running, start

SET = "agor config set database_url URL"


def take(url: str, paths: Paths) -> None:
    """Take the lock and give it up."""
    with store_lock.hold(url, paths):
        pass


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_two_homes_cannot_have_one_database(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    environ = {"AGOR_DATABASE_URL": engines.sqlite_url(tmp_path / "shared.db")}
    with program(homes[0], environ=environ) as first:
        second = start(homes[1], environ=environ)
        second.process.communicate(timeout=20)
        assert second.process.returncode == 4
        holder = f"host {socket.gethostname()}, pid {first.process.pid}, home {homes[0]}."
        assert second.said["error"].startswith(f"The database {tmp_path / 'shared.db'} has a daemon already: {holder}")
        assert first.process.poll() is None
    with program(homes[1], environ=environ) as third:
        assert third.said["ready"]


def test_a_link_to_the_database_is_the_same_database(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with store_lock.hold(engines.sqlite_url(tmp_path / "real.db"), Paths(tmp_path / "one")):
        with pytest.raises(CannotStart, match=r"home .*/one"):
            take(engines.sqlite_url(tmp_path / "link.db"), Paths(tmp_path / "two"))
        (tmp_path / "real.db.lock").write_text("nonsense")
        with pytest.raises(CannotStart, match="has not said its name"):
            take(engines.sqlite_url(tmp_path / "link.db"), Paths(tmp_path / "two"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a PostgreSQL database, in a schema of its own."""
    url = os.environ.get("AGOR_TEST_DATABASE_URL")
    if url is None:
        pytest.skip("AGOR_TEST_DATABASE_URL is not set")
    monkeypatch.setattr(postgres_lock, "CHECK_SECONDS", 0.05)
    schema = f"lock_{os.getpid()}"
    _run(url, f"CREATE SCHEMA {schema}")
    yield f"{url}?schema={schema}"
    _run(url, f"DROP SCHEMA {schema} CASCADE")


def _run(url: str, statement: str) -> None:
    postgres_schema.run(url, lambda connection: connection.exec_driver_sql(statement) and None)


def _end_sessions(url: str, home: Path) -> None:
    _run(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE application_name LIKE 'agor host%{str(home)[-10:]}'",
    )


@pytest.mark.postgres
def test_one_daemon_has_a_postgresql_database(server: str, tmp_path: Path) -> None:
    two = Paths(tmp_path / "two")
    with store_lock.hold(server, Paths(tmp_path / "one")):
        with pytest.raises(CannotStart, match=rf"pid {os.getpid()}, home .*/one\. Stop that one"):
            take(server, two)
        take(server.partition("?")[0], two)  # another schema is another store
    take(server, two)


@pytest.mark.postgres
def test_a_lock_whose_session_ends_is_taken_anew_or_lost(server: str, tmp_path: Path) -> None:
    home = tmp_path / "a-home-of-some-length"
    with store_lock.hold(server, Paths(home)) as held:
        before = _holders(server, home)
        _end_sessions(server, home)
        until(lambda: _holders(server, home) not in ([], before))
        assert held.lost is None
        gives_up = _snatched(server, home, tmp_path / "other")
        until(lambda: held.lost is not None)
        gives_up.set()
    assert str(held.lost).endswith(f"/other. Stop that one, or give this home another database: {SET}")


async def test_a_daemon_whose_store_another_has_acknowledges_nothing_more(tmp_path: Path) -> None:
    async def losing() -> None:
        async with running(tmp_path / "home") as daemon:
            daemon.setup.held.lost = "The other has it."
            await asyncio.wait_for(daemon.stop.requested.wait(), 20)

    with pytest.raises(StoreLost, match="The other has it"):
        await losing()


def _holders(url: str, home: Path) -> list[int]:
    """The sessions of a home's daemon that hold an advisory lock."""
    statement = (
        "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
        f"AND application_name LIKE 'agor host%{str(home)[-10:]}'"
    )
    return postgres_schema.run(url, lambda connection: list(connection.exec_driver_sql(statement).scalars()))


def _snatched(server: str, home: Path, other: Path) -> threading.Event:
    """End the session with the lock again and again until another daemon has it, which keeps it until the event."""
    done, has = threading.Event(), threading.Event()

    def take() -> None:
        while not has.is_set():
            try:
                with store_lock.hold(server, Paths(other)):
                    has.set()
                    done.wait(30)
            except CannotStart:
                _end_sessions(server, home)

    threading.Thread(target=take, daemon=True).start()
    assert has.wait(20)
    return done


def test_the_name_of_a_holder_fits_and_keeps_the_end_of_the_home() -> None:
    keeper = postgres_lock.name_of
    assert keeper(Holder("h", 1, "/srv/agor")) == "agor host h, pid 1, home /srv/agor"
    long = keeper(Holder("host-with-a-very-long-name.example.org", 4194304, "/srv/" + "ä" * 60 + "/end"))
    assert long.startswith("agor host host-with-a-very-l, pid 4194304, home …")
    assert long.endswith("/end")
    assert len(long.encode()) <= postgres_lock.LONGEST_NAME
