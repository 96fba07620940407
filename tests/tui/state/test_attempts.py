"""The attempts of a race as a person writes them."""

import pytest

from agor_tui.state.attempts import NotRead, attempts

KNOWN = ("claude-code", "codex", "demo")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        (" , ", ()),
        ("demo", ("demo",)),
        ("claude-code 2, codex", ("claude-code", "claude-code", "codex")),
        ("demo ×3", ("demo",) * 3),
        ("demo,demo", ("demo",) * 2),
    ],
)
def test_they_are_read(text: str, found: tuple[str, ...]) -> None:
    assert attempts(text, KNOWN) == found


@pytest.mark.parametrize("text", ["nosuch", "demo 0", "demo two", "demo 2 3", "demo 21", "demo 20, codex", "demo 9999"])
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(NotRead):
        attempts(text, KNOWN)
