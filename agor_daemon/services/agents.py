"""Agents: the registered programs, and whether the supervisor finds them installed."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from agor_core.agents.options import Choice, Choices, ConfigOption, SessionOptions
from agor_core.agents.registry import AgentSpec, find
from agor_core.domain.agent import AgentChoice, AgentInfo
from agor_core.errors import AgentNotInstalled, InvalidInput, NotFound
from agor_core.query.fields import Field, Fields, FieldType
from agor_core.query.matching import matches, ordered, page
from agor_core.query.parser import parse
from agor_daemon.services.context import Context
from agor_daemon.services.contract import RawQuery, Service
from agor_daemon.supervisor.agents.choosing import Wishes, checked

FIELDS = Fields(
    AgentInfo,
    [Field("name"), Field("title"), Field("installed", FieldType.BOOLEAN), Field("version", nullable=True)],
)


def check_installed(context: Context, needed: Iterable[AgentSpec]) -> None:
    """Raises AgentNotInstalled for the first of the agents that cannot be started here."""
    installed = {info.name for info in context.supervisor.agent_infos() if info.installed}
    for spec in needed:
        if spec.name not in installed:
            raise AgentNotInstalled(spec.name, spec.install_hint)


def wished(*, mode: str | None, model: str | None, options: Mapping[str, str]) -> dict[str, str | None]:
    """What a request for a session wishes of its agent. Raises InvalidInput for an option that has a field."""
    for name in ("mode", "model"):
        if name in options:
            raise InvalidInput(f"options.{name}: is the field {name}.", place=f"options.{name}")
    main = {"mode": mode, "model": model}
    return {**{name: value for name, value in main.items() if value is not None}, **options}


def check_offered(context: Context, agent: str, wishes: Wishes) -> None:
    """Raises InvalidInput for what an agent did not offer when it last opened a conversation."""
    if not any(wishes.values()):  # looking up whether each agent is installed would take a third of a create
        return
    for info in context.supervisor.agent_infos():
        if info.name == agent:
            others = tuple(ConfigOption(one.id, one.name, one.category, _choices(one.values)) for one in info.options)
            options = SessionOptions(_choices(info.modes), _choices(info.models), others)
            checked(find(context.agents, agent), options, wishes)


class AgentService(Service):
    """``/agents``"""

    name = "agents"
    fields = FIELDS
    record_type = AgentInfo
    calls: ClassVar[frozenset[str]] = frozenset({"find", "get"})

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, query: RawQuery) -> Any:
        parsed = parse(query, FIELDS)
        records = [msgspec.to_builtins(info) for info in self._context.supervisor.agent_infos()]
        found = ordered((record for record in records if matches(parsed.where, record)), parsed.sort)
        shown = page(found, parsed, FIELDS.identity)
        shown = self.select_fields(shown, parsed.select)
        total = len(found) if parsed.total else None
        return {"total": total, "limit": parsed.limit, "skip": parsed.skip, "data": shown}

    async def get(self, reference: str, query: RawQuery) -> Any:
        asked = self.query_of_one(query)
        for info in self._context.supervisor.agent_infos():
            if info.name == reference and (asked is None or matches(asked.where, msgspec.to_builtins(info))):
                return self.select_fields(info, None if asked is None else asked.select)
        raise NotFound(
            "agent", reference, f"There is no agent {reference!r}; there are: {', '.join(self._context.agents)}."
        )


def _choices(offered: Iterable[AgentChoice]) -> Choices:
    return Choices(tuple(Choice(one.id, one.name) for one in offered))
