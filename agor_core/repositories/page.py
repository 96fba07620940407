"""A page of records, the answer of a find."""

import msgspec


class Page(msgspec.Struct, frozen=True):
    """``data`` are the records' JSON; ``total`` counts all that match, None if the query omits it.

    Encodes as the Feathers find answer ``{"total","limit","skip","data"}``. ``next`` is there only if the page ended
    before its limit because it grew too long: the parameter of the query that goes on after it, such as ``$after``
    with an id, in the place of ``$skip``.
    """

    total: int | None
    limit: int
    skip: int
    data: list[msgspec.Raw]
    next: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
