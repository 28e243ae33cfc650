"""Corrections of earlier runs, and corrections that come when there is no run any more."""

from __future__ import annotations

from pathlib import Path

from robomatrix_py.data.corrections import read_corrections
from robomatrix_py.scheduler.corrections.memory import CorrectionMemory, Remembered


def remembered_corrections(runs: Path, newest: int) -> CorrectionMemory:
    """Return what was corrected in the newest runs of a folder. The run folders are the memory: there is no other.

    Args:
        runs: Holds run folders, whose names begin with their time.
        newest: How many of them are looked at.
    """
    try:
        folders = sorted((path for path in runs.iterdir() if path.is_dir()), key=lambda path: path.name)
    except OSError:
        return CorrectionMemory()
    found = (
        Remembered.from_record(record, folder.name)
        for folder in folders[max(0, len(folders) - newest) :]
        for record in read_corrections(folder)
    )
    return CorrectionMemory(remembered for remembered in found if remembered is not None)
