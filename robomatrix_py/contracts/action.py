"""Commands on their way from a skill to a driver."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from robomatrix_py.contracts.geometry import Array


class ActionSpace(StrEnum):
    """How the numbers of an action chunk are meant."""

    JOINT_POSITION = "joint_position"
    """Absolute joint positions in rad and gripper opening 0 (closed) to 1 (open)."""
    BASE_VELOCITY = "base_velocity"
    """Velocity of the base in its own frame: forward and left in m/s, turning left in rad/s."""
    SHOT = "shot"
    """One shot straight ahead: a single row of a single 1."""


@dataclass(frozen=True, eq=False)
class ActionChunk:
    """A short stretch of future commands on one evenly spaced time line.

    The time line belongs to the lease: row n of the line is due ``(n + 1) * dt_s`` after the gate received the
    lease's first chunk (row 0), so that a chunk which arrives early or late changes nothing but the steps not yet
    begun, and a late step is never replayed. A later chunk replaces what an earlier one said of the same steps.
    Every chunk ends in a stretch that comes to rest, so that silence is a controlled stop. The gate commands a
    smooth curve along the rows, one step behind them.

    Args:
        sequence: Index of the first row on the lease's time line, 0 or more, growing from chunk to chunk.
        created_s: Sender's monotonic time of creation; only logged.
        dt_s: Time between rows.
        action_space: How the values are meant.
        names: One name a column.
        values: Commands, shape (steps, len(names)).
        observed_s: Sender's monotonic receive time of the newest observation used; only logged.
    """

    sequence: int
    created_s: float
    dt_s: float
    action_space: ActionSpace
    names: tuple[str, ...]
    values: Array
    observed_s: float = 0.0


@dataclass(frozen=True, eq=False)
class JointCommand:
    """What the gate lets through to a driver at one instant.

    Args:
        names: Arm joint names.
        positions_rad: Target positions, shape (joints,).
        velocities_rad_s: Velocity of the commanded motion at this instant, shape (joints,).
        gripper_opening: Target opening, 0 closed to 1 open.
        reach_in_s: Time until the targets are due.
    """

    names: tuple[str, ...]
    positions_rad: Array
    velocities_rad_s: Array
    gripper_opening: float
    reach_in_s: float


@dataclass(frozen=True, eq=False)
class BaseCommand:
    """What the gate lets through to a base's driver at one instant.

    Args:
        velocity: Forward and left in m/s, turning left in rad/s, in the base's own frame, shape (3,).
    """

    velocity: Array
