"""Who else has a device file open."""

from __future__ import annotations

import os
from pathlib import Path


def other_holder(path: Path) -> str:
    """Return which other process has a file open, as far as this user may see it: ``": process 7 (name)"`` or empty."""
    try:
        target = path.resolve(strict=True)
    except OSError:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            if any(link.resolve() == target for link in (process / "fd").iterdir()):
                return f": process {process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:
            continue
    return ""
