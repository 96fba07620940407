"""The description of the interface: a sentence for everything, as JSON for programs and as a page for people."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from tests.builders.daemons import Running


async def test_every_operation_and_field_has_a_sentence_and_a_name_of_its_own(daemon: Running) -> None:
    document = await daemon.unix.get("/openapi.json")
    operations = [
        (path, verb, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if verb != "parameters"
    ]
    assert [(path, verb) for path, verb, operation in operations if not operation["summary"].endswith(".")] == []
    names = Counter(operation["operationId"] for _, _, operation in operations)
    assert [name for name, count in names.items() if count > 1] == []
    nameless = [
        f"{kind}.{name}"
        for kind, schema in document["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
        if not field.get("description", "").endswith(".")
    ]
    assert nameless == [], "write them into agor_daemon/routes/fields.toml"
    parameters = [it for _, _, operation in operations for it in operation.get("parameters", [])]
    assert [it["name"] for it in parameters if not it["description"].endswith(".")] == []
    for word in ("$or", "$sort", "Retry-After", "text/event-stream", "Bearer"):
        assert word in document["info"]["description"]


async def test_answers_are_records_that_a_generator_can_name(daemon: Running) -> None:
    paths = (await daemon.unix.get("/openapi.json"))["paths"]

    def answer(path: str, verb: str, status: str = "200") -> Any:
        return paths[path][verb]["responses"][status]["content"]["application/json"]["schema"]

    session = {"$ref": "#/components/schemas/Session"}
    assert answer("/sessions/{id}", "get") == answer("/sessions/{id}", "patch") == session
    assert answer("/sessions", "get")["properties"]["data"] == {"type": "array", "items": session}
    assert answer("/sessions", "post", "201") == {"anyOf": [session, {"type": "array", "items": session}]}


async def test_the_frames_of_the_feed_are_described(daemon: Running) -> None:
    document = await daemon.unix.get("/asyncapi.json")
    assert (document["asyncapi"], document["channels"]["feed"]["address"]) == ("3.0.0", "/feed")
    schemas = document["components"]["schemas"]
    assert {"Hello", "Change", "Delta", "Bookmark", "Resync"} == schemas.keys()
    assert schemas["Delta"]["properties"]["offset"]["description"] == "Code points of the text before it."
    for message in document["channels"]["feed"]["messages"].values():
        name = message["$ref"].rpartition("/")[2]
        assert document["components"]["messages"][name]["payload"]["$ref"].endswith(f"/{name}")


class Page(HTMLParser):
    """What a page refers to, and which places it has."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "data", "action"):
                self.loads.append(f"{tag} {value}")
        if tag in ("script", "link", "iframe", "img", "object"):
            self.loads.append(tag)


async def test_the_page_for_people_loads_nothing_and_its_links_lead_somewhere(daemon: Running) -> None:
    answer = await daemon.tcp.call("GET", "/docs")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = answer.raw.decode()
    page = Page()
    page.feed(text)
    assert page.loads == []
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link in ("/openapi.json", "/asyncapi.json") or (link.startswith("#") and link[1:] in page.ids)
    assert re.search(r"<b>POST</b> <code>/sessions/\{id\}/prompt</code>\s+Give the session a task", text)
    assert (await daemon.tcp.call("POST", "/docs", {})).status == 405
