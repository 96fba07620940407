"""A small HTTP client for tests, over TCP or a Unix socket: every header is the test's own choice."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """Status, headers in lower case, body as it came."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass(frozen=True)
class Caller:
    """Makes each call on a connection of its own, or on a given one."""

    port: int | None = None
    socket: Path | None = None
    host: str = "127.0.0.1"

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.socket is not None:
            return await asyncio.open_unix_connection(str(self.socket), limit=2**26)
        return await asyncio.open_connection(self.host, self.port, limit=2**26)

    async def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, headers: Headers | None = None
    ) -> Answer:
        reader, writer = await self.connect()
        try:
            return await exchange(reader, writer, self.request(method, path, body, raw=raw, headers=headers), method)
        finally:
            writer.close()
            await writer.wait_closed()

    def request(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, headers: Headers | None = None
    ) -> bytes:
        """``headers`` replaces the default ``Host``, so that it can be wrong or missing."""
        if raw is None:
            raw = b"" if body is None else json.dumps(body).encode()
        shown = f"[{self.host}]" if ":" in self.host else self.host
        lines = [f"{method} {quote(path, safe='/?&=$[].,:%-~_')} HTTP/1.1"]
        lines += [f"{k}: {v}" for k, v in (headers if headers is not None else [("Host", f"{shown}:{self.port}")])]
        if raw or method in ("POST", "PATCH", "PUT"):
            lines.append(f"Content-Length: {len(raw)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status == 200, answer.raw
        return answer.body

    async def post(self, path: str, body: Any = None) -> Any:
        answer = await self.call("POST", path, body)
        assert answer.status in (200, 201), answer.raw
        return answer.body


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, method: str = "GET"
) -> Answer:
    """One request and its answer on an open connection."""
    writer.write(request)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
    length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
    return Answer(int(head[0].split()[1]), headers, await reader.readexactly(length))
