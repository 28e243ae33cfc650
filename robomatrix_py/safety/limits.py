"""Judges a whole chunk against a robot's declared limits, before its first step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.safety import spline
from robomatrix_py.safety.kinematics import SerialChain
from robomatrix_py.safety.refusal import Refusal, RefusalCode
from robomatrix_py.safety.stop import brake

# Differences of float64 positions 5 ms apart carry rounding errors far below this share of a limit.
_ROUNDING = 1e-6
# Weighted means of permitted positions may leave the range by a rounding error; m or rad.
_TOUCH = 1e-9
# The path is looked at so often that no joint turns further in between.
_LOOK_RAD = 0.03


class MotionLimits:
    """The limits of one robot, in the order of its command names (joints, then gripper).

    Rows are taken as what they become: control points of a smooth curve (:mod:`robomatrix_py.safety.spline`)
    that begins at the rows before them and comes to rest at the last one.

    Args:
        robot: Where the limits are declared.
    """

    def __init__(self, robot: RobotDescription) -> None:
        joints, gripper = robot.joints, robot.gripper
        self.names = robot.command_names
        self._chain = SerialChain(robot)
        self._workspace = robot.workspace
        self._position_min = np.array([*(j.position_min_rad for j in joints), 0.0])
        self._position_max = np.array([*(j.position_max_rad for j in joints), 1.0])
        self._velocity_max = np.array([*(j.velocity_max_rad_s for j in joints), gripper.velocity_max_per_s])
        # A gripper's opening has no acceleration or jerk limit of its own: its drive ramps by itself.
        self._acceleration_max = np.array([*(j.acceleration_max_rad_s2 for j in joints), np.inf])
        self._jerk_max = np.array([*(j.jerk_max_rad_s3 for j in joints), np.inf])
        self._stop_deceleration = robot.stop_deceleration_rad_s2

    def judge(self, rows: Array, previous: Array, dt_s: float) -> Refusal | None:
        """Judge commands that follow three earlier ones; None means that they may run.

        Args:
            rows: Commands, finite, shape (n, dims), n at least 1.
            previous: The three commands before them, oldest first, shape (3, dims).
            dt_s: Time between rows.
        """
        return (
            self._judge_positions(rows)
            or self._judge_motion(np.concatenate([previous, rows]), dt_s)
            or self._judge_path(np.concatenate([previous, rows, rows[[-1, -1, -1]]])[:, :-1], dt_s)
        )

    def _judge_positions(self, rows: Array) -> Refusal | None:
        outside = (rows < self._position_min) | (rows > self._position_max)
        if not outside.any():
            return None
        step, dim = np.argwhere(outside)[0]
        low, high = self._position_min, self._position_max
        return self._refusal(RefusalCode.POSITION, "position", rows, step, dim, low, high)

    def _judge_motion(self, rows: Array, dt_s: float) -> Refusal | None:
        """Bound velocity, acceleration and jerk after the first three rows, and demand rest at the end."""
        velocity = np.diff(rows, axis=0)[2:] / dt_s
        acceleration = np.diff(rows, 2, axis=0)[1:] / dt_s**2
        jerk = np.diff(rows, 3, axis=0) / dt_s**3
        for code, what, values, limit in (
            (RefusalCode.VELOCITY, "velocity", velocity, self._velocity_max),
            (RefusalCode.ACCELERATION, "acceleration", acceleration, self._acceleration_max),
            (RefusalCode.JERK, "jerk", jerk, self._jerk_max),
        ):
            exceeded = np.abs(values) > limit * (1 + _ROUNDING)
            if exceeded.any():
                step, dim = np.argwhere(exceeded)[0]
                return self._refusal(code, what, values, step, dim, -limit, limit)
        # What follows the last row is standstill: it must be reachable by one more step of braking.
        speed = np.abs(velocity[-1, :-1])
        permitted = self._stop_deceleration * dt_s
        if (speed > permitted * (1 + _ROUNDING)).any():
            dim = int(np.argmax(speed / permitted))
            return Refusal(
                RefusalCode.NOT_AT_REST,
                f"{self.names[dim]} still moves at {speed[dim]:.4g} rad/s at the end of the chunk; "
                f"permitted: {permitted[dim]:.4g}; end every chunk with a braking stretch",
            )
        return None

    def _judge_path(self, rows: Array, dt_s: float) -> Refusal | None:
        """Judge where the curve leads, and where a protective stop at any moment of it would lead.

        Args:
            rows: Joint positions with the three before and the standstill after, shape (n + 6, joints).
            dt_s: Time between rows.
        """
        looks = max(1, math.ceil(np.abs(np.diff(rows, axis=0)).max() / _LOOK_RAD))
        path, speed = spline.sample(rows, np.arange(1, looks + 1) / looks)
        halfway, stop = brake(path, speed / dt_s, self._stop_deceleration)
        # The step under way at each look, for messages.
        steps = np.minimum(np.arange(len(path)) // looks, len(rows) - 7)
        low, high = self._position_min[:-1], self._position_max[:-1]
        outside = (stop < low - _TOUCH) | (stop > high + _TOUCH)
        if outside.any():
            look, dim = np.argwhere(outside)[0]
            return Refusal(
                RefusalCode.POSITION,
                f"a stop in step {steps[look]} would end with {self.names[dim]} at {stop[look, dim]:.4g}; "
                f"permitted: {low[dim]:.4g} to {high[dim]:.4g}",
            )
        motions = ("step", "braking in step", "a stop in step")
        return self._judge_workspace(
            np.concatenate([path, halfway, stop]), lambda i: f"{motions[i // len(path)]} {steps[i % len(path)]}"
        )

    def _judge_workspace(self, positions_rad: Array, what: Callable[[int], str]) -> Refusal | None:
        """Judge where joint positions, shape (n, joints), put tool and links; `what` names the i-th of them."""
        links, tool, _ = self._chain.place(positions_rad)
        box = self._workspace.tool_box_in_base
        low, high = box.center_m - box.half_extents_m, box.center_m + box.half_extents_m
        outside = ((tool < low - _TOUCH) | (tool > high + _TOUCH)).any(axis=1)
        if outside.any():
            look = int(np.argmax(outside))
            return Refusal(
                RefusalCode.WORKSPACE,
                f"{what(look)} puts the tool at {_point(tool[look])} m in base; "
                f"permitted: {_point(low)} to {_point(high)}",
            )
        for keep_out in self._workspace.keep_out_in_base:
            inside = (np.abs(tool - keep_out.center_m) <= keep_out.half_extents_m).all(axis=1)
            if inside.any():
                look = int(np.argmax(inside))
                return Refusal(
                    RefusalCode.WORKSPACE,
                    f"{what(look)} puts the tool at {_point(tool[look])} m in base, inside a keep-out box "
                    f"around {_point(keep_out.center_m)}",
                )
        # The first joints sit in the base itself; what can sink are the frames from the elbow on.
        height = links[:, 2:, 2]
        sunk = height < self._workspace.link_min_z_m - _TOUCH
        if sunk.any():
            look, link = map(int, np.argwhere(sunk)[0])
            return Refusal(
                RefusalCode.WORKSPACE,
                f"{what(look)} puts the link of {self.names[link + 2]} at z {height[look, link]:.3f} m in "
                f"base; permitted: {self._workspace.link_min_z_m:.3f} or more",
            )
        return None

    def _refusal(
        self, code: RefusalCode, what: str, values: Array, step: int, dim: int, low: Array, high: Array
    ) -> Refusal:
        return Refusal(
            code,
            f"step {step} asks {self.names[dim]} for {what} {values[step, dim]:.4g}; "
            f"permitted: {low[dim]:.4g} to {high[dim]:.4g}",
        )


def _point(values: Sequence[float] | Array) -> str:
    return "(" + ", ".join(f"{value:.3f}" for value in values) + ")"
