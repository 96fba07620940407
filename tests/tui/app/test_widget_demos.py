"""The demos of the widgets: every widget module has one, and each renders in a terminal of 80x24."""

import inspect
import pkgutil
from importlib import import_module

import pytest
from textual.widget import Widget

from agor_tui.app import widgets
from agor_tui.app.widgets.__main__ import DemoApp, main
from agor_tui.app.widgets.demos import DEMOS

BASES = {"diff_content", "ink", "reading_rows", "rows"}
"""Modules whose widgets are only bases of others."""


def widget_modules() -> set[str]:
    """The modules that define a widget."""
    found = set()
    for info in pkgutil.iter_modules(widgets.__path__):
        if info.name == "__main__":
            continue
        module = import_module(f"{widgets.__name__}.{info.name}")
        members = [member for _, member in inspect.getmembers(module, inspect.isclass)]
        if any(issubclass(member, Widget) and member.__module__ == module.__name__ for member in members):
            found.add(info.name)
    return found


def test_every_widget_has_a_demo() -> None:
    assert set(DEMOS) == widget_modules() - BASES


@pytest.mark.parametrize("name", DEMOS)
async def test_a_demo_renders(name: str) -> None:
    app = DemoApp(DEMOS[name])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "up")
        for key in ("ctrl+t", "ctrl+g"):
            await pilot.press(key)
            rows = app.screen._compositor.render_strips(app.size)
            assert any(segment.text.strip() for row in rows for segment in row)


def test_without_a_name_the_demos_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert set(DEMOS) <= set(capsys.readouterr().out.split())
    assert main(["nothing"]) == 2
    assert "no demo nothing" in capsys.readouterr().err
