"""Small countable facts that several records carry."""

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the model took: tokens in and out, and US dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
        )


class Diffstat(msgspec.Struct, frozen=True, kw_only=True):
    """Files touched, lines added, lines removed."""

    files: int = 0
    insertions: int = 0
    deletions: int = 0
