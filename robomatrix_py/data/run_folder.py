"""Creates a run folder and keeps its small files whole, without ever raising into a control loop."""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.data.disk import FaultHandler, require_room, write_fault
from robomatrix_py.data.durable import SyncedFile, sync_folder, write_atomic
from robomatrix_py.data.json_text import json_document, json_line

PLAN_FILE = "plan.json"
SCENE_FILE = "scene.json"
STEPS_FILE = "steps.jsonl"
EVENTS_FILE = "events.jsonl"
EXCHANGES_FILE = "exchanges.jsonl"
CONFIG_FILE = "config.yaml"
VERSIONS_FILE = "versions.json"
RECORDING_FILE = "recording.mcap"
VIDEO_FILE = "video.mp4"
PICTURES_FOLDER = "pictures"
SIM_INITIAL_FILE = "sim_initial.json"
SIM_FINAL_FILE = "sim_final.json"
REPORT_FILE = "report.html"
SUMMARY_FILE = "summary.json"
REHEARSAL_FOLDER = "rehearsal"
"""Folder in a run folder that holds the run folder of its rehearsal."""

_SLUG_LENGTH = 48
_SAME_SECOND_MAX = 1000


class RunFolder:
    """The folder of one run, open for writing. One thread.

    Nothing here raises into a control loop: a file that can no longer be written stops, and `on_fault` hears
    of it once. Make one with :meth:`create`.

    Args:
        path: The existing folder.
        on_fault: Told once about each kind of fault (its code).
        clock: Monotonic time in seconds.
        resume: Go on with logs that another process, which has died, left in the folder.
    """

    def __init__(
        self,
        path: Path,
        on_fault: FaultHandler,
        clock: Callable[[], float] = time.monotonic,
        *,
        resume: bool = False,
    ) -> None:
        self.path = path
        self._on_fault = on_fault
        self._clock = clock
        self._resume = resume
        self._logs: dict[str, SyncedFile | None] = {}
        self._reported: set[str] = set()

    @staticmethod
    def create(parent: Path, name: str, *, predicted_bytes: int, on_fault: FaultHandler) -> RunFolder:
        """Create ``<UTC date-time>_<name in plain letters>`` below `parent`, which is created if missing.

        Args:
            parent: Where runs are kept.
            name: What the run is about, such as the instruction.
            predicted_bytes: Size that the run is expected to reach.
            on_fault: Told once about each kind of fault during the run.

        Raises:
            DataError: The place is a file (``DATA.NOT_A_FOLDER``), cannot be written (``DATA.UNWRITABLE``) or
                has too little room (``DATA.NO_SPACE``). Nothing was written.
        """
        try:
            parent = parent.resolve()
        # Links that go in a circle are a RuntimeError before Python 3.13.
        except (
            OSError,
            RuntimeError,
        ) as error:
            raise _unwritable(parent, OSError(0, str(error))) from None
        standing = _standing_ancestor(parent)
        require_room(standing, predicted_bytes)
        made = _make_parents(parent, standing)
        try:
            path = _make_unique(parent, f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}_{slug(name)}")
        except OSError as error:
            _remove_empty(made)
            raise _unwritable(parent, error) from None
        return RunFolder(path, on_fault)

    def report_fault(self, fault: DataError) -> None:
        """Pass a fault on, once a code; the writers of recording, video and pictures share this."""
        if fault.code not in self._reported:
            self._reported.add(fault.code)
            self._on_fault(fault)

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write or replace a JSON file, whole."""
        self.write_bytes(name, json_document(value))

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write or replace a file, whole.

        Args:
            name: File name, one of the names of this module.
            data: Its content.
        """
        path = self.path / name
        try:
            write_atomic(path, data)
        except OSError as error:
            self.report_fault(write_fault(path, error))

    def append_jsonl(self, name: str, record: Mapping[str, Any]) -> None:
        """Append one record as one line. It survives kill -9 at once, and a power cut 0.2 s later.

        Args:
            name: File name, such as `STEPS_FILE`.
            record: JSON-serialisable; numpy values are fine.
        """
        self._on_log(name, lambda log: log.write(json_line(record)))

    def sync_if_due(self) -> None:
        """Make appended lines safe against a power cut if 0.2 s have passed. Cheap: call it in the loop."""
        for name in self._logs:
            self._on_log(name, SyncedFile.sync_if_due)

    def close(self) -> None:
        """Sync and close every log; later records are dropped. A second call does nothing."""
        for name in self._logs:
            self._on_log(name, SyncedFile.close)
            self._logs[name] = None

    def _on_log(self, name: str, act: Callable[[SyncedFile], object]) -> None:
        """Do something with a log; one that failed once stays stopped, so that it never has a hole."""
        log = self._logs.get(name)
        if name in self._logs and log is None:
            return
        path = self.path / name
        try:
            if log is None:
                log = self._logs[name] = SyncedFile(path, self._clock, resume=self._resume)
            act(log)
        except OSError as error:
            self._logs[name] = None
            if log is not None:
                with suppress(OSError):  # already on its way to be reported
                    log.close()
            self.report_fault(write_fault(path, error))


def slug(text: str) -> str:
    """Return a text in lower-case ASCII letters, digits and hyphens, at most 48 long, for a file name."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text)[:_SLUG_LENGTH].strip("-") or "run"


def _standing_ancestor(parent: Path) -> Path:
    """Return the nearest existing folder, checked to be writable.

    Raises:
        DataError: A file stands in the way or the folder is not writable.
    """
    standing = next(path for path in (parent, *parent.parents) if os.path.lexists(path))
    if not standing.is_dir():
        raise DataError(
            "is not a folder, so runs cannot be kept there",
            where=str(standing),
            remedy="choose another folder with --out, or remove it",
            code="NOT_A_FOLDER",
        )
    if not os.access(standing, os.W_OK | os.X_OK):
        raise _unwritable(standing, PermissionError(0, "no permission"))
    return standing


def _make_parents(parent: Path, standing: Path) -> list[Path]:
    """Create the folders between `standing` and `parent` and return those made, outermost first."""
    missing = [
        path for path in (parent, *parent.parents) if path.is_relative_to(standing) and path != standing
    ]
    made: list[Path] = []
    for folder in reversed(missing):
        try:
            folder.mkdir()
        except FileExistsError:
            continue  # another run made it just now
        except OSError as error:
            _remove_empty(made)
            raise _unwritable(folder.parent, error) from None
        made.append(folder)
    return made


def _remove_empty(folders: list[Path]) -> None:
    """Take created folders back, innermost first; one that another run uses by now stays."""
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def _make_unique(parent: Path, name: str) -> Path:
    """Create a folder that no other run has; two runs of one second get ``_2``, ``_3`` and so on."""
    for number in range(1, _SAME_SECOND_MAX):
        path = parent / (name if number == 1 else f"{name}_{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        sync_folder(parent)
        return path
    raise FileExistsError(0, f"{_SAME_SECOND_MAX} runs of that name began in this second")


def _unwritable(folder: Path, error: OSError) -> DataError:
    return DataError(
        f"the run folder cannot be created: {error.strerror or error}",
        where=str(folder),
        remedy="choose a folder you may write to with --out",
        code="UNWRITABLE",
    )
