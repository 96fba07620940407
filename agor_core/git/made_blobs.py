"""Contents that are made here become blobs of the store, many at once, as git and as a working tree have them."""

import asyncio
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.conversion import conversion
from agor_core.git.durability import sync_loose
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import quoted
from agor_core.git.snapshot import real_index


async def stored(store: ObjectStore, contents: Sequence[bytes]) -> list[str]:
    """The blobs of these contents, written and synced. Raises GitFailed."""
    if not contents:
        return []
    with tempfile.TemporaryDirectory(prefix="agor-blobs-") as name:
        files = [Path(name) / str(number) for number in range(len(contents))]
        await asyncio.to_thread(lambda: [file.write_bytes(one) for file, one in zip(files, contents, strict=True)])
        asked = b"".join(quoted(os.fsencode(file)) + b"\n" for file in files)
        written = await store.git("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=asked)
    blobs = written.decode().split()
    await asyncio.to_thread(sync_loose, store.objects, blobs)
    return blobs


async def in_folder(store: ObjectStore, worktree: Path, blobs: Mapping[bytes, str]) -> dict[bytes, str]:
    """By path, the blob of the bytes that a checkout would write for a blob, without filter programs.

    Raises GitFailed.
    """
    plain = {path: blob for path, blob in blobs.items() if b"\n" not in path}
    if not plain:
        return dict(blobs)
    index = replace(real_index(worktree, await conversion(worktree)), store=store)
    asked = b"".join(blob.encode() + b" " + path + b"\n" for path, blob in plain.items())
    mark = secrets.token_hex(16)  # git says the size before the conversion, so only a mark tells where a content ends
    output = await index.git("cat-file", f"--batch={mark}", "--filters", stdin=asked)
    contents = [piece.removesuffix(b"\n") for piece in output.split(mark.encode() + b"\n")[1:]]
    if len(contents) != len(plain):
        raise GitFailed("git cannot convert the files that were merged.")
    return {**blobs, **dict(zip(plain, await stored(store, contents), strict=True))}
