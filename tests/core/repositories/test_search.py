"""Search: what is found, in which order, and how it is shown."""

from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import delete, func, select

from agor_core.db import tables
from agor_core.db.search_words import LONGEST_WORD, words
from agor_core.db.store import Store
from agor_core.domain.message import Role, ToolCall
from agor_core.repositories import boards, messages, repos, search, sessions, tasks
from tests.builders.records import make_board, make_message, make_repo, make_session, make_task
from tests.builders.searching import everything, found, index, titled


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("Fix the parser", "parser"),
        ("Fix the parser", "PARSER fix"),
        ("Fix session_id in store.py", "session_id"),
        ("Fix session_id in store.py", "store"),
        ("naïve café", "NAIVE"),
        ("naive cafe", "café"),
        ("Größe", "GRÖSSE"),
        ("привет мир", "Мир"),
        ("修复解析器", "解析"),
        ("emoji 🎉 here", "here"),
        ("C++ and C#", "c++"),
        ("x" * 64, "x" * 64),
        ("rock'n'roll", "rock'n'roll"),
        ("the parser AND the NOT", "not and"),
    ],
)
async def test_whole_words_are_found(store: Store, held: str, asked: str) -> None:
    await titled(store, held)
    await index(store)
    assert len(await found(store, asked)) == 1


@pytest.mark.parametrize("asked", ["pars", "parsers", "parser lexer", "", "   ", "🎉", "%", "_", "*", "the.parser.x"])
async def test_what_is_not_there_is_not_found(store: Store, asked: str) -> None:
    await titled(store, "Fix the parser")
    await index(store)
    assert await found(store, asked) == []


@pytest.mark.parametrize(
    "asked",
    [
        *('"', '"parser', "parser OR", "NEAR(parser", "parser*", "words:parser", "(parser", "-parser", "parser & !"),
        *("':*", "parser\x00", "\ud800 parser", "^parser", "'; DROP TABLE sessions; --"),
        *("a" * 100_000, "parser " * 5_000),
    ],
)
async def test_foreign_syntax_is_never_an_error(store: Store, asked: str) -> None:
    await titled(store, "Fix the parser")
    await index(store)
    hits = await found(store, asked)
    assert bool(hits) is (words(asked) == ["parser"])


async def test_titles_prompts_messages_and_tool_calls_are_searched(store: Store) -> None:
    session, task, message = await everything(store)
    await index(store)
    for asked, service, identifier in (
        ("precisely", "sessions", session.session_id),
        ("hello prompt", "tasks", task.task_id),
        ("pytest", "messages", message.message_id),
        ("quickly", "messages", message.message_id),
        ("passed", "messages", message.message_id),
    ):
        (hit,) = await store.read(lambda r, asked=asked: search.find(r, asked))
        assert (hit.service, hit.id, hit.session_id) == (service, identifier, session.session_id)
        assert (hit.short_id, hit.title) == (session.short_id, "A session")
        assert asked.split()[0] in hit.excerpt


async def test_each_says_what_it_is(store: Store) -> None:
    _, task, message = await everything(store)
    said = make_message(task, role=Role.USER, text="say: hello prompt", index=1)
    answer = make_message(task, role=Role.ASSISTANT, text="hello prompt, too", index=2)
    await store.write(lambda w: [messages.append(w, one) for one in (said, answer)])
    await index(store)
    hits = await store.read(lambda r: [*search.find(r, "hello prompt"), *search.find(r, "passed"),
                                       *search.find(r, "precisely")])  # fmt: skip
    assert {hit.id: (hit.kind, hit.task_id) for hit in hits} == {
        task.task_id: ("task", task.task_id),
        said.message_id: ("task", task.task_id),
        answer.message_id: ("message", task.task_id),
        message.message_id: ("tool", task.task_id),
        task.session_id: ("title", None),
    }


async def test_a_session_at_the_root_keeps_its_paths(store: Store) -> None:
    plain = make_session(title="Tree")
    session = await store.write(lambda w: sessions.insert(w, replace(plain, repo=replace(plain.repo, cwd="/"))))
    task = await store.write(lambda w: tasks.insert(w, make_task(session.session_id, full_prompt="look")))
    tool = ToolCall(call_id="1", title="Read /etc/hosts")
    await store.write(lambda w: messages.append(w, make_message(task, role=Role.TOOL, text="", tool=tool)))
    await index(store)
    assert await found(store, "hosts") == ["messages: Read /etc/hosts"]


@pytest.mark.parametrize("anew", [False, True])
async def test_a_tool_call_is_not_found_by_the_name_of_its_sessions_folder(store: Store, anew: bool) -> None:
    plain = make_session(title="Tree")
    folder = "/srv/worktrees/project/one-two"
    session = await store.write(lambda w: sessions.insert(w, replace(plain, repo=replace(plain.repo, cwd=folder))))
    task = await store.write(lambda w: tasks.insert(w, make_task(session.session_id, full_prompt="look")))
    tool = ToolCall(call_id="1", title=f"Read {folder}/src/parser.py", input={"path": f"{folder}-more/lexer.py"},
                    output=f"in {folder}.\n", locations=(folder, f"{folder}/src/parser.py"))  # fmt: skip
    await store.write(lambda w: messages.append(w, make_message(task, role=Role.TOOL, text="", tool=tool)))
    if anew:
        await store.write(lambda w: w.execute(delete(tables.feed)))
    await index(store)
    assert await found(store, "src parser") == [
        "messages: Read src/parser.py /srv/worktrees/project/one-two-more/lexer.py in . src/parser.py"
    ]
    assert await found(store, "two more lexer")
    await store.write(lambda w: messages.append(w, make_message(task, role=Role.TOOL, text="", index=1,
                                                tool=replace(tool, call_id="2", input=None))))  # fmt: skip
    await index(store)
    assert len(await found(store, "project")) == 1


async def test_the_newest_come_first_however_they_were_indexed(store: Store) -> None:
    for second in (3, 1, 4, 1, 5):
        await titled(store, f"common number{second}", created_at=f"2026-01-31T09:05:0{second}.000Z")
    await index(store)
    expected = [f"sessions: common number{n}" for n in (5, 4, 3, 1, 1)]
    assert await found(store, "common") == expected
    assert await found(store, "common", limit=2) == expected[:2]
    assert await found(store, "common", limit=0) == []


async def test_results_are_of_a_board_an_agent_a_repo(store: Store) -> None:
    board = await store.write(lambda w: boards.insert(w, make_board()))
    repo = await store.write(lambda w: repos.insert(w, make_repo()))
    plain = make_session(title="word plain")
    await titled(store, "word on board", board_id=board.board_id)
    await titled(store, "word of codex", agent="codex")
    await titled(store, "word of repo", repo=replace(plain.repo, repo_id=repo.repo_id))
    await store.write(lambda w: sessions.insert(w, plain))
    await index(store)
    assert len(await found(store, "word")) == 4
    assert await found(store, "word", board_id=board.board_id) == ["sessions: word on board"]
    assert await found(store, "word", agent="codex") == ["sessions: word of codex"]
    assert await found(store, "word", repo_id=repo.repo_id) == ["sessions: word of repo"]
    assert await found(store, "word", repo_id=repo.repo_id, agent="codex") == []


async def test_what_changes_is_found_as_it_is_now(store: Store) -> None:
    session, _, message = await everything(store)
    await index(store)
    await store.write(lambda w: sessions.update(w, replace(session, title="Renamed")))
    await store.write(lambda w: messages.update(w, replace(message, text="another text")))
    await index(store)
    assert await found(store, "renamed")
    assert await found(store, "another")
    assert not await found(store, "a session")
    archived = await store.write(lambda w: sessions.update(w, replace(session, archived_at=w.at)))
    assert not await found(store, "another")
    await store.write(lambda w: sessions.update(w, replace(archived, archived_at=None)))
    assert await found(store, "another")
    await store.write(lambda w: sessions.remove(w, session.session_id))
    assert not await found(store, "another")
    await index(store)
    entries = select(func.count()).select_from(tables.search_entries)
    assert await store.read(lambda r: r.execute(entries).scalar_one()) == 0


def test_words_are_few_and_short() -> None:
    assert words("a b a B") == ["a", "b"]
    assert words("x" * (LONGEST_WORD + 1)) == []
    assert words("é_É") == ["e"]
    assert all(word.isascii() and " " not in word for word in words("привет ĳ ﬁx １２ ß日本語 한국어 \u0301"))


async def test_the_last_word_may_be_the_beginning_of_one_from_three_letters_on(store: Store) -> None:
    await titled(store, "Fix the parser")
    await index(store)
    for asked, hits in (("pars", 1), ("the pars", 1), ("pars the", 0), ("pa", 0), ("parsers", 0)):
        assert len(await store.read(lambda r, asked=asked: search.find(r, asked, begun=True))) == hits, asked


async def test_it_is_narrowed_by_status_and_by_time(store: Store) -> None:
    session = await titled(store, "Fix the parser")
    await index(store)

    async def hits(**narrowed: Any) -> int:
        return len(await store.read(lambda r: search.find(r, "parser", **narrowed)))

    assert await hits(status="idle", unseen=False) == 1
    assert await hits(status="failed") == 0
    assert await hits(unseen=True) == 0
    assert await hits(since=session.created_at) == 1
    assert await hits(until=session.created_at) == 0
