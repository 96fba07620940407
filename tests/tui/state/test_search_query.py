"""What is typed into the search."""

from datetime import UTC, datetime

import pytest

from agor_tui.state.search_query import parsed

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words", "parameters"),
    [
        ("rate limit", "rate limit", []),
        ("repo:api limit agent:codex", "limit", [("repo", "api"), ("agent", "codex")]),
        ("status:needs x", "x", [("status", "awaiting_permission")]),
        ("repo: x", "x", []),
        ("http://host x", "http://host x", []),
        ("since:2h x", "x", [("since", "2026-03-02T10:00:00.000Z")]),
        ("until:2026-03-01T00:00:00Z x", "x", [("until", "2026-03-01T00:00:00.000Z")]),
    ],
)
def test_words_and_conditions(text: str, words: str, parameters: list[tuple[str, str]]) -> None:
    query = parsed(text, NOW)
    assert (query.words, list(query.parameters), query.fault) == (words, parameters, "")


def test_a_time_that_is_none_is_told() -> None:
    assert parsed("since:soon x", NOW).fault == "since: takes a date such as 2026-01-31, or an age such as 12h, 7d, 3w."
