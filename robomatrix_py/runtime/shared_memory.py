"""Removes shared memory that killed processes of a graph left behind."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_FOLDER = Path("/dev/shm")  # noqa: S108  where Fast DDS keeps its segments
_PREFIXES = ("fastdds_", "sem.fastdds_")
# A process that starts makes a segment an instant before it maps it.
_YOUNG_S = 0.05


def remove_orphans() -> list[str]:
    """Remove segments of this user that no process uses; one made a moment ago is left alone.

    Returns:
        Names of the removed files.
    """
    candidates = _segments()
    if not candidates:
        return []
    time.sleep(2 * _YOUNG_S)
    removed = []
    # What is made from here on may be in use by a process that was looked at already.
    looked_s = time.time()
    for name in sorted(candidates - _in_use()):
        path = _FOLDER / name
        with suppress(OSError):
            status = path.stat()
            if status.st_uid == os.getuid() and looked_s - status.st_ctime > _YOUNG_S:
                path.unlink()
                removed.append(name)
    return removed


def _segments() -> set[str]:
    if not _FOLDER.is_dir():
        return set()
    return {path.name for path in _FOLDER.iterdir() if path.name.startswith(_PREFIXES)}


def _in_use() -> set[str]:
    """Return names of segments that some process maps or holds open."""
    used: set[str] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for line in (process / "maps").read_text().splitlines():
                if str(_FOLDER) in line:
                    used.add(Path(line.split(maxsplit=5)[5]).name)
        with suppress(OSError):
            for link in (process / "fd").iterdir():
                with suppress(OSError):
                    target = link.readlink()
                    if target.is_relative_to(_FOLDER):
                        used.add(target.name)
    return used
