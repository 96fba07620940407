"""Figures that several records carry."""

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens in and out, and the cost in US dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class Diffstat(msgspec.Struct, frozen=True, kw_only=True):
    """Files touched, lines added, lines removed."""

    files: int = 0
    insertions: int = 0
    deletions: int = 0
