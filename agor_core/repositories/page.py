"""A page of records, as a find answers it."""

import msgspec


class Page(msgspec.Struct, frozen=True):
    """``data`` are the records' JSON; ``total`` counts all that match, None where it was not asked for.

    Encodes as the Feathers find answer ``{"total","limit","skip","data"}``.
    """

    total: int | None
    limit: int
    skip: int
    data: list[msgspec.Raw]
