"""The unmodified ``@feathersjs/rest-client`` can do all that the services offer.

Needs node. ``AGOR_TEST_NPM`` is a folder in whose ``node_modules`` Feathers' packages are, or ``1`` to have npm install
them into a scratch folder; otherwise it is skipped.
"""

from pathlib import Path

from tests.builders import node
from tests.builders.daemons import Running

SCRIPT = Path(__file__).with_name("rest_client.mjs")


async def test_the_feathers_client_can_do_all_of_it(daemon: Running, feathers: Path) -> None:
    code, out, err = await node.run(SCRIPT, str(feathers), f"http://localhost:{daemon.port}")
    assert (out.strip(), code) == ("ok", 0), err
