"""Requests of every form get an answer that the OpenAPI description allows, and never a 5xx."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders.daemons import Program, program

IDS = st.sampled_from(["session_id", "task_id", "board_id", "short_id", "nosuch"])
WORDS = st.sampled_from(
    ["title", "name", "slug", "agent", "prompt", "status", "archived_at", "description", "concepts"]
)
PLACES = st.sampled_from(["cwd", "repo", "worktree", "local_path", "at", "point", "decision", "genealogy"])
NAMES = IDS | WORDS | PLACES
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        ["demo", "codex", "idle", "null", "0", "true", "end", "2026-01-31T09:05:00Z", "abcd", "..", "/", "é"]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
BODIES = st.one_of(
    st.none(),
    VALUES,
    st.dictionaries(NAMES, SCALARS, max_size=5),
    st.lists(st.dictionaries(NAMES, SCALARS), max_size=3),
)
KEYS = st.builds(
    lambda name, rest: name + rest,
    st.one_of(
        NAMES, st.sampled_from(["$sort", "$limit", "$skip", "$select", "$or", "$and", "$total", "purge", "query"])
    ),
    st.sampled_from(["", "[]", "[$ne]", "[$in][]", "[$gt]", "[title]", "[0][status]", "[$nosuch]", "[", "[][]"]),
)
QUERIES = st.lists(st.tuples(KEYS, TEXT), max_size=4)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with program(folder / "home", environ={"HOME": str(folder)}) as it:
        _, agents = call(it, "GET", "/agents", None)
        assert [agent["name"] for agent in agents["data"] if agent["installed"]] == ["demo"]
        yield it


class Interface(dict[str, dict[str, Any]]):
    """The described addresses; with a name, since Hypothesis shows what a test was given."""

    def __repr__(self) -> str:
        return "the interface"


@pytest.fixture(scope="module")
def operations(daemon: Program) -> Interface:
    status, document = call(daemon, "GET", "/openapi.json", None)
    assert status == 200
    return Interface(document["paths"])


def call(daemon: Program, method: str, address: str, body: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", daemon.said["port"], timeout=30)
    try:
        connection.request(method, address, None if body is None else json.dumps(body).encode())
        answer = connection.getresponse()
        raw = answer.read()
        assert answer.headers["content-type"] == "application/json"
        return answer.status, json.loads(raw)
    finally:
        connection.close()


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    which=st.integers(0, 999),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    given_id=TEXT.filter(lambda text: text not in ("", ".", "..")),
    query=QUERIES,
    body=BODIES,
)
def test_every_answer_is_one_that_is_described(
    daemon: Program,
    operations: Interface,
    which: int,
    method: str,
    given_id: str,
    query: list[tuple[str, str]],
    body: Any,
) -> None:
    path = sorted(operations)[which % len(operations)]
    address = path.replace("{id}", quote(given_id, safe=""))
    if query:
        address += "?" + "&".join(f"{quote(key)}={quote(value)}" for key, value in query)
    status, answer = call(daemon, method, address, None if method == "GET" else body)
    described = operations[path].get(method.lower())
    if "{id}" in path and "/" in given_id:
        assert status < 500, (method, address, body, answer)
        return
    if described is None:
        assert status == 405, (method, address, body, answer)
        return
    assert str(status) in described["responses"], (method, address, body, answer)
    assert status < 500, (method, address, body, answer)
    if status >= 400:
        assert answer.keys() == {"name", "message", "code", "className", "errors"}
        assert answer["code"] == status
