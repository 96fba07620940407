"""Replaces short ids, prefixes and slugs in a query by full ids."""

from collections.abc import Callable
from functools import cache

from msgspec.structs import replace

from agor_core.query.tree import All, Among, AnyOf, Compare, Node, Query, Unresolved, Value


def resolve_ids(query: Query, resolve: Callable[[str, str], str]) -> Query:
    """Return the query with full ids only.

    ``resolve`` gets the service that an id refers to and the text, once for each pair, and returns the full id. Raises
    its errors (NotFound, Ambiguous).
    """
    once = cache(resolve)

    def full(value: Value | Unresolved) -> Value:
        return once(value.refers_to, value.text) if isinstance(value, Unresolved) else value

    def rewritten(node: Node) -> Node:
        match node:
            case Compare():
                return replace(node, value=full(node.value))
            case Among():
                return replace(node, values=tuple(dict.fromkeys(full(value) for value in node.values)))
            case All() | AnyOf():
                return replace(node, parts=tuple(rewritten(part) for part in node.parts))

    def place(at: str | Unresolved | None) -> str | None:
        return once(at.refers_to, at.text) if isinstance(at, Unresolved) else at

    return replace(query, where=rewritten(query.where), after=place(query.after), before=place(query.before))
