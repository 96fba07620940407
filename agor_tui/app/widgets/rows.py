"""Rows: a scrolling list of items of one or more lines, with a cursor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events
from textual.message import Message

from agor_tui.app.widgets.ink import InkView
from agor_tui.app.widgets.lines import Line

T = TypeVar("T")


class Rows(InkView, Generic[T]):
    """A list with a cursor, which stays on its item while others come, go and move."""

    @dataclass
    class Moved(Message):
        """The cursor was moved to another row."""

        rows: "Rows[object]"

        @property
        def control(self) -> "Rows[object]":
            return self.rows

    @dataclass
    class Picked(Message):
        """The row under the cursor was clicked."""

        rows: "Rows[object]"

        @property
        def control(self) -> "Rows[object]":
            return self.rows

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.items: Sequence[T] = ()
        self.index = 0
        self.active = True
        self._keys: list[str] = []
        self._tops: list[int] = []
        self._drawn: dict[tuple[str, bool], tuple[T, int, list[tuple[Line, bool]]]] = {}

    # For subclasses

    def key(self, item: T) -> str:
        """The identity of an item, unique in the list."""
        raise NotImplementedError

    def draw(self, item: T, width: int, *, selected: bool) -> list[Line]:
        """The lines of an item."""
        raise NotImplementedError

    def above(self, item: T) -> list[Line]:  # noqa: ARG002 - for subclasses
        """The lines between an item and the one before it, which the cursor leaves out: a heading."""
        return []

    # For screens

    def set_items(self, items: Sequence[T]) -> None:
        """Replace the items. The cursor stays on the item with the same key, else at the same index."""
        chosen = self._keys[self.index] if self.index < len(self._keys) else None
        self.items = items
        self._keys = [self.key(item) for item in items]
        if chosen is not None and chosen in self._keys:
            self.index = self._keys.index(chosen)
        else:
            self.index = max(0, min(self.index, len(items) - 1))
        self.relayout()

    @property
    def selected(self) -> T | None:
        """The item under the cursor."""
        return self.items[self.index] if 0 <= self.index < len(self.items) else None

    def select(self, key: str) -> bool:
        """Put the cursor on the item with this key; False if there is none."""
        if key not in self._keys:
            return False
        self.move_to(self._keys.index(key))
        return True

    def move_to(self, index: int) -> None:
        """Put the cursor on the item at ``index``, limited to the first and the last item, and scroll to it."""
        index = max(0, min(index, len(self.items) - 1))
        moved = index != self.index
        self.index = index
        self.relayout()
        self.reveal()
        if moved:
            self.post_message(self.Moved(self))  # type: ignore[arg-type]

    def move(self, step: int) -> None:
        """Move the cursor by some items."""
        self.move_to(self.index + step)

    def page(self, direction: int) -> None:
        """Move the cursor by half a window."""
        height = max(1, self.size.height)
        shown = max(1, sum(1 for top in self._tops if 0 <= top - self.scroll_offset.y < height))
        self.move(direction * max(1, shown // 2))

    def edge(self, direction: int) -> None:
        """Move the cursor to the first item, or with a positive direction to the last."""
        self.move_to(0 if direction < 0 else len(self.items) - 1)

    def set_active(self, active: bool) -> None:
        """Show or hide the cursor; one list of a screen shows it."""
        if active is not self.active:
            self.active = active
            self.relayout()

    def relayout(self) -> None:
        """Draw the items that changed since they were drawn last; the lines of the others are reused."""
        if not self.is_mounted or not self.size:
            return
        width = self.line_width
        lines: list[tuple[Line, bool]] = []
        drawn: dict[tuple[str, bool], tuple[T, int, list[tuple[Line, bool]]]] = {}
        self._tops = []
        for index, (key, item) in enumerate(zip(self._keys, self.items, strict=True)):
            selected = self.active and index == self.index
            known = self._drawn.get((key, selected))
            if known is None or known[0] is not item or known[1] != width:
                drawing = self.draw(item, width, selected=selected)
                heading = [(line, False) for line in self.above(item)]
                known = (item, width, [*heading, *((line, selected and bool(line)) for line in drawing)])
            drawn[(key, selected)] = known
            self._tops.append(len(lines))
            lines += known[2]
        self._drawn = drawn
        self.set_lines(lines)

    def invalidate(self, keys: Collection[str] | None = None) -> None:
        """Redraw the items with these keys, or all items: their drawing depends on more than the items (ages, say)."""
        if keys is None:
            self._drawn.clear()
        for key in keys or ():
            for selected in (False, True):
                self._drawn.pop((key, selected), None)
        self.relayout()

    def reveal(self) -> None:
        """Scroll the item under the cursor into view."""
        if 0 <= self.index < len(self._tops):
            top = self._tops[self.index]
            end = self._tops[self.index + 1] if self.index + 1 < len(self._tops) else len(self._lines)
            self.scroll_to_lines(top, end - top)

    def in_view(self, key: str) -> bool:
        """Whether the window shows the whole item with this key, or its first lines if it is higher than the window."""
        index = self._keys.index(key) if key in self._keys else len(self._tops)
        if index >= len(self._tops) or not self.is_on_screen:
            return False
        top = self._tops[index]
        end = self._tops[index + 1] if index + 1 < len(self._tops) else len(self._lines)
        first, height = top - self.scroll_offset.y, self.scrollable_content_region.height
        return first >= 0 and first + min(end - top, height) <= height

    def item_at(self, y: int) -> int | None:
        """The index of the item at a line of the window; None below the last item."""
        y += self.scroll_offset.y
        if not 0 <= y < len(self._lines):
            return None
        return max((index for index, top in enumerate(self._tops) if top <= y), default=None)

    def on_resize(self) -> None:
        self.fit_window()

    def fit_window(self) -> None:
        """Draw for a new size of the window, and keep the cursor in view."""
        self.relayout()
        self.reveal()

    def on_mount(self) -> None:
        self.relayout()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked item, or pick the item under the cursor."""
        index = self.item_at(event.y)
        if index is None:
            return
        event.stop()
        if index == self.index and self.active:
            self.post_message(self.Picked(self))  # type: ignore[arg-type]
        else:
            self.move_to(index)
            self.post_message(self.Moved(self))  # type: ignore[arg-type]
