"""The root of an agent's processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CHECK = "AGOR_CHECK_ID"
"""The variable by which the processes of a check are known, which run beside those of its session's agent."""


@dataclass(frozen=True, slots=True)
class Root:
    """The agent's own process, which leads its group. ``mark`` is part of its environment and its descendants'."""

    pid: int
    started: str
    mark: Mapping[str, str] = field(default_factory=dict)
