"""The usage of a turn, from figures that agents report in different shapes and for different spans.

Seen with real agents: the prompt's result has the turn's tokens in ``usage`` (Claude Code, Codex, OpenCode) or in
``_meta.quota.token_count`` (Gemini); Qwen puts those of each model call into ``_meta.usage`` of a message piece; the
cost in ``usage_update`` is the agent session's so far, and starts at zero with each process (Claude Code).
"""

import math
from collections.abc import Mapping
from typing import Any

from agor_core.domain.figures import Usage

LARGEST = 10**15
"""A larger figure is an error of the agent, and the store might not take it."""


class UsageMeter:
    """The figures of one agent session in one process; ``turn`` is None until the first figure of this turn."""

    def __init__(self) -> None:
        self._cost = 0.0
        self._cost_before = 0.0
        self._turn: Usage | None = None

    @property
    def turn(self) -> Usage | None:
        """The usage of the turn so far."""
        return self._turn

    def begin_turn(self) -> None:
        """Start a turn at zero."""
        self._cost_before = self._cost
        self._turn = None

    def read_update(self, update: Mapping[str, Any]) -> Usage | None:
        """The turn's figures after an update; None if it has none."""
        said = False
        match update:
            case {"sessionUpdate": "usage_update", "cost": {"amount": int() | float() as amount, "currency": "USD"}}:
                said = self._read_cost(float(amount)) if abs(amount) < LARGEST else False
            case {"sessionUpdate": "agent_message_chunk", "_meta": {"usage": Mapping() as usage}}:
                if tokens := _tokens(usage):
                    before = self._turn or Usage()
                    self._set_tokens(before.input_tokens + tokens[0], before.output_tokens + tokens[1])
                    said = True
            case _:
                pass
        return self._turn if said else None

    def read_result(self, result: Mapping[str, Any]) -> None:
        """Read the figures of the prompt's result, which are those of the whole turn."""
        match result:
            case {"usage": Mapping() as usage}:
                tokens = _tokens(usage)
            case {"_meta": {"quota": {"token_count": Mapping() as usage}}}:
                tokens = _tokens(usage)
            case _:
                tokens = None
        if tokens is not None:
            self._set_tokens(*tokens)

    def _read_cost(self, amount: float) -> bool:
        if not math.isfinite(amount) or amount < 0:
            return False
        if amount < self._cost_before:
            self._cost_before = 0.0  # the agent began to count anew
        self._cost = amount
        before = self._turn or Usage()
        cost = round(amount - self._cost_before, 9)
        self._turn = Usage(input_tokens=before.input_tokens, output_tokens=before.output_tokens, cost_usd=cost)
        return True

    def _set_tokens(self, taken: int, given: int) -> None:
        cost = self._turn.cost_usd if self._turn is not None else 0.0
        self._turn = Usage(input_tokens=min(taken, LARGEST), output_tokens=min(given, LARGEST), cost_usd=cost)


def _tokens(usage: Mapping[str, Any]) -> tuple[int, int] | None:
    """Tokens in and out; cache reads and writes count as in, thoughts as out.

    The total tells whether an agent's other figures include these.
    """
    taken, given = _figure(usage, "inputTokens", "input_tokens"), _figure(usage, "outputTokens", "output_tokens")
    if taken is None and given is None:
        return None
    taken, given = taken or 0, given or 0
    cached = (_figure(usage, "cachedReadTokens") or 0) + (_figure(usage, "cachedWriteTokens") or 0)
    thought = _figure(usage, "thoughtTokens") or 0
    beyond = (_figure(usage, "totalTokens") or 0) - taken - given
    if cached and beyond >= cached:
        taken, beyond = taken + cached, beyond - cached
    if thought and beyond >= thought:
        given += thought
    return taken, given


def _figure(usage: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = usage.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
            return value
    return None
