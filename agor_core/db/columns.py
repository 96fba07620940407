"""Columns as all tables have them, and the description of the schema that the tables are added to."""

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SORTED_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
COUNT = BigInteger().with_variant(Integer, "sqlite")
JSON = "json"
"""A key in a column's ``info``: the column holds JSON text, or null."""


def text(name: str, *rest: Any, path: str | None = None, **options: Any) -> "Column[str]":
    """A text, by default not null; ``path`` is its place in the record."""
    options.setdefault("nullable", False)
    return Column(name, SORTED_TEXT, *rest, info={"path": path or name}, **options)


def count(name: str, path: str | None = None) -> "Column[int]":
    """A number that is 0 at first."""
    return Column(name, COUNT, nullable=False, server_default="0", info={"path": path or name})


def usage() -> "tuple[Column[Any], ...]":
    """What an agent used: tokens and cost."""
    cost: Column[float] = Column(
        "cost_usd", Float(53), nullable=False, server_default="0", info={"path": "usage.cost_usd"}
    )
    return count("input_tokens", "usage.input_tokens"), count("output_tokens", "usage.output_tokens"), cost


def data() -> "Column[str]":
    """What of the record has no column, as JSON."""
    return Column("data", Text, nullable=False)
