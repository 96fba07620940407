"""Titles out of prompts."""

import pytest

from agor_daemon.supervisor.titles import title_of


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Fix the login", "Fix the login"),
        ("\n\n  # Fix   the `login`\nmore", "Fix the `login"),
        ("```\n---\nreal words", "real words"),
        ("plan: Look | Write\nsay: x", "Look | Write"),
        ("say: hello", "hello"),
        ("write: src/limit.py def limit(): pass\nrun: make", None),
        ("write: a.py x\nask: May I?\nNow limit it", "Now limit it"),
        ("x" * 80, "x" * 59 + "…"),
        ("word " * 20, "word word word word word word word word word word word…"),
        ("evil\x1b]52;c;x\x07 text", "evil ]52;c;x text"),
        ("\u202egnp.exe", "gnp.exe"),
        ("  \n ...\n", None),
        ("修复登录", "修复登录"),
    ],
)
def test_the_first_line_that_says_something(prompt, title):
    assert title_of(prompt) == title
