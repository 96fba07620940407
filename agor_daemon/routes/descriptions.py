"""The sentences that describe operations and fields; they stand in two files beside this one."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent

GUIDE = """\
Agor runs coding agents side by side. This is the interface of its daemon, for programs of your own.

**Access.** On this machine your own user needs no token; others send `Authorization: Bearer TOKEN` (`agor daemon token`
prints it). A page of another origin is refused.

**Ids.** Where an id is taken, the full id, the short id or a beginning of it will do; of boards and repos the slug too.

**Queries.** `GET /sessions?status=idle&agent[$ne]=demo&$sort[updated_at]=-1&$limit=20`. Operators: equality, `$ne`,
`$in`, `$nin`, `$lt`, `$lte`, `$gt`, `$gte`; `$or` and `$and` hold conditions, nested (`$or[0][status]=idle`).
`$select[]` names the fields to answer; `$sort[FIELD]` is 1 or -1; `$limit` (100, at most 1,000) and `$skip`, or
`$after=ID` and `$before=ID`, choose a page; `$limit=0` counts. An unknown field or operator is an error. A page ends
at 8 MB; its `next` says how to go on.

**Errors** are JSON: `name`, `message` (a sentence for people), `code` (the HTTP status), `className`, `errors`. A 503
says with `Retry-After` when to try again.

**Changes.** `/feed` is the log of all changes: as pages (`?since=CURSOR`), as a WebSocket, or as server-sent events
(`curl -N -H 'Accept: text/event-stream' http://localhost:3030/feed`). The first frame says where the stream starts;
from the last cursor a client goes on without gap or double. Frames are described at `/asyncapi.json`.
"""


def of_call(service: str, call: str) -> str:
    """The sentence of one of the calls that all services have."""
    return str(_operations()["calls"][call]).format(many=service)


def of_action(service: str, name: str) -> str:
    """The sentence of an action of a service, or of an address of ``others``; empty where there is none."""
    return str(_operations().get(service, {}).get(name, ""))


def first_sentence(docstring: str | None) -> str:
    """The first sentence of a docstring, for an operation that the file does not name."""
    text = " ".join((docstring or "").split()).replace("``", "")
    return f"{text.partition('. ')[0].rstrip('.')}." if text else ""


def described(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas, in which each field of a record has its sentence."""
    sentences = _fields()
    for kind, schema in schemas.items():
        own = sentences.get(kind, {})
        for name, field in schema.get("properties", {}).items():
            sentence = own.get(name) or sentences.get(name)
            if isinstance(sentence, str) and "description" not in field:
                schema["properties"][name] = _with(field, sentence)
    return schemas


def _with(field: dict[str, Any], sentence: str) -> dict[str, Any]:
    return {**field, "description": sentence}


@cache
def _operations() -> dict[str, Any]:
    return tomllib.loads((_HERE / "operations.toml").read_text())


@cache
def _fields() -> dict[str, Any]:
    return tomllib.loads((_HERE / "fields.toml").read_text())
