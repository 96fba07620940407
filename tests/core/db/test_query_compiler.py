"""The tree as SQL against the tree in memory, on random records and queries."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    MetaData,
    Table,
    create_engine,
    delete,
    insert,
    select,
)

from agor_core.db import postgres_schema, query_compiler
from agor_core.db.tables import SORTED_TEXT
from agor_core.errors import InvalidInput
from agor_core.query.fields import FieldType
from agor_core.query.matching import matches, ordered, value_at
from agor_core.query.tree import Among, Compare, Comparison, Query, Unresolved
from tests.builders import queries
from tests.builders.stores import fresh_url

Case = tuple[list[dict[str, object]], Query]

TYPES = {FieldType.INTEGER: BigInteger, FieldType.NUMBER: Float(53), FieldType.BOOLEAN: Boolean}
COLUMNS = {
    path: Column(path.replace(".", "_"), TYPES.get(field.type, SORTED_TEXT), nullable=field.nullable)  # type: ignore[arg-type]
    for path, field in queries.FIELDS.items()
}
SPECIMENS = Table("specimens", MetaData(), *COLUMNS.values())
KEY = COLUMNS["specimen_id"]


CASES = st.tuples(st.lists(queries.records(), max_size=12, unique_by=lambda r: r["specimen_id"]), queries.queries())


def agree(connection: Connection, records: list[dict[str, object]], query: Query) -> None:
    connection.execute(delete(SPECIMENS))
    if records:
        rows = [{column.name: value_at(r, path) for path, column in COLUMNS.items()} for r in records]
        connection.execute(insert(SPECIMENS), rows)
    sort = (*query.sort, ("specimen_id", True))
    statement = (
        select(KEY).where(query_compiler.condition(query.where, COLUMNS)).order_by(*query_compiler.order(sort, COLUMNS))
    )
    in_memory = [r["specimen_id"] for r in ordered([r for r in records if matches(query.where, r)], sort)]
    assert list(connection.execute(statement).scalars()) == in_memory


@pytest.fixture
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(case=CASES)
def test_sqlite_and_memory_agree(sqlite: Engine, case: Case) -> None:
    records, query = case
    with sqlite.connect() as connection:
        SPECIMENS.create(connection, checkfirst=True)
        agree(connection, records, query)


@pytest.mark.postgres
@settings(max_examples=20, suppress_health_check=[*HealthCheck])
@given(cases=st.lists(CASES, min_size=4, max_size=6))
def test_postgresql_and_memory_agree(tmp_path: Path, cases: list[Case]) -> None:
    def all_agree(connection: Connection) -> None:
        SPECIMENS.create(connection)
        for records, query in cases:
            agree(connection, records, query)

    with fresh_url("postgresql", tmp_path) as url:
        postgres_schema.run(url, all_agree)


@pytest.mark.parametrize(
    "node",
    [
        Compare("parent_id", Comparison.EQ, Unresolved("specimens", "9d2e")),
        Among("parent_id", (Unresolved("specimens", "9d2e"),)),
    ],
)
def test_an_id_that_was_not_resolved_is_refused(node: Compare | Among) -> None:
    with pytest.raises(InvalidInput, match="9d2e"):
        query_compiler.condition(node, COLUMNS)
