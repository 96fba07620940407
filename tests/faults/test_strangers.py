"""Requests from elsewhere on every address that there is: refused before a byte of the body is read."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.daemons import Program, program
from tests.builders.http import exchange

OTHER_USER = """
import encodings.idna, os, sys, http.client
os.setgid(65533); os.setuid(65533)
host, port = sys.argv[1], int(sys.argv[2])
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
FORGED = [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "::1"},
          {"X-Forwarded-User": "root"}, {"Authorization": "Bearer x"}, {"X-Agor-User": "root"}]
for path, more in (("/sessions", {}), ("/feed", UPGRADE)):
    for headers in ({}, *FORGED):
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request("GET", path, headers={**more, **headers})
        print(connection.getresponse().status)
        connection.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_another_user_gets_in_nowhere(tmp_path: Path, host: str) -> None:
    with program(tmp_path / "home") as it:
        command = [sys.executable, "-S", "-c", OTHER_USER, host, str(it.said["port"])]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["401"] * 14


EVIL = {
    "host": "Host: evil.example\r\n",
    "origin": "Host: localhost:{port}\r\nOrigin: https://evil.example\r\n",
    "site": "Host: localhost:{port}\r\nSec-Fetch-Site: cross-site\r\n",
}
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize("evil", EVIL)
async def test_every_address_refuses_pages_from_elsewhere(tmp_path: Path, evil: str) -> None:
    with program(tmp_path / "home") as it:
        document = await it.caller.get("/openapi.json")
        addresses = [
            (verb.upper(), path.replace("{id}", "0a0a0a0a"))
            for path, calls in document["paths"].items()
            for verb in calls
            if verb != "parameters"
        ]
        assert len(addresses) > 40
        headers = EVIL[evil].replace("{port}", str(it.said["port"]))
        for verb, path in [*addresses, ("GET", "/openapi.json"), ("OPTIONS", "/sessions"), ("GET", "/nothing")]:
            assert await refused(it, f"{verb} {path} HTTP/1.1\r\n{headers}Content-Length: 1000000\r\n\r\n"), (
                verb,
                path,
            )
        for path in ("/feed", "/sessions"):
            assert await refused(it, f"GET {path} HTTP/1.1\r\n{headers}{UPGRADE}\r\n"), path


async def refused(it: Program, head: str) -> bool:
    """Whether 403 comes though the body never does."""
    reader, writer = await it.caller.connect()
    try:
        answer = await asyncio.wait_for(exchange(reader, writer, head.encode()), 10)
    finally:
        writer.close()
    return answer.status == 403 and b"Forbidden" in answer.raw
