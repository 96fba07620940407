"""The tree of a parsed query: checked, typed, and the same for SQL and for memory.

Logic is two-valued, as in JavaScript: a null is a value that equals null and nothing else. So ``$ne`` and ``$nin``
include it, and ``$in`` may list it.
"""

from enum import StrEnum

import msgspec

Value = str | int | float | bool | None


class Unresolved(msgspec.Struct, frozen=True):
    """An id that is not full: a short id, a prefix or a slug of a record of the service ``refers_to``."""

    refers_to: str
    text: str


class Comparison(StrEnum):
    """The operators with one operand; a value without an operator means equality."""

    EQ = "="
    NE = "$ne"
    LT = "$lt"
    LTE = "$lte"
    GT = "$gt"
    GTE = "$gte"


class Compare(msgspec.Struct, frozen=True):
    """The field at ``path`` against one value.

    Only EQ and NE take null, true and false; a null field matches no other operator.
    """

    path: str
    comparison: Comparison
    value: Value | Unresolved


class Among(msgspec.Struct, frozen=True):
    """The field at ``path`` is one of ``values`` (``$in``), or none of them (``$nin``: ``negated``)."""

    path: str
    values: tuple[Value | Unresolved, ...]
    negated: bool = False


class All(msgspec.Struct, frozen=True):
    """All of the parts hold; without parts, everything matches."""

    parts: tuple["Node", ...]


class AnyOf(msgspec.Struct, frozen=True):
    """At least one of the parts holds; without parts, nothing matches."""

    parts: tuple["Node", ...]


Node = Compare | Among | All | AnyOf

EVERYTHING = All(())


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A whole query.

    ``select`` are paths in the record (None: all of it), ``sort`` pairs of path and whether it ascends (nulls first
    ascending, last descending), ``limit`` 0 only counts, and ``total`` False omits the total. ``after`` and
    ``before`` are the id of a record that the page begins after or ends before.
    """

    where: Node = EVERYTHING
    select: tuple[str, ...] | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    limit: int = 100
    skip: int = 0
    total: bool = True
    after: str | Unresolved | None = None
    before: str | Unresolved | None = None


def mentions(node: Node, path: str) -> bool:
    """Whether a condition in the tree is on the field at ``path``."""
    match node:
        case All(parts) | AnyOf(parts):
            return any(mentions(part, path) for part in parts)
        case Compare() | Among():
            return node.path == path
