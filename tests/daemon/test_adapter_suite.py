"""The suite that Feathers ships for database adapters, against a plain table with either kind of key.

Needs node, see :mod:`tests.builders.node`.
"""

from collections.abc import Collection
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text
from sqlalchemy.schema import CreateTable

from agor_core.repositories.mapping import RecordMapping
from agor_daemon import lifespan
from agor_daemon.services.catalogue import Catalogue, catalogue
from agor_daemon.services.context import Context
from agor_daemon.services.service import RecordService
from tests.builders import node
from tests.builders.daemons import running

SCRIPT = Path(__file__).with_name("adapter_tests.mjs")
NOT_APPLICABLE = {
    ".id": "the property of an adapter object, which a client does not see",
    ".events": "custom events of an adapter object",
    ".create multi": "expects a list to be refused unless an option allows it; lists are always allowed",
    "params.adapter + multi": "overrides that option for one call",
    "params.adapter + paginate": "overrides an option of an adapter object for one call",
}
"""Names of the suite's tests that fail, and why they say nothing of a service over REST."""


class _Person(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    age: int | None = None
    created: bool | None = None
    time: int | None = None


class Numbered(_Person, frozen=True, kw_only=True):
    """A person of a table that the database numbers."""

    id: int


class Identified(_Person, frozen=True, kw_only=True):
    """A person whose id is a UUID."""

    id: str


def mapping(record: type[msgspec.Struct]) -> RecordMapping[msgspec.Struct]:
    table = Table(
        "people",
        MetaData(),
        Column("id", Integer if record is Numbered else Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("age", Integer),
        Column("created", Boolean),
        Column("time", Integer),
    )
    return RecordMapping(record, table, service="people", kind="person", title=lambda _: None)


@pytest.mark.parametrize("record", [Numbered, Identified])
async def test_the_suite_passes(
    record: type[msgspec.Struct], feathers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = mapping(record)

    def mounted(context: Context, agents_may: Collection[str]) -> Catalogue:
        made = catalogue(context, agents_may)
        made.mount(RecordService(context, people))
        return made

    monkeypatch.setattr(lifespan, "catalogue", mounted)
    async with running(tmp_path / "home") as daemon:
        await daemon.store.write(lambda w: w.execute(CreateTable(people.table)))
        base = f"http://localhost:{daemon.port}"
        code, out, err = await node.run(SCRIPT, str(feathers), base, "people", "id")
    lines = out.splitlines()
    failed = [line.removeprefix("failed ") for line in lines if line.startswith("failed ")]
    unexpected = [line for line in failed if line.partition(": ")[0] not in NOT_APPLICABLE]
    assert not unexpected, "\n".join(unexpected)
    passed = [line for line in lines if line.startswith("ok ")]
    assert (code, len(passed), len(failed)) == (0, 75, len(NOT_APPLICABLE)), err
