"""Dialogs are made under an app, though nothing runs it."""

from collections.abc import Iterator

import pytest
from textual._context import active_app
from textual.app import App


class IdleApp(App[None]):
    """An app without a screen."""

    def clear_selection(self) -> None:
        """A field does this as it is made."""


@pytest.fixture(autouse=True)
def an_app() -> Iterator[None]:
    token = active_app.set(IdleApp())
    yield
    active_app.reset(token)
