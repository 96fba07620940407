"""Branch names from titles."""

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_core.git.branch_names import LONGEST, branch_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Rate limit the login", "rate-limit-the-login"),
        ("  Größe & Maß!! ", "grosse-mass"),
        ("Łódź, smørrebrød", "lodz-smorrebrod"),
        ("登录页 fix login page", "fix-login-page"),
        ("修复登录é", "session"),
        ("v2 修复登录页面的问题", "session"),
        ("café/münchen", "cafe-munchen"),
        ("", "session"),
        ("日本語", "session"),
        ("--help", "help"),
        ("../../etc/passwd", "etc-passwd"),
        ("$(rm -rf ~)", "rm-rf"),
        ("HEAD", "head-2"),
        ("deadbeef", "session-deadbeef"),
        ("z" * 100, "z" * 40),
        ("one two three four five six seven eight nine ten", "one-two-three-four-five-six-seven-eight"),
    ],
)
def test_names(title: str, name: str) -> None:
    assert branch_name(title, ()) == name


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ({"a"}, "a-2"),
        ({"a", "a-2", "a-3"}, "a-4"),
        ({"A"}, "a-2"),
        ({"a/b"}, "a-2"),
        ({"A/b", "a-2/x/y"}, "a-3"),
        ({"b/a", "ab"}, "a"),
    ],
)
def test_free_names(taken: set[str], name: str) -> None:
    assert branch_name("a", taken) == name


def test_a_title_without_a_readable_name_gives_the_fallback() -> None:
    assert branch_name("日本語", (), fallback="session-9d2e1c4b") == "session-9d2e1c4b"
    assert branch_name("", {"session-9d2e1c4b"}, fallback="session-9d2e1c4b") == "session-9d2e1c4b-2"


def test_a_prefix_counts_for_what_is_taken() -> None:
    assert branch_name("a", {"a"}, prefix="ada/") == "a"
    assert branch_name("a", {"Ada/A"}, prefix="ada/") == "a-2"
    assert branch_name("a", {"ada/a/b"}, prefix="ada/") == "a-2"
    assert branch_name("HEAD", (), prefix="ada/") == "head-2"


def test_a_number_keeps_within_the_length() -> None:
    long = branch_name("z" * 60, ())
    assert branch_name("z" * 60, {long}) == "z" * 38 + "-2"


@given(st.text(), st.sets(st.text(max_size=5), max_size=5))
def test_every_title_gives_a_valid_free_name(title: str, taken: set[str]) -> None:
    name = branch_name(title, taken)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= LONGEST
    assert name not in {other.lower() for other in taken}
    assert branch_name(title, {name}) != name


def test_git_takes_them() -> None:
    for title in ("a.lock", "@{x}", "..", "x~y^z:", "\x00\x01", "HEAD", "-"):
        name = branch_name(title, ())
        assert subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True).returncode == 0
