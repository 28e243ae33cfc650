"""Columns of a data set of demonstrations, and what follows from a column alone. No simulator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.patches import Mask
from robomatrix_py.contracts.policy import AIM, CHUNK_DT_S, CHUNK_STEPS
from robomatrix_py.policies.action.observation import NAMES

STATE_NAMES = (
    *("commanded_x_m", "commanded_y_m", "commanded_z_m", "commanded_yaw_rad"),
    *("velocity_x_m_s", "velocity_y_m_s", "velocity_z_m_s", "measured_x_m", "measured_y_m", "measured_z_m"),
    *("opening_commanded", "opening", "opening_speed_per_s", "force_n"),
)
"""Numbers of the column `observation.state`: the tool and the gripper; the joints follow by their own names."""
FEATURES, STATE, ACTION = "observation.features", "observation.state", "action"
AIM_MASK, PROGRESS, DONE, SKILL, SPLIT = "aim_mask", "progress", "done", "skill", "split"
"""Names of the columns."""
TASK_FEATURES, TASK, LINK = "observation.task_features", "whole_task", "link"
"""The same frames as parts of whole tasks: what a policy observes that is given the whole task for a goal, the task's
place in :data:`~robomatrix_py.contracts.policy.WHOLE_TASKS` or -1, and a number that the frames of one task share."""
END_FRAMES = 5
"""So many frames the tool stays where a skill has ended, so that the end is known when it is seen."""


def aim_mask(times_s: Array, onsets_s: Array) -> Mask:
    """Return for every frame which aims of its chunk count, shape (frames, CHUNK_STEPS).

    Nobody could have foreseen what happens later: aims after the next disturbance do not count.

    Args:
        times_s: When the frames were taken, shape (frames,).
        onsets_s: When disturbances began, rising, shape (n,).
    """
    nearest = np.searchsorted(onsets_s, times_s + 1e-9, side="right") if len(onsets_s) else None
    next_s = np.full(len(times_s), np.inf) if nearest is None else np.append(onsets_s, np.inf)[nearest]
    due_s = times_s[:, None] + CHUNK_DT_S * np.arange(CHUNK_STEPS)
    mask: Mask = due_s < next_s[:, None] - 1e-9
    return mask


def aim_chunks(aims: Array, first: int, last: int) -> Array:
    """Return the chunk of aims of every frame of an episode, shape (frames, CHUNK_STEPS, len(AIM)).

    Args:
        aims: Aim of every frame of a data set, shape (N, len(AIM)).
        first: First frame of the episode.
        last: The frame after its last. Beyond the end the last aim stays.
    """
    rows = np.minimum(np.arange(first, last)[:, None] + np.arange(CHUNK_STEPS), last - 1)
    chunks: Array = aims[rows]
    return chunks


def uncorrected(mask: Mask, corrected: Mask, ends: npt.NDArray[np.int64]) -> Mask:
    """Return which aims count when those that a person corrected do not, shape (frames, CHUNK_STEPS).

    Args:
        mask: Which aims counted, of that shape.
        corrected: Which frames lie in a span before a correction, shape (frames,).
        ends: For every frame the one after the last of its episode, shape (frames,).
    """
    due = np.arange(len(mask))[:, None] + np.arange(CHUNK_STEPS)
    kept: Mask = mask & ~corrected[np.minimum(due, ends[:, None] - 1)]
    return kept


def column_names(joint_names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return what the numbers of each column are called."""
    rows = tuple(f"step_{i}" for i in range(CHUNK_STEPS))
    return {
        FEATURES: NAMES,
        TASK_FEATURES: NAMES,
        STATE: (*STATE_NAMES, *joint_names),
        ACTION: AIM,
        AIM_MASK: rows,
    }
