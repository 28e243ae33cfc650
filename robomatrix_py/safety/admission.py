"""The form of a chunk: shape, names, time line, finite numbers. What they ask for is judged elsewhere."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.refusal import Refusal, RefusalCode


def judge_form(
    chunk: ActionChunk,
    names: tuple[str, ...],
    config: GateConfig,
    space: ActionSpace = ActionSpace.JOINT_POSITION,
) -> Refusal | None:
    """Return why a chunk is malformed, or None.

    Args:
        chunk: The chunk.
        names: Columns it must have, in this order.
        config: Bounds of steps and of their distance.
        space: Action space it must have.
    """
    values = chunk.values
    if chunk.action_space is not space or chunk.names != names:
        return Refusal(
            RefusalCode.SHAPE,
            f"{chunk.action_space} of {list(chunk.names)}; permitted: {space} of {list(names)}",
        )
    if values.dtype != np.float64 or values.ndim != 2 or values.shape[1] != len(names):
        return Refusal(
            RefusalCode.SHAPE,
            f"values are {values.dtype}{values.shape}; permitted: float64 (steps, {len(names)})",
        )
    if not 1 <= len(values) <= config.chunk_steps_max:
        return Refusal(RefusalCode.SHAPE, f"{len(values)} steps; permitted: 1 to {config.chunk_steps_max}")
    low_s, high_s = config.chunk_dt_min_s, config.chunk_dt_max_s
    if not low_s <= chunk.dt_s <= high_s:
        return Refusal(RefusalCode.SHAPE, f"dt_s is {chunk.dt_s}; permitted: {low_s} to {high_s}")
    if not np.isfinite(values).all():
        step, dim = np.argwhere(~np.isfinite(values))[0]
        return Refusal(RefusalCode.NOT_FINITE, f"step {step} asks {names[dim]} for {values[step, dim]}")
    return None


def judge_sequence(sequence: int, last: int, expected: int, config: GateConfig) -> Refusal | None:
    """Return why a chunk does not belong on the time line, or None.

    Args:
        sequence: Index of the chunk's first row.
        last: The same of the chunk accepted before, -1 before the first.
        expected: Index of the next row that can be replaced.
        config: How far ahead of that a chunk may begin.
    """
    highest = expected + config.chunk_steps_max
    if last < sequence <= highest:
        return None
    return Refusal(RefusalCode.SEQUENCE, f"sequence is {sequence}; permitted: above {last}, at most {highest}")
