"""Demonstrated skills joined to whole tasks: the same frames, with the task's own progress, end and chunks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.patches import Mask
from robomatrix_py.contracts.policy import CHUNK_STEPS
from robomatrix_py.policies.action.observation import NAMES
from robomatrix_py.training.columns import AIM_MASK, DONE, END_FRAMES, FEATURES, LINK, PROGRESS, TASK, TASK_FEATURES

Numbers = npt.NDArray[np.int64]
Columns = Mapping[str, npt.NDArray[Any]]

_PROGRESS_COLUMN = NAMES.index("memory.progress")


def join_whole_tasks(columns: Columns, firsts: Numbers) -> tuple[dict[str, npt.NDArray[Any]], Numbers]:
    """Return the columns of the frames that are parts of whole tasks, as of those tasks.

    Args:
        columns: Of all frames, as recorded skill by skill.
        firsts: For every frame the first one of its skill, shape (N,).

    Returns:
        The columns, what is observed with the task for a goal in place of the skill's; and for every frame left the
        first one of its task.
    """
    shown = columns[TASK] >= 0
    kept = {name: values[shown] for name, values in columns.items()}
    skill_firsts = first_of_run(firsts[shown])
    task_firsts = first_of_run(kept[LINK])
    rows = np.arange(len(task_firsts))
    index = rows - task_firsts
    ends = _ends(task_firsts)
    moving = ends - task_firsts - END_FRAMES
    progress = np.minimum(index / np.maximum(1, moving - 1), 1.0).astype(np.float32)
    features = kept.pop(TASK_FEATURES).copy()
    # What the model will have said a step before.
    features[:, _PROGRESS_COLUMN] = np.where(index > 0, progress[rows - 1], 0.0)
    kept |= {
        FEATURES: features,
        PROGRESS: progress,
        DONE: (index >= moving).astype(np.float32),
        AIM_MASK: _mask(kept[AIM_MASK].astype(bool), skill_firsts, ends),
    }
    return kept, task_firsts


def first_of_run(numbers: Numbers) -> Numbers:
    """Return for every row the first row of its run of equal numbers, shape (N,)."""
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))
    return np.repeat(begins, np.diff(np.append(begins, len(numbers))))


def _ends(firsts: Numbers) -> Numbers:
    """Return for every row the row after the last of its run, from the first row of it, shape (N,)."""
    begins = np.unique(firsts)
    lengths = np.diff(np.append(begins, len(firsts)))
    return np.repeat(begins + lengths, lengths)


def _mask(mask: Mask, skill_firsts: Numbers, ends: Numbers) -> Mask:
    """Return which aims count when a chunk goes on into the next skill: those that count from its first frame on."""
    result = mask.copy()
    rows = np.arange(len(mask))
    for step in range(1, CHUNK_STEPS):
        later = np.minimum(rows + step, ends - 1)
        begin = skill_firsts[later]
        result[:, step] &= (begin <= rows) | mask[begin, np.clip(rows + step - begin, 0, CHUNK_STEPS - 1)]
    return result
