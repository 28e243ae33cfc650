"""Files that are whole at every moment: replaced at once, or grown by whole pieces and synced often."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SYNC_PERIOD_S = 0.2
"""Shortest time between two fdatasync of one file; a power cut loses no more than this and one piece."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that it has its old or its new content, never a part.

    Args:
        path: The file; its folder must exist.
        data: The whole new content.

    Raises:
        OSError: It cannot be written; the old content stands and nothing else is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut.

    Raises:
        OSError: The folder cannot be opened or synced.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SyncedFile:
    """A file that grows by whole pieces.

    Every piece is handed to the operating system at once, so a killed process loses none. Against a power
    cut, fdatasync follows at most every `sync_period_s`. A piece that does not fit is taken back whole. One
    thread.

    Args:
        path: The file to create; it must not exist.
        clock: Monotonic time in seconds.
        sync_period_s: Shortest time between two syncs.
        resume: Go on with a file of lines that another process left, after its last whole line.

    Raises:
        OSError: It cannot be created.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        sync_period_s: float = SYNC_PERIOD_S,
        *,
        resume: bool = False,
    ) -> None:
        self.path = path
        self._clock = clock
        self._sync_period_s = sync_period_s
        exclusive = 0 if resume else os.O_EXCL
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | exclusive | os.O_CLOEXEC, 0o644)
        self._size = _end_of_last_line(self._descriptor) if resume else 0
        self._unsynced = False
        self._synced_s = clock()

    def write(self, data: bytes) -> int:
        """Append one piece and sync if that is due; return its size.

        Raises:
            OSError: It does not fit or the disk failed; the file ends with the piece before.
        """
        try:
            self._write_all(data)
        except OSError:
            # Best effort: on a failing disk the torn piece may stay, and the readers stop before it.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
                os.lseek(self._descriptor, self._size, os.SEEK_SET)
            raise
        self._size += len(data)
        self._unsynced = self._unsynced or bool(data)
        self.sync_if_due()
        return len(data)

    def tell(self) -> int:
        """Return the size in bytes."""
        return self._size

    def flush(self) -> None:
        """Do nothing: there is no buffer. For callers that expect a stream."""

    def sync_if_due(self) -> None:
        """Sync what was written if the period is over. Cheap; call it also while nothing is written.

        Raises:
            OSError: The disk failed.
        """
        if self._unsynced and self._clock() - self._synced_s >= self._sync_period_s:
            self._sync()

    def close(self) -> None:
        """Sync and close; a second call does nothing.

        Raises:
            OSError: The disk failed; the file is closed all the same.
        """
        if self._descriptor < 0:
            return
        try:
            self._sync()
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _sync(self) -> None:
        os.fdatasync(self._descriptor)
        self._unsynced = False
        self._synced_s = self._clock()

    def _write_all(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def _end_of_last_line(descriptor: int) -> int:
    """Cut a torn last line off and return the size of what is left; the next write goes there."""
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    size = data.rfind(b"\n") + 1
    os.ftruncate(descriptor, size)
    os.lseek(descriptor, size, os.SEEK_SET)
    return size
