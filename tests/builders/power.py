"""A disk whose power can be cut: ext4 on a loop device, of which only what reached the backing file is left."""

import os
import signal
import subprocess
import time
from pathlib import Path

SIZE = "96M"
FEW_SYNCS = "commit=300,noauto_da_alloc"
"""Ext4 commits its journal each 300 seconds, and does not write a file because it was renamed over another.

What is durable earlier was synced by us.
"""


class Disk:
    """Mounted at ``top``. Raises OSError where loop devices cannot be had."""

    def __init__(self, folder: Path) -> None:
        self.top = folder / "disk"
        self._image = folder / "image"
        self._cuts = 0
        self.top.mkdir()
        run("truncate", "-s", SIZE, self._image)
        run("mkfs.ext4", "-q", "-F", self._image)
        self.mount()

    def mount(self) -> None:
        run("mount", "-o", f"loop,{FEW_SYNCS}", self._image, self.top)

    def unmount(self) -> None:
        for _ in range(50):
            if subprocess.run(["umount", self.top], capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)
        run("umount", "--lazy", self.top)

    def freeze_frame(self) -> Path:
        """The backing file as it is at one moment, with every process below this one stopped meanwhile."""
        self._cuts += 1
        copy = self._image.with_name(f"image-{self._cuts}")
        stopped = descendants(os.getpid())
        for pid in stopped:
            kill(pid, signal.SIGSTOP)
        while True:
            before = self._image.stat().st_mtime_ns
            run("cp", "--sparse=always", self._image, copy)
            if self._image.stat().st_mtime_ns == before:
                break
        for pid in stopped:
            kill(pid, signal.SIGKILL)
        return copy

    def restart(self, frame: Path) -> None:
        """Power is back: the disk is as it was at that moment. Everything that used it has ended."""
        self.unmount()
        self._image.unlink()
        self._image = frame
        self.mount()


def run(*command: str | Path) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise OSError(f"{command[0]} failed: {getattr(error, 'stderr', error)}") from error


def descendants(pid: int) -> list[int]:
    """Processes that this one started, and those that they started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def kill(pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
