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


def mounted(context: Context, agents_may: Collection[str]) -> Catalogue:
    made = catalogue(context, agents_may)
    made.mount(RecordService(context, PEOPLE))
    return made


@pytest.fixture
async def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setattr(lifespan, "catalogue", mounted)
    async with running(tmp_path / "home") as it:
        await it.store.write(lambda w: w.execute(CreateTable(people)))
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
