"""What a daemon forgets of the environment that it was started with."""

import os

import pytest

from agor_daemon import secrecy


def test_variables_that_nobody_uses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"HOME": "/h", "ANTHROPIC_API_KEY": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_PROFILE": "c", "X": "d"}
    monkeypatch.setattr(os, "environ", dict(given))
    secrecy.forget_variables(["AWS_PROFILE"])
    assert os.environ == {"HOME": "/h", "ANTHROPIC_API_KEY": "a", "AWS_PROFILE": "c"}
