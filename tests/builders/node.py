"""Scripts for node, with Feathers' packages from npm."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = tuple(f"@feathersjs/{name}" for name in ("feathers", "rest-client", "errors", "adapter-tests"))


def modules(scratch: Path) -> Path:
    """The folder whose ``node_modules`` has the packages: ``AGOR_TEST_NPM``, or for ``1`` a scratch folder.

    Skips the test without node or without the variable.
    """
    given = os.environ.get("AGOR_TEST_NPM")
    if not given or shutil.which("node") is None:
        pytest.skip("needs node, and AGOR_TEST_NPM")
    if given != "1":
        return Path(given)
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(scratch), *PACKAGES]
    subprocess.run(command, check=True, timeout=100)
    return scratch


async def run(script: Path, *arguments: str) -> tuple[int | None, str, str]:
    """Run a script; answers its exit code, its output and its errors."""
    process = await asyncio.create_subprocess_exec(
        "node", str(script), *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()
