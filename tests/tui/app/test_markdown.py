"""Markdown as it is drawn: as people know it, and without the loss of a letter."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agor_tui.app.widgets.code_colors import LONGEST, colored
from agor_tui.app.widgets.lines import cells, plain
from agor_tui.app.widgets.markdown import markdown_lines
from agor_tui.app.widgets.streamed_markdown import LONGEST_BLOCK, StreamedMarkdown


def shown(text: str, width: int = 60) -> list[str]:
    return [plain(line).rstrip() for line in markdown_lines(text, width)]


def inks(text: str) -> dict[str, str]:
    """The inks of all words of a text."""
    return {word.strip(): ink for line in markdown_lines(text, 100) for word, ink in line if word.strip()}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# One\n## Two\n### Three\nText", ["One", "───", "", "## Two", "", "### Three", "", "Text"]),
        ("Title\n=====\nText", ["Title", "─────", "", "Text"]),
        ("a **b** *c* `d` ~~e~~", ["a b c d e"]),
        ("- one\n- two\n  - three", ["• one", "• two", "  • three"]),
        ("0. zeroth\n1. first\n\n7. not one\n8. eight",
         ["0. zeroth", "", "1. first", "", "7. not one", "", "8. eight"]),
        ("3) one\n9) two", ["3) one", "9) two"]),
        ("8.", ["8."]),
        ("1. - a\n   - b\n2. c", ["1. • a", "   • b", "2. c"]),
        ("- [ ] open\n- [x] done", ["• [ ] open", "• [x] done"]),
        ("```py\nif x:\n    y\n```", ["  py", "  if x:", "      y"]),
        ("    if x:\n        y", ["  if x:", "      y"]),
        ("1. ```sh\n   make\n   ```\n2. Look:\n\n   ```\n   ok\n   ```\n\n3. Ship.",
         ["1.   sh", "     make", "", "2. Look:", "", "     ok", "", "3. Ship."]),
        ("> one\n>\n> two\n>> deeper\n\nafter", ["│ one", "│", "│ two", "│", "│ │ deeper", "", "after"]),
        ("> ```\n> code\n>\n> more\n> ```", ["│   code", "│", "│   more"]),
        ("a\nb", ["a b"]),
        ("a<br>b  \nc", ["a", "b", "c"]),
        ("***", ["────────────────────────"]),
        ("<script>x</script>", ["<script>x</script>"]),
        ("press <kbd>ctrl</kbd>+<kbd>c</kbd> x &lt; y &amp;&amp; z <!-- seen -->",
         ["press ctrl+c x < y && z <!-- seen -->"]),
        ("<details>\n<summary>More</summary>\n\nInner *text*.\n\n</details>", ["More", "", "Inner text."]),
        ("<a href='http://x'>y</a>", ["<a href='http://x'>y</a>"]),
        ("[text](http://x)", ["text (http://x)"]),
        ("[text](http://x 'title')", ['text (http://x "title")']),
        ("<http://x> and [http://x](http://x) and <me@x.org>", ["http://x and http://x and me@x.org"]),
        ("![the graph](img/load.png)", ["image: the graph (img/load.png)"]),
        ("[click](javascript:alert(1))", ["[click](javascript:alert(1))"]),
        ("[ref]: https://x\nA [ref] link.", ["[ref]: https://x", "A ref (https://x) link."]),
        ("", []),
    ],
)  # fmt: skip
def test_markdown(text: str, lines: list[str]) -> None:
    assert shown(text) == lines


def test_a_table_is_aligned_in_cells_and_an_empty_cell_stays_empty() -> None:
    head = "| Stage | Owner | Minutes |\n|:--|:-:|--:|\n"
    table = head + "| Build | **core** team | 4 |\n| 発表 | `田中` | 125 |\n| Ship | | 0 |"
    assert shown(table) == [
        "Stage    Owner    Minutes",
        "─────  ─────────  ───────",
        "Build  core team        4",
        "発表     田中         125",
        "Ship                    0",
    ]


def test_a_table_that_is_too_wide_is_wrapped_in_its_cells_and_a_hopeless_one_becomes_records() -> None:
    table = "| Name | Meaning |\n|--|--|\n| a | a long sentence about it |\n| b | short |"
    assert shown(table, 20) == [
        "Name  Meaning",
        "────  ──────────────",
        "a     a long",
        "      sentence about",
        "      it",
        "b     short",
    ]
    many = (
        "|"
        + "".join(f" head{n} |" for n in range(9))
        + "\n|"
        + "--|" * 9
        + "\n|"
        + "".join(f" v{n} |" for n in range(9))
    )
    assert shown(many, 24) == [f"head{n}: v{n}" for n in range(9)]


def test_cells_without_a_head_are_not_lost() -> None:
    assert shown("| a |\n|--|\n| 1 | surplus |") == ["a", "─", "1", "| 1 | surplus |"]


def test_links_open_only_what_a_terminal_may_open() -> None:
    text = "[a](https://x/y) [b](file:///z) [c](ssh://h) [d](docs/e.md) https://plain.org/f."
    assert {word: ink for word, ink in inks(text).items() if ink.startswith("link")} == {
        "a": "link https://x/y",
        "https://x/y": "link https://x/y",
        "b": "link file:///z",
        "file:///z": "link file:///z",
        "c": "link",
        "ssh://h": "link",
        "d": "link",
        "docs/e.md": "link",
        "https://plain.org/f": "link https://plain.org/f",
    }


def test_a_link_cannot_hide_what_it_opens() -> None:
    assert shown("[https://bank.org](https://evil.org)") == ["https://bank.org (https://evil.org)"]
    assert not any("\u202e" in plain(line) for line in markdown_lines("[a](https://x/\u202ey)", 60))
    assert "\x1b" not in "".join(shown("a \x1b]0;t\x07 `\x1b[2J`\n```\n\x1b[8m\n```"))


def test_code_is_coloured_by_its_language() -> None:
    found = inks("```python\ndef go():  # why\n    return 'x'\n```")
    assert (found["def"], found["go"], found["# why"], found["'x'"]) == (
        "code-keyword",
        "code-name",
        "code-comment",
        "code-string",
    )
    assert inks("```nosuch\ndef go\n```")["def go"] == "code"
    assert inks("```diff\n+a\n-b\n```")["+a"] == "add"
    assert colored("x" * (LONGEST + 1), "python") is None
    code = '\n\nx = """a\n\nb"""\n'
    assert ["".join(text for text, _ in line) for line in colored(code, "py") or ()] == code.split("\n")


words = st.text(st.sampled_from("abé日7"), min_size=1, max_size=6)
pieces = st.one_of(
    words,
    st.sampled_from(
        ["\n", "\n\n", "- ", "1. ", "27) ", "> ", "# ", "    ", "  ", "`", "```\n", "*", "**", "_", "~~", "[", "]",
         "](", "(", ")", "!", "| ", "|--|--|\n", "|", " ", "\\", "https://x.org/a_b", "<br>", ":", "---\n", "[r]: "]
    ),
)  # fmt: skip


@given(st.lists(pieces, max_size=40).map("".join), st.integers(16, 70))
def test_no_letter_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = markdown_lines(text, width)
    assert all(cells(line) <= width for line in lines)
    drawn = "".join(plain(line) for line in lines)
    letters = re.findall(r"[^\W_]", text.replace("<br>", ""))
    remaining = iter(drawn)
    assert all(letter in remaining for letter in letters), (text, drawn)


@pytest.mark.parametrize("mark", ["- ", "1. ", "> ", "> - "])
def test_what_is_nested_too_deep_is_shown_all_the_same(mark: str) -> None:
    for depth in (9, 12, 30, 70, 200):
        text = mark * depth + "the end"
        drawn = "".join(shown(text))
        assert "theend" in drawn.replace(" ", "").replace("│", ""), depth
        assert drawn.count("1") >= text.count("1")
        assert all(cells(line) <= 40 for line in markdown_lines(text, 40))


@pytest.mark.parametrize(
    "unit", ["`", "*a_", "[", "![", "> ", "- ", "1. ", "<!--", "<b>", "[a](b)", "~~a", "|", "&amp;", "word ", "\\"]
)
def test_hostile_markdown_takes_no_time(unit: str) -> None:
    began = time.process_time()
    markdown_lines((unit * 60_000)[:60_000], 100)
    assert time.process_time() - began < 5  # most take a tenth of a second; a quadratic rule takes minutes


ANSWER = """# Done

The limiter is **in place**, see [docs](https://x.org/d):

1. First `a`
2. Second

   with more

| a | b |
|---|--:|
| 1 | 2 |

```python
def go():

    return 1
```

> quoted
"""


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_a_growing_answer_is_drawn_as_markdown_and_what_is_finished_stays(size: int) -> None:
    streamed = StreamedMarkdown()
    finished: list[str] = []
    for end in range(size, len(ANSWER) + size, size):
        lines = [plain(line) for line in streamed.update(ANSWER[:end], 50)]
        done = [plain(line) for line in streamed.finished]
        assert done[: len(finished)] == finished
        assert lines[: len(done)] == done
        finished = done
    assert lines == [plain(line) for line in markdown_lines(ANSWER, 50)]
    assert [plain(line) for line in streamed.update(ANSWER, 30)] == [plain(line) for line in markdown_lines(ANSWER, 30)]


def test_a_block_that_grows_without_end_is_drawn_as_it_stands() -> None:
    streamed = StreamedMarkdown()
    text = "".join(f"- item {n}\n" for n in range(LONGEST_BLOCK // 4))
    for end in range(0, len(text), 500):
        streamed.update(text[:end], 50)
    lines = [plain(line) for line in streamed.update(text, 50)]
    assert lines[-2:] == [f"- item {LONGEST_BLOCK // 4 - 1}", ""]
    ended = [plain(line) for line in streamed.update(text + "\n" * (len(text) // 2) + "\nThe **end**.\nMore\n\n", 50)]
    assert ended[-1] == "The end. More"
    assert ended[0] == "• item 0"
