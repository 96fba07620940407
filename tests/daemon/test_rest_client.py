"""The unmodified ``@feathersjs/rest-client`` can do all that the services offer.

Needs node. ``AGOR_TEST_NPM`` is a folder in whose ``node_modules`` ``@feathersjs/feathers`` and
``@feathersjs/rest-client`` are, or ``1`` to have npm install them into a scratch folder; otherwise it is skipped.
"""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.builders.daemons import Running

SCRIPT = Path(__file__).with_name("rest_client.mjs")
PACKAGES = ("@feathersjs/feathers", "@feathersjs/rest-client")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("AGOR_TEST_NPM")
    if not given or shutil.which("node") is None:
        pytest.skip("needs node, and AGOR_TEST_NPM")
    if given != "1":
        return Path(given)
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), *PACKAGES]
    subprocess.run(command, check=True, timeout=100)
    return folder


async def test_the_feathers_client_can_do_all_of_it(daemon: Running, modules: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        str(modules),
        f"http://localhost:{daemon.port}",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (out.strip(), process.returncode) == (b"ok", 0), err.decode()
