"""A page of records, the answer of a find."""

import msgspec


class Page(msgspec.Struct, frozen=True):
    """``data`` are the records' JSON; ``total`` counts all that match, None if the query omits it.

    Encodes as the Feathers find answer ``{"total","limit","skip","data"}``.
    """

    total: int | None
    limit: int
    skip: int
    data: list[msgspec.Raw]
