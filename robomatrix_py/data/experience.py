"""The file that counts how skills went in earlier runs: one line a run, each with a check sum.

A line is appended whole when a run ends, so that kill -9 loses at most that run; a torn last line is cut off by the
next append. Whatever is damaged is left out and told, never believed.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.experience import Condition, Kind, Reality, RunTrials
from robomatrix_py.data.durable import SyncedFile, write_atomic

SIZE_MAX = 64_000_000
"""A larger file is refused: some 200 000 runs."""

_REMEDY = "count the run folders again with `robomatrix skills rebuild --runs DIR`"


@dataclass(frozen=True)
class Experience:
    """What the file says.

    Args:
        trials: What each run told, in the order of the file; of two lines about one run the later one.
        damaged: Numbers of the lines that cannot be read.
    """

    trials: tuple[RunTrials, ...] = ()
    damaged: tuple[int, ...] = ()

    def warning(self, path: Path) -> str:
        """Return one line about damage, or an empty text."""
        if not self.damaged:
            return ""
        shown = ", ".join(map(str, self.damaged[:5])) + (", ..." if len(self.damaged) > 5 else "")
        return f"{path}: {len(self.damaged)} lines are damaged and not counted ({shown}); {_REMEDY}"


def read_experience(path: Path) -> Experience:
    """Return what the file says; one that does not exist says nothing.

    Raises:
        DataError: It cannot be read at all (``DATA.EXPERIENCE``).
    """
    try:
        status = path.stat()
        if status.st_size > SIZE_MAX:
            raise DataError(f"larger than {SIZE_MAX} bytes", where=str(path), remedy=_REMEDY, code="EXPERIENCE")
        return _read(path, status.st_ino, status.st_size, status.st_mtime_ns)
    except FileNotFoundError:
        return Experience()
    except OSError as error:
        raise _unreadable(path, error) from error


@lru_cache(maxsize=4)
def _read(path: Path, *_version: int) -> Experience:
    """Return what a version of the file says; a planner asks before every task, and it rarely changed."""
    lines = path.read_bytes().split(b"\n")[:-1]
    found: dict[str, RunTrials] = {}
    damaged = []
    for number, line in enumerate(lines, start=1):
        try:
            trials = _from_line(line)
        except (ValueError, KeyError, TypeError, RecursionError):
            damaged.append(number)
        else:
            found.pop(trials.run, None)
            found[trials.run] = trials
    return Experience(tuple(found.values()), tuple(damaged))


def append_experience(path: Path, trials: RunTrials) -> None:
    """Add what one run tells; said again it counts once.

    Raises:
        DataError: It cannot be written (``DATA.EXPERIENCE``).
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            file = SyncedFile(path, resume=True)
            try:
                file.write(_to_line(trials))
            finally:
                file.close()
    except OSError as error:
        raise _unreadable(path, error) from error


def replace_experience(path: Path, trials: Sequence[RunTrials]) -> None:
    """Write the whole file anew; one with damage in it is kept beside it as ``<name>.damaged``.

    Raises:
        DataError: It cannot be written (``DATA.EXPERIENCE``); the old file stands.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            if path.exists() and _is_damaged(path):
                write_atomic(path.with_name(f"{path.name}.damaged"), path.read_bytes()[:SIZE_MAX])
            write_atomic(path, b"".join(_to_line(item) for item in trials))
    except OSError as error:
        raise _unreadable(path, error) from error


def _is_damaged(path: Path) -> bool:
    try:
        return bool(read_experience(path).damaged)
    except DataError:
        return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from writing at the same time; the kernel lets go if this one dies."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Held by others for one append or one rewrite of a small file.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"the record of earlier runs cannot be used: {error.strerror or error}",
        where=str(path),
        remedy="see feasibility.record",
        code="EXPERIENCE",
    )


def _to_line(trials: RunTrials) -> bytes:
    counts = [[skill, list(classes), *numbers] for (skill, classes), numbers in sorted(trials.counts.items())]
    body = {
        "run": trials.run,
        "robot": trials.condition.robot,
        "reality": trials.condition.reality.value,
        "policy": trials.condition.policy,
        "counts": counts,
    }
    return json.dumps(body | {"crc": _check_sum(body)}).encode() + b"\n"


def _from_line(line: bytes) -> RunTrials:
    body: dict[str, Any] = json.loads(line)
    if not isinstance(body, dict) or body.pop("crc", None) != _check_sum(body):
        raise ValueError("check sum")
    condition = Condition(_text(body["robot"]), Reality(body["reality"]), _text(body["policy"]))
    counts: dict[Kind, tuple[int, int]] = {}
    for skill, classes, successes, failures in body["counts"]:
        kind = (_text(skill), tuple(_text(word) for word in classes))
        counts[kind] = (_count(successes), _count(failures))
    return RunTrials(_text(body["run"]), condition, counts)


def _check_sum(body: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(body, sort_keys=True).encode())


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise ValueError("no count")
    return value
