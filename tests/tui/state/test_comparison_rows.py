"""A comparison as rows: figures, and for each file what each session did to it."""

from msgspec.structs import replace

from agor_core.domain.comparison import Comparison
from agor_tui.state.comparison_rows import figure_rows, file_row, heads, text_of
from tests.builders import app_records as make
from tests.builders.comparisons import comparison

SESSIONS = [make.session("Rate limit the login", status=status) for status in ("idle", "idle", "failed")]
FOUND = comparison(SESSIONS)
IDS = tuple(session.session_id for session in SESSIONS)


def rows(found: Comparison) -> dict[str, list[str]]:
    return {row.name: [text_of(cell) for cell in row.cells] for row in figure_rows(found)}


def test_figures_are_said_in_words_and_what_nobody_knows_is_left_out() -> None:
    assert [text_of(head) for head in heads(FOUND)] == ["A demo", "B demo", "C demo"]
    said = rows(FOUND)
    assert list(said) == ["status", "check", "changes", "uncommitted", "conflicts", "tokens · cost", "last words"]
    assert said["status"][0].startswith("○ idle · ")
    assert said["check"] == ["✓ passed 41s  make test", "✗ failed 41s  make test", "–"]
    assert said["changes"] == ["3 files +111 −7", "2 files +52 −2", "4 files +249 −44"]
    assert said["uncommitted"] == ["none", "1 file", "2 files"]
    assert said["conflicts"] == ["none", "src/auth/login.py with main", "none"]
    assert said["tokens · cost"] == ["48.0k · $0.41", "48.0k · –", "48.0k · $0.41"]
    assert said["last words"][2] == "–"


def test_conflicts_with_each_other_and_problems() -> None:
    first, second, third = FOUND.sessions
    met = {IDS[1]: ("a", "b"), IDS[2]: ("a",)}
    found = replace(
        FOUND,
        sessions=(
            replace(first, conflicts_with=met),
            replace(second, conflicts=("a", "b"), conflicts_with={IDS[0]: ("a", "b")}),
            replace(third, title="Other\x1b[2J", problem="It works outside of git.", check=None),
        ),
    )
    said = rows(found)
    assert said["conflicts"] == ["with B C", "a +1 with main, with A", "–"]
    assert said["changes"][2] == "It works outside of git."
    assert said["title"][2] == "Other"


def test_a_file_is_the_same_as_before_or_only_here_or_differs() -> None:
    said = {file.path: [text_of(cell) for cell in file_row(file, IDS)] for file in FOUND.files}
    assert said == {
        "docs/limits.md": ["–", "–", "+9 −0  only here"],
        "src/auth/limits.py": ["+61 −3", "–", "+190 −40"],
        "src/auth/login.py": ["+20 −4", "+22 −2", "+20 −4  same as A"],
        "tests/test_limits.py": ["+30 −0", "+30 −0  same as A", "+30 −0  same as A"],
    }
    assert [file.same_in(IDS) for file in FOUND.files] == [False, False, False, True]
