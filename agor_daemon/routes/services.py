"""The services and their actions over REST, by the Feathers convention: one dispatch by name for all of them."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from agor_core.errors import InvalidInput, NotFound
from agor_daemon.endpoint import body, json, method, query
from agor_daemon.error_responses import WrongMethod
from agor_daemon.services.action import Action
from agor_daemon.services.catalogue import Catalogue
from agor_daemon.services.contract import OF_ALL, OF_ONE, Service


class ServiceRoutes:
    """The endpoint of ``/SERVICE``, ``/SERVICE/ID`` and ``/SERVICE/ID/ACTION``: all other addresses."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._services = catalogue.services
        self._actions = catalogue.actions
        self._keys = catalogue.keys
        self._rights = catalogue.rights

    async def __call__(self, request: Request) -> Response:
        path: str = request.scope["path"]
        match path.split("/")[1:]:
            case [name] if name:
                return await self._of_all(request, self._service(name))
            case [name, given] if given:
                return await self._of_one(request, self._service(name), given)
            case [name, given, action] if given and action:
                return await self._action(request, self._service(name), given, action)
            case _:
                raise NotFound("address", path, f"There is nothing at {path!r}.")

    async def _of_all(self, request: Request, service: Service) -> Response:
        match _call(request, service, OF_ALL):
            case "find":
                return json(await service.find(query(request)))
            case "create":
                select = service.selection(query(request))
                if not service.takes_keys and "idempotency-key" in request.headers:
                    raise InvalidInput(f"Idempotency-Key: {service.name} take none, as the database numbers them.")
                asked = await self._allowed(request, service, "create")
                given = await self._with_ids(request, service.id_fields, asked)
                return json(service.select_fields(await service.create(given), select), 201)
            case "patch_many":
                return json(
                    await service.patch_many(query(request), await self._allowed(request, service, "patch_many"))
                )
            case _:
                await self._rights.check(service.name, "remove_many", None, None)
                return json(await service.remove_many(query(request)))

    async def _of_one(self, request: Request, service: Service, given: str) -> Response:
        match _call(request, service, OF_ONE):
            case "get":
                return json(await service.get(given, query(request)))
            case "update":
                asked = await self._allowed(request, service, "update", given)
                return json(await service.update(given, asked, query(request)))
            case "patch":
                asked = await self._allowed(request, service, "patch", given)
                return json(await service.patch(given, asked, query(request)))
            case _:
                await self._rights.check(service.name, "remove", given, None)
                return json(await service.remove(given, query(request)))

    async def _action(self, request: Request, service: Service, given: str, name: str) -> Response:
        actions: Mapping[str, Action] = self._actions.get(service.name, {})
        if (action := actions.get(name)) is None:
            known = f"there are: {', '.join(actions)}" if actions else "there are none"
            raise NotFound("action", name, f"{service.name.capitalize()} have no action {name!r}; {known}.")
        method(request, action.method)
        parameters = query(request)
        if unknown := parameters.keys() - set(action.query):
            known = f"takes only {', '.join(action.query)}" if action.query else "takes no query"
            raise InvalidInput(f"{min(unknown)}: {name} {known}.", place=min(unknown))
        asked = await body(request) if action.method == "POST" else None
        if action.method != "GET":
            await self._rights.check(service.name, name, given, asked)
            asked = await self._with_ids(request, action.id_fields, asked)
        answer = await action.run(given, parameters if action.query else asked)
        if action.answer is None:
            return StreamingResponse(answer, action.status, media_type=action.media)
        return json(answer, action.status)

    async def _allowed(self, request: Request, service: Service, call: str, given: str | None = None) -> Any:
        """The body of a call that the requester may make. Raises InvalidInput for an empty one, and Refused."""
        asked = _required(await body(request))
        await self._rights.check(service.name, call, given, asked)
        return asked

    async def _with_ids(self, request: Request, id_fields: tuple[str, ...], given: Any) -> Any:
        """The body, with the ids that the ``Idempotency-Key`` stands for. Raises InvalidInput and Unprocessable."""
        keys = request.headers.getlist("idempotency-key")
        if not keys or not id_fields:
            return given
        if len(keys) > 1:
            raise InvalidInput("Idempotency-Key: is given more than once.")
        return await self._keys.with_ids(keys[0], request.scope["path"], id_fields, given)

    def _service(self, name: str) -> Service:
        if (service := self._services.get(name)) is None:
            raise NotFound("service", name, f"There is no service {name!r}; there are: {', '.join(self._services)}.")
        return service


def _call(request: Request, service: Service, calls: Mapping[str, str]) -> str:
    """The service's call for a request's method, HEAD as GET. Raises WrongMethod if the service has none."""
    given = "GET" if request.method == "HEAD" else request.method
    for call, verb in calls.items():
        if verb == given and service.offers(call):
            return call
    raise WrongMethod(given, request.scope["path"], service.methods(calls))


def _required(value: object) -> object:
    if value is None:
        raise InvalidInput("The body must be a JSON object; it is empty.")
    return value
