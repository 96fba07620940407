"""A plain table as a service: mounted in one line, it has all eight calls, over HTTP, in the feed and in OpenAPI."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.schema import CreateTable

from agor_core.ids import new_id
from agor_core.repositories.mapping import RecordMapping
from agor_daemon import lifespan
from agor_daemon.services.catalogue import Catalogue, catalogue
from agor_daemon.services.context import Context
from agor_daemon.services.service import RecordService
from tests.builders.daemons import Running, running


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person of an address book."""

    person_id: str
    short_id: str
    name: str
    age: int | None = None
    tags: tuple[str, ...] = ()
    created_at: str
    updated_at: str


people = Table(
    "people",
    MetaData(),
    Column("person_id", Text, primary_key=True),
    Column("short_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("age", Integer),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("data", Text, nullable=False),
)
PEOPLE = RecordMapping(Person, people, service="people", kind="person", title=lambda person: person.name)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a log, which the database numbers."""

    number: int
    text: str
    updated_at: str


entries = Table(
    "entries",
    MetaData(),
    Column("number", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)
ENTRIES = RecordMapping(Entry, entries, service="entries", kind="entry", title=lambda entry: entry.text)


def mounted(context: Context, agents_may: Collection[str]) -> Catalogue:
    made = catalogue(context, agents_may)
    made.mount(RecordService(context, PEOPLE))
    made.mount(RecordService(context, ENTRIES))
    return made


@pytest.fixture
async def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setattr(lifespan, "catalogue", mounted)
    async with running(tmp_path / "home") as it:
        for table in (people, entries):
            await it.store.write(lambda w, table=table: w.execute(CreateTable(table)))
        yield it


async def test_one_record(daemon: Running) -> None:
    made = await daemon.tcp.post("/people", {"name": "Ada", "tags": ["maths"]})
    assert (made["name"], made["age"], made["tags"]) == ("Ada", None, ["maths"])
    assert made["created_at"] == made["updated_at"] != ""
    address = f"/people/{made['short_id']}"
    assert await daemon.tcp.get(address) == made
    patched = await daemon.tcp.call("PATCH", address, {"age": 36})
    assert {**patched.body, "updated_at": ""} == {**made, "age": 36, "updated_at": ""}
    replaced = await daemon.tcp.call("PUT", address, {**patched.body, "name": "Lovelace", "age": None, "tags": []})
    assert (replaced.body["name"], replaced.body["age"], replaced.body["tags"]) == ("Lovelace", None, [])
    removed = await daemon.tcp.call("DELETE", address)
    assert removed.body["person_id"] == made["person_id"]
    assert (await daemon.tcp.call("GET", address)).status == 404


async def test_many_records(daemon: Running) -> None:
    made = await daemon.tcp.post("/people", [{"name": name, "age": age} for name, age in (("a", 1), ("b", 2))])
    assert [it["name"] for it in made] == ["a", "b"]
    page = await daemon.tcp.get("/people?age[$gt]=1&$select[]=name")
    assert (page["total"], [it["name"] for it in page["data"]]) == (1, ["b"])
    assert (await daemon.tcp.get(f"/people?person_id={made[0]['short_id']}"))["total"] == 1
    older = await daemon.tcp.call("PATCH", "/people?name[$in][]=a&name[$in][]=b", {"age": 3})
    assert {it["age"] for it in older.body} == {3}
    assert (await daemon.tcp.call("DELETE", "/people")).status == 405
    gone = await daemon.tcp.call("DELETE", "/people?name=a&$select[]=name")
    assert gone.body == [{"person_id": made[0]["person_id"], "name": "a"}]
    assert (await daemon.tcp.get("/people?$limit=0"))["total"] == 1


async def test_the_body_is_checked_against_the_record(daemon: Running) -> None:
    for body, place in (({}, "name"), ({"name": 1}, "name"), ({"name": "x", "created_at": "now"}, "created_at")):
        refused = await daemon.tcp.call("POST", "/people", body)
        assert (refused.status, list(refused.body["errors"])) == (400, [place])
    own = new_id()
    assert (await daemon.tcp.post("/people", {"person_id": own, "name": "x"}))["person_id"] == own
    assert (await daemon.tcp.call("POST", "/people", {"person_id": own, "name": "y"})).status == 409
    assert (await daemon.tcp.call("PATCH", f"/people/{own}", {"person_id": new_id()})).status == 400
    several = await daemon.tcp.call("POST", "/people", [{"name": "new"}, {"name": None}])
    assert (several.status, list(several.body["errors"])) == (400, ["[1].name"])
    assert (await daemon.tcp.get("/people"))["total"] == 1


async def test_conditions_with_an_id_are_met_or_it_is_not_found(daemon: Running) -> None:
    made = await daemon.tcp.post("/people", {"name": "Ada", "age": 36})
    address = f"/people/{made['short_id']}"
    bodies = {"GET": None, "PATCH": {"name": "x"}, "PUT": {"name": "x", "age": None, "tags": []}, "DELETE": None}
    for method, body in bodies.items():
        answer = await daemon.tcp.call(method, f"{address}?age=99", body)
        assert (answer.status, answer.body["message"]) == (
            404,
            f"The person '{made['short_id']}' does not meet the query.",
        )
        assert (await daemon.tcp.call(method, f"{address}?$limit=1", body)).body["errors"].keys() == {"$limit"}
    assert await daemon.tcp.get(address) == made
    chosen = f"{address}?age[$lt]=40&person_id={made['short_id']}&$select[]=name"
    for method, body in bodies.items():
        answer = await daemon.tcp.call(method, chosen, body and {**body, "age": 36})
        assert answer.body == {
            "person_id": made["person_id"],
            "name": "x" if method in ("PUT", "DELETE") else answer.body["name"],
        }
    assert (await daemon.tcp.call("GET", address)).status == 404


async def test_other_parameters_say_nothing_of_a_new_record(daemon: Running) -> None:
    answer = await daemon.tcp.call("POST", "/people?name=Bob&$select[]=name", {"name": "Ada"})
    assert (answer.status, answer.body["name"], "age" in answer.body) == (201, "Ada", False)


async def test_a_record_can_be_sent_back_as_it_was_answered(daemon: Running) -> None:
    made = await daemon.tcp.post("/people", {"name": "Ada"})
    address = f"/people/{made['person_id']}"
    for method in ("PATCH", "PUT"):
        answer = await daemon.tcp.call(method, address, {**made, "updated_at": "earlier", "age": 36})
        assert (answer.status, answer.body["age"]) == (200, 36)
        refused = await daemon.tcp.call(method, address, {**made, "created_at": "earlier"})
        assert (refused.status, refused.body["errors"]) == (400, {"created_at": "created_at: cannot be changed."})


async def test_records_that_the_database_numbers(daemon: Running) -> None:
    start = (await daemon.tcp.get("/feed"))["cursor"]
    made = await daemon.tcp.post("/entries", [{"text": "a"}, {"text": "b"}])
    assert [(it["number"], it["text"]) for it in made] == [(1, "a"), (2, "b")]
    patched = await daemon.tcp.call("PATCH", "/entries/2?number[$gt]=1", {**made[1], "text": "c"})
    assert (patched.body["number"], patched.body["text"]) == (2, "c")
    assert [it["text"] for it in (await daemon.tcp.get("/entries?$sort[number]=-1"))["data"]] == ["c", "a"]
    assert (await daemon.tcp.call("DELETE", "/entries/1")).body["text"] == "a"
    for unknown in ("1", "01", "-1", "x", "9" * 19, "9" * 30, "1.0"):
        assert (await daemon.tcp.call("GET", f"/entries/{unknown}")).status == 404, unknown
    changes = (await daemon.tcp.get(f"/feed?since={start}&service=entries"))["data"]
    assert [(it["event"], it["id"]) for it in changes] == [
        ("created", "1"),
        ("created", "2"),
        ("patched", "2"),
        ("removed", "1"),
    ]
    own = await daemon.tcp.call("POST", "/entries", {"number": 9, "text": "d"})
    assert (own.status, list(own.body["errors"])) == (400, ["number"])
    headers = [("Host", f"localhost:{daemon.port}"), ("Idempotency-Key", "k")]
    keyed = await daemon.tcp.call("POST", "/entries", {"text": "d"}, headers=headers)
    assert (keyed.status, (await daemon.tcp.get("/entries"))["total"]) == (400, 1)


async def test_a_repeated_create_is_the_same_record(daemon: Running) -> None:
    headers = [("Host", f"localhost:{daemon.port}"), ("Idempotency-Key", "k")]
    answers = [await daemon.tcp.call("POST", "/people", {"name": "Ada"}, headers=headers) for _ in range(2)]
    assert answers[0].status == 201
    assert answers[0].body == answers[1].body
    assert (await daemon.tcp.get("/people"))["total"] == 1


async def test_it_is_in_the_feed_and_in_the_description(daemon: Running) -> None:
    start = (await daemon.tcp.get("/feed"))["cursor"]
    made = await daemon.tcp.post("/people", {"name": "Ada"})
    changes = await daemon.tcp.get(f"/feed?since={start}&service=people&query[person_id]={made['short_id']}")
    assert [(it["event"], it["record"]) for it in changes["data"]] == [("created", made)]
    document = await daemon.tcp.get("/openapi.json")
    assert set(document["paths"]["/people"]) == {"get", "post", "patch", "delete"}
    assert set(document["components"]["schemas"]) >= {"Person", "CreatePerson", "PatchPerson"}
