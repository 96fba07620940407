"""The drawing of a genealogy."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from agor_core.domain.genealogy import Genealogy, edge_to
from agor_core.domain.session import Session
from agor_tui.state.genealogy_lines import genealogy_lines
from agor_tui.state.genealogy_rows import WIDEST, genealogy_rows
from agor_tui.state.glyphs import ASCII, UNICODE, Glyphs
from tests.builders.app_records import session


def member(name: str, tasks: int, minutes: float, **more: Any) -> Session:
    """A session whose task n has the id ``<name>n``."""
    return session(name, session_id=name, tasks=tasks, minutes=minutes, branch=None, **more)


def genealogy(*members: Session) -> Genealogy:
    """The edges have the positions that the names of the tasks say."""
    edges = [edge for one in members if (edge := edge_to(one)) is not None]
    placed = [replace(edge, position=edge.task_id and int(edge.task_id.removeprefix(edge.source))) for edge in edges]
    return Genealogy(root_id=members[0].session_id, sessions=members, edges=tuple(placed))


def graph(of: Genealogy, glyphs: Glyphs = UNICODE, here: str | None = None) -> list[str]:
    rows = genealogy_rows(of, here=here, glyphs=glyphs)
    return [f"{''.join(segment.text for segment in row.graph)} {row.session.title}" for row in rows]


SKETCH = genealogy(
    member("root", 3, 40),
    member("leaky", 1, 30, forked=("root", "root1")),
    member("window", 1, 20, forked=("leaky", "leaky1")),
    member("tests", 2, 10, spawned=("root", "root3")),
)


def test_the_sketch() -> None:
    assert graph(SKETCH, here="root") == [
        "●─1─2─3◂ root",
        "│ └↱─1 leaky",
        "│    └↱─1 window",
        "└↳─1─2 tests",
    ]
    assert graph(SKETCH, ASCII) == ["o-1-2-3 root", "| `Y-1 leaky", "|    `Y-1 window", "`>-1-2 tests"]


def test_how_each_came_to_be() -> None:
    rows = genealogy_rows(SKETCH)
    assert [row.origin for row in rows] == [
        "",
        "forked after 1 · native",
        "forked after 1 · native",
        "spawned from 3",
    ]


def test_lines_never_cross() -> None:
    drawn = genealogy(
        member("root", 3, 90),
        member("early", 1, 80, forked=("root", "root1")),
        member("late", 1, 70, forked=("root", "root2")),
        member("again", 1, 60, forked=("root", "root1")),
        member("child", 0, 50, spawned=("early", "early1")),
        member("last", 1, 40, spawned=("root", "root3")),
    )
    assert graph(drawn) == [
        "●─1─2─3 root",
        "│ │ └↱─1 late",
        "│ ├↱─1 early",
        "│ │└↳ child",
        "│ └↱─1 again",
        "└↳─1 last",
    ]


def test_a_long_session_shows_where_others_leave_and_how_it_ends() -> None:
    drawn = genealogy(member("root", 40, 9), member("fork", 1, 8, forked=("root", "root17")))
    assert graph(drawn) == ["●─1─…─17─…─39─40 root", "      └↱─1 fork"]


def test_stops_say_where_the_numbers_stand() -> None:
    for row in genealogy_rows(SKETCH):
        text = "".join(segment.text for segment in row.graph)
        assert [text[stop.column : stop.column + stop.cells] for stop in row.stops] == [
            str(number) for number in range(1, row.session.task_count + 1)
        ]


def test_a_fork_of_an_unknown_task_hangs_from_the_beginning() -> None:
    of = genealogy(member("root", 2, 9), member("fork", 1, 8, forked=("root", None)))
    rows = genealogy_rows(of)
    assert ["".join(segment.text for segment in row.graph) for row in rows] == ["●─1─2", "└↱─1"]
    assert rows[1].origin == "forked · native"


def test_a_fork_at_the_start_of_a_task_leaves_before_it() -> None:
    of = genealogy(
        member("root", 3, 90),
        member("anew", 1, 80, forked=("root", "root1"), fork_point="start"),
        member("second", 1, 70, forked=("root", "root3"), fork_point="start"),
        member("end", 1, 60, forked=("root", "root2")),
        member("again", 1, 50, forked=("second", "second1"), fork_point="start"),
    )
    assert graph(of) == [
        "●─1─2─3 root",
        "│   ├↱─1 second",
        "│   │└↱─1 again",
        "│   └↱─1 end",
        "└↱─1 anew",
    ]
    assert [row.origin for row in genealogy_rows(of)] == [
        "",
        "forked before 3 · native",
        "forked before 1 · native",
        "forked after 2 · native",
        "forked before 1 · native",
    ]


def test_a_member_whose_source_is_not_there_is_drawn_all_the_same() -> None:
    orphan = member("orphan", 1, 8, forked=("gone", "gone1"))
    assert graph(Genealogy(root_id=orphan.session_id, sessions=(orphan,), edges=())) == ["●─1 orphan"]


def test_a_deep_tree_stays_narrow_and_is_drawn_at_once() -> None:
    members = [member("m0", 1, 9)]
    members += [member(f"m{number}", 1, 8, forked=(f"m{number - 1}", f"m{number - 1}1")) for number in range(1, 3000)]
    of = genealogy(*members)
    rows = genealogy_rows(of)
    assert len(rows) == 3000
    assert max(cell_len("".join(segment.text for segment in row.graph)) for row in rows) <= WIDEST + 8


@st.composite
def genealogies(draw: st.DrawFn) -> Genealogy:
    members = [member("s0", draw(st.integers(0, 14)), 99)]
    for number in range(1, draw(st.integers(1, 14))):
        source = draw(st.sampled_from(members))
        at = (source.session_id, f"{source.session_id}{draw(st.integers(1, max(1, source.task_count)))}")
        kind = draw(st.sampled_from(["forked", "spawned"]))
        point = {"fork_point": draw(st.sampled_from(["end", "start"]))} if kind == "forked" else {}
        members.append(member(f"s{number}", draw(st.integers(0, 14)), 99 - number, **{kind: at}, **point))
    return genealogy(*members)


@given(genealogies(), st.integers(40, 160), st.sampled_from([UNICODE, ASCII]))
def test_any_tree_is_drawn_whole_parents_first_within_the_width(of: Genealogy, cells: int, glyphs: Glyphs) -> None:
    rows = genealogy_rows(of, glyphs=glyphs)
    order = [row.session.session_id for row in rows]
    assert sorted(order) == sorted(one.session_id for one in of.sessions)
    assert all(order.index(edge.source) < order.index(edge.target) for edge in of.edges)
    lines = genealogy_lines(rows, cells, glyphs)
    widths = {cell_len("".join(segment.text for segment in line)) for line in lines}
    assert len(widths) == 1


@given(genealogies())
def test_every_line_that_begins_goes_on_until_it_ends(of: Genealogy) -> None:
    """Below a corner's or tee's column there is, up to the row it hangs from, nothing but that line."""
    rows = ["".join(segment.text for segment in row.graph) for row in genealogy_rows(of)]
    if any(row.startswith("…") for row in rows):
        return
    for number, row in enumerate(rows[1:], start=1):
        column = next(index for index, character in enumerate(row) if character in "└├")
        above = number - 1
        while column < len(rows[above]) and rows[above][column] in "│├":
            above -= 1
        assert rows[above][column : column + 1] not in ("", " ", "└", "─"), (rows, number)
