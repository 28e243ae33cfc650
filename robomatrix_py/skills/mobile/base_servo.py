"""Velocity servoing of a base: jerk-limited ways from one velocity to the next, sent as chunks that end at rest."""

from __future__ import annotations

import math

import numpy as np
import ruckig

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.base import BASE_AXES, BaseDescription
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.skills.lookahead import take_up

# Shares of the declared limits that are used; the gate judges against all of them.
_SHARE = 0.9
# Rows of the last chunk that a new target leaves as they are, so that a chunk may come late by as many: by as much as
# the gate takes for silence. A base is aimed anew at every step, and what is stitched from two ways has jerks.
_PROMISED_STEPS = 3
_BRAKING_STEPS_MAX = 200
_NEGLIGIBLE = 1e-9


class BaseServo:
    """Moves the base at velocities that may change at every step.

    Args:
        base: Its limits.
        dt_s: Time between control steps.
        lookahead_steps: Steps predicted beyond the first one.
    """

    def __init__(self, base: BaseDescription, dt_s: float, lookahead_steps: int) -> None:
        self._base = base
        self._dt_s = dt_s
        self._steps = lookahead_steps + 1
        self._planner = ruckig.Ruckig(3)
        self._request = ruckig.InputParameter(3)
        self._request.control_interface = ruckig.ControlInterface.Velocity
        self._request.synchronization = ruckig.Synchronization.No
        self._request.max_acceleration = (_SHARE * base.acceleration_max).tolist()
        self._request.max_jerk = (_SHARE * base.jerk_max).tolist()
        self._target = np.zeros(3)
        self.start()

    def start(self) -> None:
        """Begin a new time line at rest."""
        self._target = np.zeros(3)
        # Velocity and acceleration of every step, shape (2, 3) each.
        self._present: Array = np.zeros((2, 3))
        self._planned: list[Array] = []
        self._sequence = 0

    @property
    def velocity(self) -> Array:
        """Commanded velocity, shape (3,)."""
        velocity: Array = self._present[0]
        return velocity

    def aim(self, velocity: Array) -> None:
        """Set the velocity to come to, in the base's own frame, shape (3,); it is held within the base's limits."""
        limit = self._base.velocity_max
        self._target = np.clip(velocity, -limit, limit)

    def step(self, steps_passed: int, now_s: float, observed_s: float) -> ActionChunk:
        """Commit the steps that have passed, plan on, and return the chunk for what follows.

        Args:
            steps_passed: Control steps since the last call; 1 when in time.
            now_s: Sender's monotonic time.
            observed_s: Receive time of the newest observation used.

        Raises:
            StaleDataError: More steps have passed than were predicted.
        """
        if self._planned:
            passed, self._planned = take_up(self._planned, steps_passed)
            self._present = passed[-1] if passed else self._present
            self._sequence += steps_passed
        self._planned = self._planned[:_PROMISED_STEPS]
        last = self._planned[-1] if self._planned else self._present
        self._planned += self._way(last, self._target)[: self._steps - len(self._planned)]
        while len(self._planned) < self._steps:
            self._planned.append(np.stack([self._target, np.zeros(3)]))
        braking = self._way(self._planned[-1], np.zeros(3))
        rows = [state[0] for state in (*self._planned, *braking)]
        return ActionChunk(
            sequence=self._sequence,
            created_s=now_s,
            dt_s=self._dt_s,
            action_space=ActionSpace.BASE_VELOCITY,
            names=BASE_AXES,
            values=np.array([*rows, np.zeros(3)]),
            observed_s=observed_s,
        )

    def _way(self, state: Array, target: Array) -> list[Array]:
        """Return velocity and acceleration at every step until a velocity is reached, itself included."""
        state = np.where(np.abs(state) < _NEGLIGIBLE, 0.0, state)
        request = self._request
        request.current_velocity, request.current_acceleration = state.tolist()
        request.target_velocity, request.target_acceleration = target.tolist(), [0.0] * 3
        trajectory = ruckig.Trajectory(3)
        self._planner.calculate(request, trajectory)
        count = min(_BRAKING_STEPS_MAX, math.ceil(trajectory.duration / self._dt_s - 1e-9))
        return [np.array(trajectory.at_time((i + 1) * self._dt_s))[1:3] for i in range(count)]
