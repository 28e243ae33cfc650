"""What the disk can take: room before a run, and the floor at which bulky recording stops."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from robomatrix_py.contracts.errors import DataError

FLOOR_BYTES = 64 * 2**20
"""Free space that recording, video and pictures leave alone, so that the small files of a run always fit."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MAKE_ROOM = "delete old runs or choose another folder with --out"

FaultHandler = Callable[[DataError], None]
"""Told once about a fault of writing, so that the caller's control loop never meets an exception."""


# Three to five times what the simulated UR5e with two cameras writes; real cameras are noisier. Images are in
# the video, not in the recording.
_VIDEO_BYTES_PER_S = 200_000
_RECORDING_BYTES_PER_S = 300_000
_STEP_BYTES = 400_000
_REST_BYTES = 2_000_000


def predict_run_bytes(duration_s: float, steps: int) -> int:
    """Return a generous size of a run folder.

    Args:
        duration_s: Longest time that the run may take.
        steps: Steps of the plan, each with its pictures and one retry.
    """
    per_second = _VIDEO_BYTES_PER_S + _RECORDING_BYTES_PER_S
    return round(duration_s * per_second) + steps * _STEP_BYTES + _REST_BYTES


def free_bytes(path: Path) -> int:
    """Return the bytes that this user may still write to the file system that holds `path`.

    Args:
        path: An existing file or folder.

    Raises:
        OSError: The path does not exist or cannot be asked.
    """
    room = os.statvfs(path)
    return room.f_bavail * room.f_frsize


def is_low(path: Path) -> bool:
    """Return whether the file system of an existing `path` is down to the floor."""
    return free_bytes(path) < FLOOR_BYTES


def require_room(path: Path, predicted_bytes: int) -> None:
    """Refuse to begin where a run of the predicted size would reach the floor.

    Args:
        path: An existing folder on the file system to be written.
        predicted_bytes: Size that the run is expected to reach.

    Raises:
        DataError: ``DATA.NO_SPACE``.
    """
    free, needed = free_bytes(path), predicted_bytes + FLOOR_BYTES
    if free < needed:
        raise DataError(
            f"only {_mib(free)} are free where the run folder goes",
            where=str(path),
            permitted=f"{_mib(needed)} or more ({_mib(predicted_bytes)} and a floor of {_mib(FLOOR_BYTES)})",
            remedy=_MAKE_ROOM,
            code="NO_SPACE",
        )


def low_space(path: Path) -> DataError:
    """Return the fault of a writer that stopped at the floor."""
    return DataError(
        f"writing stopped because less than {_mib(FLOOR_BYTES)} are free",
        where=str(path),
        remedy=f"what was written until then is whole; {_MAKE_ROOM}",
        code="NO_SPACE",
    )


def write_fault(path: Path, error: OSError) -> DataError:
    """Return the fault of a writer that the operating system refused.

    Args:
        path: The file being written.
        error: What the operating system said.
    """
    full = error.errno in _FULL
    remedy = _MAKE_ROOM if full else "check the disk and its permissions"
    return DataError(
        f"cannot be written any more: {error.strerror or error}",
        where=str(path),
        remedy=f"what was written until then is kept; {remedy}",
        code="NO_SPACE" if full else "WRITE",
    )


@contextmanager
def told_when_full(folder: Path) -> Iterator[None]:
    """Tell a full disk in one way, whoever met it within.

    Args:
        folder: Where all is written.

    Raises:
        DataError: ``DATA.NO_SPACE``.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise write_fault(Path(error.filename or folder), error) from error


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.0f} MiB"
