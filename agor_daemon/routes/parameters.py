"""The parameters of addresses and headers, for the description of the interface."""

from typing import Any

from agor_core.query.fields import Field, Fields, FieldType

Parameter = dict[str, Any]

_TYPES: dict[FieldType, dict[str, Any]] = {
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.TIME: {"type": "string", "format": "date-time"},
}
_TEXT = {"type": "string"}
_FLAG = {"type": "string", "enum": ["true", "false"]}

ID: Parameter = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "A full id, a short id, or a prefix of one; of boards and repos also the slug.",
    "schema": _TEXT,
}
IDEMPOTENCY_KEY: Parameter = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A request that is repeated with the same key within a day is carried out once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def query(name: str, schema: dict[str, Any], description: str) -> Parameter:
    """A parameter of the query string."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def flag(name: str, description: str) -> Parameter:
    """A parameter that is true or false."""
    return query(name, _FLAG, description)


SELECT = query("$select[]", {"type": "array", "items": _TEXT}, "The fields to answer; the id is always included.")
PURGE = flag("purge", "Delete for good instead of archiving.")
FORCE = flag("force", "Discard work that only the worktree holds; a last checkpoint is kept for 14 days.")
KEEP = flag("keep", "Leave the worktree where it is.")
ARCHIVED = query("archived_at[$ne]", {"type": "string", "const": "null"}, "Only archived records.")
REMOVAL = {"sessions": [PURGE, FORCE, KEEP], "worktrees": [FORCE]}
"""The parameters of ``remove``, by service."""
REMOVALS = {"sessions": [ARCHIVED, FORCE, KEEP]}
"""The parameters of ``remove_many``, by service."""
FEED = [
    query("since", _TEXT, "The last cursor; without it the feed starts at now."),
    query("service", _TEXT, "The services to follow, separated by commas."),
    query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "Changes in one page."),
]
SEARCH = [
    {**query("q", _TEXT, "The words to look for; a hit contains all of them."), "required": True},
    query("board", _TEXT, "Only sessions on this board: its id or slug."),
    query("agent", _TEXT, "Only sessions of this agent."),
    query("repo", _TEXT, "Only sessions in this repo: its id or slug."),
    query("status", _TEXT, "Only sessions with this status; new: those that rest and whose end was not seen."),
    query("since", _TEXT, "Only records from this time on."),
    query("until", _TEXT, "Only records before this time."),
    flag("begun", "Whether the last word, of three letters or more, may be the beginning of one."),
    query("limit", {"type": "integer", "minimum": 0, "maximum": 200}, "Results: 20 unless given."),
]

COMPARE = [
    {
        **query("sessions", _TEXT, "Ids with commas between; ID@task:N is a session as it was after a task."),
        "required": True,
    }
]

_POINT = "base, fork, now, task:N or task:N:start; after SESSION@ of another session."
ACTIONS = {
    "from": query("from", _TEXT, f"Where the difference begins: {_POINT} base unless given."),
    "to": query("to", _TEXT, f"Where it ends: {_POINT} now unless given."),
    "path": query("path[]", {"type": "array", "items": _TEXT}, "Only these files and folders, from the top."),
    "stat": flag("stat", "Whether to answer only figures, without text."),
    "skip": query("skip", {"type": "integer", "minimum": 0}, "Files to skip before the page."),
}
"""The parameters of actions that only read, by name."""

BEGINNING = [
    query("cwd", {"type": "string"}, "The absolute path of a folder; without it the repo's."),
    query("repo", {"type": "string"}, "A repo, by id or slug."),
    query("base", {"type": "string"}, "A branch, tag or commit; without it the repo's base, else what is checked out."),
    flag("fetch", "Whether to fetch the upstream before."),
]
FRESH = flag("fresh", "Whether to look now; false answers the latest look, or null.")


def conditions(fields: Fields) -> list[Parameter]:
    """A condition of equality for each field; other operators follow Feathers' query syntax."""
    return [
        query(path, _schema(field), "Equal to this. Other operators: [$ne] [$in][] [$nin][] [$lt] [$lte] [$gt] [$gte].")
        for path, field in fields.items()
    ]


def paging(fields: Fields) -> list[Parameter]:
    """The order, page and count of a list."""
    count = {"type": "integer", "minimum": 0}
    return [
        query(
            f"$sort[{fields.identity}]",
            {"type": "integer", "enum": [1, -1]},
            "Any field: 1 is ascending, -1 descending.",
        ),
        query("$limit", count, "Records in one page: 100 unless given, at most 1,000; 0 only counts."),
        query("$skip", count, "Records to skip before the page."),
        flag("$total", "Whether to count all matches."),
        query("$after", _TEXT, "The id of the record that the page begins after."),
        query("$before", _TEXT, "The id of the record that the page ends before."),
        SELECT,
    ]


def _schema(field: Field) -> dict[str, Any]:
    schema = _TYPES.get(field.type, _TEXT)
    if field.choices:
        schema = {**schema, "enum": list(field.choices)}
    return {"anyOf": [schema, {"enum": ["", "null"]}]} if field.nullable else dict(schema)
