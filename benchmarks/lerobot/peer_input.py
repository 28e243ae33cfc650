"""What LeRobot's DiffusionPolicy reads and says, in numbers. The same in training and in use.

It has no language input: what is asked for is part of its state, as words that are there or not. What it says are the
aims of our own action model, progress and done, for each step of a chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from robomatrix_py.contracts.policy import SKILLS, Goal, ToolState
from robomatrix_py.contracts.skill import DIRECTIONS
from robomatrix_py.policies.action.aims import NUMBERS
from robomatrix_py.training.columns import STATE_NAMES

ACTIONS = (*NUMBERS, "progress", "done")
"""Numbers of each step of a chunk."""
HORIZON = 16
"""Steps of a chunk, the first for the look before the newest."""
LOOKS = 2
THINGS = 2
"""Things that a goal may be about."""

Array = np.ndarray[Any, Any]


def state_numbers(values: Mapping[str, Array]) -> Array:
    """Return the tool's state, shape (..., 15), from columns by their names in the data set, shape (...)."""
    yaw = values["commanded_yaw_rad"]
    columns = [
        *(values[f"commanded_{axis}_m"] for axis in "xyz"),
        # The gripper looks the same after half a turn.
        np.cos(2 * yaw),
        np.sin(2 * yaw),
        *(values[f"velocity_{axis}_m_s"] for axis in "xyz"),
        *(values[f"measured_{axis}_m"] - values[f"commanded_{axis}_m"] for axis in "xyz"),
        *(values[name] for name in ("opening_commanded", "opening", "opening_speed_per_s", "force_n")),
    ]
    return np.stack(columns, axis=-1).astype(np.float32)


def state_of(tool: ToolState) -> Array:
    """Return the tool's state, shape (15,)."""
    numbers = [
        *tool.commanded_xyz_m,
        tool.commanded_yaw_rad,
        *tool.velocity_m_s,
        *tool.measured_xyz_m,
        tool.opening_commanded,
        tool.opening,
        tool.opening_speed_per_s,
        tool.force_n,
    ]
    return state_numbers(dict(zip(STATE_NAMES, np.asarray(numbers, dtype=np.float64), strict=True)))


def task_numbers(goal: Goal, words: Sequence[str]) -> Array:
    """Return what is asked for: the skill, where to push and how far, and the words for each thing.

    Args:
        goal: What to do.
        words: All words that were shown, in the order of the numbers.
    """
    push = DIRECTIONS.get(goal.direction, (0.0, 0.0))
    numbers = [float(goal.skill == skill) for skill in SKILLS]
    numbers += [*push, 10 * goal.distance_m, float(len(goal.texts) > 1)]
    for place in range(THINGS):
        said = goal.texts[place].split() if place < len(goal.texts) else []
        numbers += [float(word in said) for word in words]
    return np.asarray(numbers, dtype=np.float32)


def words_of(texts: Iterable[str]) -> list[str]:
    """Return all words of texts in order."""
    return sorted({word for text in texts for word in text.split()})
