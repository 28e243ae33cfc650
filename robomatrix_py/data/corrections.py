"""The file `corrections.jsonl` of a run: what a person corrected, what was seen then, and which time it blames.

What the robot did just before a correction was not what the person wanted. Whoever makes training data of a run leaves
the frames of these spans out, or marks them in a column of that name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

CORRECTIONS_FILE = "corrections.jsonl"
CORRECTED = "corrected"
"""Column of a data set: 1 where a frame lies in the span before a correction. A data set without it has none."""


def read_corrections(folder: Path) -> list[dict[str, Any]]:
    """Return the corrections of a run in order; lines that are damaged are left out, and a run without any is empty."""
    try:
        lines = (folder / CORRECTIONS_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and _is_time(record.get("time_s")):
            records.append(record)
    return records


def corrected_spans(folder: Path) -> list[tuple[float, float]]:
    """Return the spans of a run that corrections blame, in s since its start, rising and apart from each other."""
    spans: list[tuple[float, float]] = []
    for record in read_corrections(folder):
        said = record.get("span_before_s")
        before_s = float(said) if record.get("accepted") is True and _is_time(said) else 0.0
        if before_s <= 0.0:
            continue
        end_s = float(record["time_s"])
        begin_s = end_s - before_s
        if spans and begin_s <= spans[-1][1]:
            begin_s, end_s = min(spans[-1][0], begin_s), max(spans.pop()[1], end_s)
        spans.append((begin_s, end_s))
    return spans


def in_spans(
    times_s: Sequence[float] | npt.NDArray[Any], spans: Sequence[tuple[float, float]]
) -> npt.NDArray[np.bool_]:
    """Return for every time whether it lies in one of some spans, ends included, shape (n,)."""
    times = np.asarray(times_s, dtype=float)
    inside = np.zeros(len(times), dtype=bool)
    for begin_s, end_s in spans:
        inside |= (times >= begin_s) & (times <= end_s)
    return inside


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
