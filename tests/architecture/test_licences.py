"""The licence, and those of the packages that Agor uses."""

import re
import tomllib

from tests.architecture.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_package_that_is_used_is_listed_with_its_licence() -> None:
    listed = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Licence\n")[2]
    used = {re.split(r"[^A-Za-z0-9-]", needed)[0] for needed in PROJECT["dependencies"]}
    assert set(re.findall(r"`([a-z0-9-]+)`", listed)) == used


def test_the_licence_is_mit() -> None:
    assert PROJECT["license"] == {"text": "MIT"}
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
