"""``GET /openapi.json``: the description of the interface, generated from the services and their records."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from agor_core import __version__
from agor_core.domain.beginning import Beginning
from agor_core.domain.comparison import Comparison
from agor_core.domain.standing import DiskUse
from agor_core.wire.failure import Failure
from agor_daemon.endpoint import json, method
from agor_daemon.routes import parameters
from agor_daemon.routes.caller import CallerReport
from agor_daemon.routes.descriptions import GUIDE, first_sentence, of_action, of_call
from agor_daemon.routes.health import HealthReport
from agor_daemon.routes.parameters import Parameter
from agor_daemon.routes.schemas import Schema, components, feed_page, one_or_list, page, ref
from agor_daemon.services.action import Action
from agor_daemon.services.catalogue import Catalogue
from agor_daemon.services.contract import OF_ALL, OF_ONE, Service
from agor_daemon.services.search import SearchPage

ALWAYS = {400: "invalid request", 401: "token required", 403: "foreign host or origin", 503: "unavailable now"}
OF_RECORDS = {**ALWAYS, 404: "not found", 409: "ambiguous id, or conflict with the present state"}
OF_WRITES = {
    **OF_RECORDS,
    405: "method not allowed",
    413: "body too large",
    422: "valid, but it cannot be done here",
    507: "disk full",
}


EVENT_STREAM = "text/event-stream"


class Name(NamedTuple):
    """An operation's identifier, its sentence, and the service that it is of."""

    identifier: str
    sentence: str
    service: str | None = None


class OpenApi:
    """The endpoint; the document is made at the first request."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._document: dict[str, Any] | None = None

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        return json(self.document())

    def document(self) -> dict[str, Any]:
        """The description, made once."""
        if self._document is None:
            self._document = document(self._catalogue)
        return self._document


def document(catalogue: Catalogue) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these services."""
    paths: dict[str, Any] = {
        "/health": {"get": _call(_other("health"), ref(HealthReport), ALWAYS)},
        "/caller": {"get": _call(_other("caller"), ref(CallerReport), ALWAYS)},
        "/feed": {"get": _feed()},
    }
    search, disk = _other("search"), _other("disk")
    paths["/search"] = {"get": _call(search, ref(SearchPage), OF_RECORDS, parameters=parameters.SEARCH)}
    paths["/disk"] = {"get": _call(disk, ref(DiskUse), ALWAYS, parameters=[parameters.FRESH])}
    compare = _other("compare")
    paths["/compare"] = {"get": _call(compare, ref(Comparison), OF_RECORDS, parameters=parameters.COMPARE)}
    beginning = _other("beginning")
    paths["/beginning"] = {"get": _call(beginning, ref(Beginning), OF_RECORDS, parameters=parameters.BEGINNING)}
    for name, service in catalogue.services.items():
        paths[f"/{name}"] = _calls(service, OF_ALL)
        paths[f"/{name}/{{id}}"] = {"parameters": [parameters.ID], **_calls(service, OF_ONE)}
        for action_name, action in catalogue.actions.get(name, {}).items():
            described = _action(name, action_name, action)
            paths[f"/{name}/{{id}}/{action_name}"] = {"parameters": [parameters.ID], **described}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Agor", "version": __version__, "description": GUIDE},
        "components": {
            "schemas": components(catalogue.services.values(), catalogue.every_action()),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
        "tags": [{"name": name} for name in catalogue.services],
        "paths": paths,
    }


def _calls(service: Service, calls: Mapping[str, str]) -> dict[str, Any]:
    """The calls that a service offers."""
    return {verb.lower(): _service_call(service, call) for call, verb in calls.items() if service.offers(call)}


def _service_call(service: Service, call: str) -> dict[str, Any]:
    record = ref(service.record_type)
    body = service.create_type if call == "create" else service.patch_type
    name = Name(f"{call}_{service.name}", of_call(service.name, call), service.name)
    partly = parameters.SELECT
    match call:
        case "find":
            given = [*parameters.conditions(service.fields), *parameters.paging(service.fields)]
            return _call(name, page(record), OF_RECORDS, parameters=given)
        case "get":
            return _call(name, record, OF_RECORDS, parameters=[partly])
        case "create" if body is not None:
            keyed = [parameters.IDEMPOTENCY_KEY] if service.id_fields else []
            answer = one_or_list(record)
            given = [partly, *keyed]
            return _call(name, answer, OF_WRITES, 201, parameters=given, body=one_or_list(ref(body)))
        case "patch" if body is not None:
            return _call(name, record, OF_WRITES, parameters=[partly], body=ref(body))
        case "update":
            return _call(name, record, OF_WRITES, parameters=[partly], body=record)
        case "patch_many" if body is not None:
            given = [*parameters.conditions(service.fields), partly]
            answer = {"type": "array", "items": record}
            return _call(name, answer, OF_WRITES, parameters=given, body=ref(body))
        case "remove_many":
            given = [*parameters.conditions(service.fields), *parameters.REMOVALS.get(service.name, []), partly]
            return _call(name, {"type": "array", "items": record}, OF_WRITES, parameters=given)
        case _:
            return _call(name, record, OF_WRITES, parameters=parameters.REMOVAL.get(service.name, []))


def _action(service: str, name: str, action: Action) -> dict[str, Any]:
    keyed = [parameters.IDEMPOTENCY_KEY] if action.id_fields else [parameters.ACTIONS[it] for it in action.query]
    schema = None if action.body is None else ref(action.body)
    answer = {} if action.answer is None else ref(action.answer)
    named = Name(f"{service}_{name}", of_action(service, name) or first_sentence(action.run.__doc__), service)
    described = _call(named, answer, OF_WRITES, action.status, parameters=keyed, body=schema)
    if action.answer is None:
        described["responses"][str(action.status)]["content"] = {action.media: {"schema": {"type": "string"}}}
    return {action.method.lower(): described}


def _other(name: str) -> Name:
    return Name(name, of_action("others", name))


def _feed() -> dict[str, Any]:
    described = _call(_other("feed"), feed_page(), OF_RECORDS, parameters=parameters.FEED)
    described["responses"]["200"]["content"][EVENT_STREAM] = {"schema": {"type": "string"}}
    return described


def _call(
    name: Name,
    answer: Schema,
    failures: Mapping[int, str],
    status: int = 200,
    *,
    parameters: Sequence[Parameter] = (),
    body: Schema | None = None,
) -> dict[str, Any]:
    responses: dict[str, Any] = {str(status): {"description": "success", **_json(answer)}}
    for code, description in sorted(failures.items()):
        responses[str(code)] = {"description": description, **_json(ref(Failure))}
    described: dict[str, Any] = {"operationId": name.identifier, "summary": name.sentence, "responses": responses}
    if name.service is not None:
        described["tags"] = [name.service]
    if parameters:
        described["parameters"] = list(parameters)
    if body is not None:
        described["requestBody"] = {"required": True, **_json(body)}
    return described


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
