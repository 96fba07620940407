"""The Feathers service contract: eight calls, for one record or for many, of which a service offers some.

See https://feathersjs.com/api/services.html. A call answers a record, a list of them or a page, ready
to be encoded.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from agor_core.db.connections import Reader
from agor_core.errors import InvalidInput, MethodNotAllowed
from agor_core.query.fields import Fields
from agor_core.query.matching import pick
from agor_core.query.parser import parse
from agor_core.query.tree import Query
from agor_core.repositories.full_ids import with_full_ids
from agor_daemon.error_responses import NotOffered

RawQuery = Mapping[str, Any]
Body = type[msgspec.Struct]

OF_ALL = {"find": "GET", "create": "POST", "patch_many": "PATCH", "remove_many": "DELETE"}
"""The calls at a service's own address, and their methods."""
OF_ONE = {"get": "GET", "update": "PUT", "patch": "PATCH", "remove": "DELETE"}
"""The calls at the address of one record, and their methods."""
EVERY_CALL = frozenset({*OF_ALL, *OF_ONE})
OF_A_PAGE = frozenset({"$limit", "$skip", "$sort", "$total", "$after", "$before"})
"""The parameters of a query that only a page has."""


class Service:
    """Base of all services. ``calls`` are those that it offers; any other is refused with MethodNotAllowed.

    A call for one record takes conditions as well, which that record has to meet, and ``$select``.

    ``create_type`` and ``patch_type`` are the bodies of these calls; a service that does not offer them has none.
    ``id_fields`` are the fields of a ``create_type`` that hold ids which the client gives. Without any, a create is
    idempotent by other means. One whose ``takes_keys`` is false refuses idempotency keys.
    """

    name: str
    fields: Fields
    record_type: Body
    calls: ClassVar[frozenset[str]] = frozenset()
    create_type: Body | None = None
    patch_type: Body | None = None
    id_fields: tuple[str, ...] = ()
    takes_keys: bool = True

    async def find(self, query: RawQuery) -> Any:  # noqa: ARG002
        """A page of records."""
        raise self.not_offered("find")

    async def get(self, reference: str, query: RawQuery) -> Any:  # noqa: ARG002
        """One record, by its id in any form."""
        raise self.not_offered("get")

    async def create(self, body: Any) -> Any:  # noqa: ARG002
        """A new record; of a list, all or none."""
        raise self.not_offered("create")

    async def update(self, reference: str, body: Any, query: RawQuery) -> Any:  # noqa: ARG002
        """The record with everything that may change replaced."""
        raise self.not_offered("update")

    async def patch(self, reference: str, body: Any, query: RawQuery) -> Any:  # noqa: ARG002
        """The record with the given fields replaced."""
        raise self.not_offered("patch")

    async def remove(self, reference: str, query: RawQuery) -> Any:  # noqa: ARG002
        """The record, as it was before its removal."""
        raise self.not_offered("remove")

    async def patch_many(self, query: RawQuery, body: Any) -> Any:  # noqa: ARG002
        """All records that a query matches, with the given fields replaced; all or none."""
        raise self.not_offered("patch_many")

    async def remove_many(self, query: RawQuery) -> Any:  # noqa: ARG002
        """All records that a query matches, as they were before their removal; all or none."""
        raise self.not_offered("remove_many")

    def offers(self, call: str) -> bool:
        """Whether the service offers one of the calls."""
        return call in self.calls

    def methods(self, calls: Mapping[str, str]) -> tuple[str, ...]:
        """The HTTP methods of those of the calls that the service offers."""
        return tuple(method for call, method in calls.items() if self.offers(call))

    def not_offered(self, call: str) -> MethodNotAllowed:
        """The error for a call that the service does not offer."""
        calls = OF_ALL if call in OF_ALL else OF_ONE
        return NotOffered(f"{self.name.capitalize()} do not offer {call}.", self.methods(calls))

    def with_full_ids(self, reader: Reader, query: Query) -> Query:
        """The query with every id in its full form. Raises NotFound and Ambiguous."""
        return with_full_ids(reader, query)

    def query_of_one(self, query: RawQuery) -> Query | None:
        """The conditions on the record that an id names, and the fields to answer; None without any.

        Raises InvalidInput for the parameters of a page.
        """
        if not query:
            return None
        if pages := sorted(query.keys() & OF_A_PAGE):
            raise InvalidInput(f"{pages[0]}: cannot be combined with an id.", place=pages[0])
        return parse(query, self.fields)

    def selection(self, query: RawQuery) -> tuple[str, ...] | None:
        """The fields that ``$select`` names; None is every field. Other parameters say nothing of a new record."""
        return parse({"$select": query["$select"]}, self.fields).select if "$select" in query else None

    def select_fields(self, record: Any, select: Sequence[str] | None) -> Any:
        """The selected fields of a record, or of each of a list, and always its id; the record itself for None."""
        if select is None:
            return record
        if isinstance(record, list):
            return [self.select_fields(one, select) for one in record]
        return pick(msgspec.to_builtins(record), select, self.fields.identity)
