"""``GET /docs``: the description of the interface as one page of HTML, which loads nothing."""

from collections.abc import Iterator
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from agor_daemon.endpoint import method
from agor_daemon.routes.openapi import OpenApi

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
summary { cursor: pointer; padding: 0.2rem 0; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; margin: 0.4rem 0 1rem; width: 100%; }
td { vertical-align: top; padding: 0.15rem 0.8rem 0.15rem 0; }
td:first-child { white-space: nowrap; }
"""


class Docs:
    """The endpoint."""

    def __init__(self, description: OpenApi) -> None:
        self._description = description

    async def __call__(self, request: Request) -> Response:
        method(request, "GET")
        return HTMLResponse(page(self._description.document()), headers=_HEADERS)


def page(document: dict[str, Any]) -> str:
    """An OpenAPI document as HTML."""
    return "\n".join(_page(document))


def _page(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}: interface</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><body>'
    yield f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
    for paragraph in info["description"].split("\n\n"):
        yield f"<p>{_inline(paragraph)}</p>"
    yield '<p>The same for programs: <a href="/openapi.json">openapi.json</a>, '
    yield '<a href="/asyncapi.json">asyncapi.json</a>.</p>'
    for tag in ["", *(one["name"] for one in document["tags"])]:
        yield f"<h2>{escape(tag or 'the daemon')}</h2>"
        for path, verb, operation in _operations(document, tag):
            yield from _operation(path, verb, operation, document["paths"][path].get("parameters", []))
    yield "<h2>records and bodies</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield from _schema(name, schema)
    yield "</body></html>"


def _operations(document: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if verb != "parameters" and operation.get("tags", [""]) == [tag]:
                yield path, verb, operation


def _operation(path: str, verb: str, operation: dict[str, Any], shared: list[dict[str, Any]]) -> Iterator[str]:
    yield f'<details id="{escape(operation["operationId"])}">'
    yield f"<summary><b>{verb.upper()}</b> <code>{escape(path)}</code> "
    yield f"{escape(operation['summary'])}</summary><table>"
    for parameter in [*shared, *operation.get("parameters", [])]:
        kind = f"{parameter['in']}, {_type(parameter['schema'])}"
        yield _row(parameter["name"], kind, parameter["description"])
    if "requestBody" in operation:
        yield _row("body", _content(operation["requestBody"]), "")
    for status, response in operation["responses"].items():
        yield _row(status, _content(response), response["description"])
    yield "</table></details>"


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> '
    yield f"{_inline(schema.get('description', '').replace('``', '`'))}</summary><table>"
    if "enum" in schema:
        yield _row("one of", " ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"]), "")
    for field, inner in schema.get("properties", {}).items():
        must = "" if field in schema.get("required", ()) else "may be missing. "
        yield _row(field, _type(inner), must + inner.get("description", ""))
    yield "</table></details>"


def _row(name: str, kind: str, sentence: str) -> str:
    return f"<tr><td><code>{escape(name)}</code><td>{kind}<td>{escape(sentence)}"


def _content(holder: dict[str, Any]) -> str:
    return ", ".join(_type(content["schema"]) for content in holder.get("content", {}).values())


def _type(schema: dict[str, Any]) -> str:
    """A schema in a word or two; a record is a link to its fields."""
    if (reference := schema.get("$ref")) is not None:
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if (choices := schema.get("anyOf")) is not None:
        return " or ".join(dict.fromkeys(_type(one) for one in choices))
    if "enum" in schema:
        return " ".join(f"<code>{escape(str(one)) or '&quot;&quot;'}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        kinds = [*schema.get("prefixItems", ()), *filter(None, [schema.get("items")])]
        return f"list of {' and '.join(map(_type, kinds)) or 'anything'}"
    kind = schema.get("type", "anything")
    return " or ".join(map(escape, kind)) if isinstance(kind, list) else escape(str(kind))


def _inline(text: str) -> str:
    """A paragraph whose ``**bold**`` and code marks are tags."""
    for mark, tag in (("**", "b"), ("`", "code")):
        parts = text.split(mark)
        if mark == "**":
            parts = [escape(part) for part in parts]
        text = "".join(f"<{tag}>{part}</{tag}>" if at % 2 else part for at, part in enumerate(parts))
    return text
