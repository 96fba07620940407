"""The Feathers service contract: its calls, for one record or for many, each refused by a service without it.

See https://feathersjs.com/api/services.html. What a call answers is a record, a list of them or a page, ready to be
encoded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agor_core.errors import InvalidInput, MethodNotAllowed
from agor_core.query.fields import Fields
from agor_core.query.matching import pick
from agor_core.query.parser import parse
from agor_daemon.error_responses import NotOffered

RawQuery = Mapping[str, Any]

OF_ALL = {"find": "GET", "create": "POST", "patch_many": "PATCH", "remove_many": "DELETE"}
"""The calls at a service's own address, and their methods."""
OF_ONE = {"get": "GET", "update": "PUT", "patch": "PATCH", "remove": "DELETE"}
"""The calls at the address of one record, and their methods."""


class Service:
    """Base of all services."""

    name: str
    fields: Fields

    async def find(self, query: RawQuery) -> Any:  # noqa: ARG002
        """A page of records."""
        raise self.refused("be listed")

    async def get(self, given: str, query: RawQuery) -> Any:  # noqa: ARG002
        """One record, by its id in any form."""
        raise self.refused("be read one by one", OF_ONE)

    async def create(self, body: Any) -> Any:  # noqa: ARG002
        """A new record; of a list, all or none."""
        raise self.refused("be created")

    async def update(self, given: str, body: Any) -> Any:  # noqa: ARG002
        """The record with everything that may change replaced."""
        raise self.refused("be changed", OF_ONE)

    async def patch(self, given: str, body: Any) -> Any:  # noqa: ARG002
        """The record with what is given replaced."""
        raise self.refused("be changed", OF_ONE)

    async def remove(self, given: str, query: RawQuery) -> Any:  # noqa: ARG002
        """The record, as it was before it went."""
        raise self.refused("be removed", OF_ONE)

    async def patch_many(self, query: RawQuery, body: Any) -> Any:  # noqa: ARG002
        """All records that a query matches, with what is given replaced."""
        raise self.refused("be changed all at once")

    async def remove_many(self, query: RawQuery) -> Any:  # noqa: ARG002
        """All records that a query matches, as they were before they went."""
        raise self.refused("be removed all at once")

    def offers(self, call: str) -> bool:
        """Whether the service has code of its own for one of the calls."""
        return getattr(type(self), call) is not getattr(Service, call)

    def no_query(self, query: RawQuery) -> None:
        """Raises InvalidInput where a call takes no conditions."""
        if query:
            name = min(query)
            raise InvalidInput(f"{name}: does not go with an id.", place=name)

    def selection(self, query: RawQuery) -> tuple[str, ...] | None:
        """What ``$select`` names, beside an id; None is everything. Raises InvalidInput for any other condition."""
        if not query:
            return None
        if others := sorted(query.keys() - {"$select"}):
            raise InvalidInput(f"{others[0]}: only $select goes with an id.", place=others[0])
        return parse(query, self.fields).select

    def picked(self, record: Any, select: Sequence[str] | None) -> Any:
        """A record, or each of a list, as far as ``select`` names it, the id always; the record itself for None."""
        if select is None:
            return record
        if isinstance(record, list):
            return [self.picked(one, select) for one in record]
        return pick(msgspec.to_builtins(record), select, self.fields.identity)

    def verbs(self, calls: Mapping[str, str]) -> tuple[str, ...]:
        """The methods of those of some calls that the service offers."""
        return tuple(verb for call, verb in calls.items() if self.offers(call))

    def refused(self, what: str, calls: Mapping[str, str] = OF_ALL) -> MethodNotAllowed:
        """The error for one of the calls that the service does not offer."""
        return NotOffered(f"{self.name.capitalize()} cannot {what} here.", self.verbs(calls))
