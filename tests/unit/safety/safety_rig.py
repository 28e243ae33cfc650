"""A gate with an arm that does what it is told, on a clock that only the test moves."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from robomatrix_py.contracts.action import ActionChunk, ActionSpace, JointCommand
from robomatrix_py.contracts.geometry import Array, Box
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.contracts.robot import RobotDescription, WorkspaceDescription
from robomatrix_py.safety.config import GateConfig
from robomatrix_py.safety.gate import Gate
from robomatrix_py.safety.lease import Lease
from robomatrix_py.safety.refusal import Refusal
from robomatrix_py.safety.stop import GateMode
from robomatrix_py.settings.robots import load_robot

DT_S = 0.02
"""Time between rows unless a test says otherwise."""


@cache
def load_ur5e() -> RobotDescription:
    """Return the description that ships."""
    return load_robot("ur5e")


@cache
def load_roomy_ur5e() -> RobotDescription:
    """Return the same robot in a workspace it cannot leave, for tests of motion alone."""
    robot = load_ur5e()
    everywhere = WorkspaceDescription(Box(np.zeros(3), np.full(3, 9.0)), link_min_z_m=-9.0)
    joints = tuple(replace(joint, position_min_rad=-99.0, position_max_rad=99.0) for joint in robot.joints)
    return replace(robot, workspace=everywhere, joints=joints)


class GateRig:
    """A gate, its driver and its holder.

    Args:
        config: Settings of the gate.
        ready: Whether the gate has seen a first joint state.
        robot: The robot that ships unless told otherwise.
    """

    def __init__(
        self, config: GateConfig | None = None, *, ready: bool = True, robot: RobotDescription | None = None
    ) -> None:
        self.robot = robot or load_ur5e()
        self.config = config or GateConfig()
        self.gate = Gate(self.robot, self.config)
        self.now_s = 1000.0
        self.period_s = 1.0 / self.config.rate_hz
        self.arm_rad = self.robot.home.copy()
        self.speed_rad_s = np.zeros(len(self.robot.joints))
        self.opening = 1.0
        self.commands: list[JointCommand] = []
        self.token = ""
        if ready:
            self.observe()

    def joints(self, **changes: Any) -> JointState:
        """Return what the encoders say; single fields can be replaced."""
        gripper = self.robot.gripper
        finger_m = self.opening * gripper.stroke_m / 2
        fields: dict[str, Any] = {
            "names": (*self.robot.joint_names, *gripper.joints),
            "positions": np.concatenate([self.arm_rad, [finger_m, finger_m]]),
            "velocities": np.concatenate([self.speed_rad_s, [0.0, 0.0]]),
            "efforts": np.zeros(len(self.arm_rad) + 2),
            "received_s": self.now_s,
        }
        return JointState(**(fields | changes))

    def observe(self, **changes: Any) -> None:
        """Let the gate see a joint state."""
        self.gate.observe(self.joints(**changes), self.now_s)

    def lease(self, holder: str = "skills") -> Lease:
        """Lease the robot, and use the lease in `submit`."""
        lease = self.gate.acquire(holder, self.robot.resources, self.now_s)
        assert isinstance(lease, Lease), lease
        self.token = lease.token
        return lease

    def chunk(self, values: Any, sequence: int = 0, dt_s: float = DT_S, **changes: Any) -> ActionChunk:
        """Return a chunk; single fields can be replaced."""
        fields: dict[str, Any] = {
            "sequence": sequence,
            "created_s": 0.0,
            "dt_s": dt_s,
            "action_space": ActionSpace.JOINT_POSITION,
            "names": self.robot.command_names,
            "values": values,
        }
        return ActionChunk(**(fields | changes))

    def submit(self, values: Any, sequence: int = 0, dt_s: float = DT_S, **changes: Any) -> Refusal | None:
        """Submit a chunk with the present lease."""
        return self.gate.submit(self.chunk(values, sequence, dt_s, **changes), self.token, self.now_s)

    def tick(self, *, follow: bool = True, seen: bool = True, after_s: float | None = None) -> JointCommand | None:
        """Let time pass, let the gate see the joints and tick, and let the arm do what it is told.

        Args:
            follow: Whether the arm moves.
            seen: Whether a joint state arrives.
            after_s: How much time passes; a period of the gate unless told otherwise.
        """
        self.now_s += self.period_s if after_s is None else after_s
        if seen:
            self.observe()
        command = self.gate.tick(self.now_s)
        if command is not None:
            self.commands.append(command)
            if follow:
                self.arm_rad = command.positions_rad.copy()
                self.speed_rad_s = command.velocities_rad_s.copy()
                self.opening = command.gripper_opening
        return command

    def settle(self, ticks: int = 100) -> None:
        """Tick until the gate stands still.

        Raises:
            AssertionError: It does not within so many ticks.
        """
        for _ in range(ticks):
            if self.gate.status.mode is not GateMode.STOPPING:
                return
            self.tick()
        raise AssertionError("still braking")

    def hold(self, steps: int = 20) -> Array:
        """Return rows that stand still, shape (steps, dims)."""
        return np.tile(np.append(self.arm_rad, self.opening), (steps, 1))

    def glide(self, way: dict[int, float], steps: int = 100) -> Array:
        """Return rows from here to so much farther in some columns, from rest to rest, shape (steps, dims)."""
        rows = self.hold(steps)
        share = np.arange(1, steps + 1) / steps
        for column, distance in way.items():
            rows[:, column] += distance * share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
        return rows

    def start_gliding(self, way: dict[int, float], steps: int = 100, until_row: int = 40) -> Array:
        """Lease, submit a glide and run it for some rows as a holder does that sends it anew at every row."""
        rows = self.glide(way, steps)
        self.lease()
        for row in range(until_row):
            refusal = self.submit(rows[row:], row)
            assert refusal is None, refusal
            for _ in range(round(DT_S / self.period_s)):
                assert self.tick() is not None
        return rows


def difference_limits(robot: RobotDescription) -> tuple[Array, Array, Array]:
    """Return the largest velocity, acceleration and jerk of each joint."""
    joints = robot.joints
    return (
        np.array([j.velocity_max_rad_s for j in joints]),
        np.array([j.acceleration_max_rad_s2 for j in joints]),
        np.array([j.jerk_max_rad_s3 for j in joints]),
    )


def executed(commands: list[JointCommand], period_s: float) -> tuple[Array, Array, Array, Array]:
    """Return position, velocity, acceleration and jerk of executed commands, by differences over a period."""
    position = np.array([command.positions_rad for command in commands])
    return (
        position,
        np.diff(position, axis=0) / period_s,
        np.diff(position, 2, axis=0) / period_s**2,
        np.diff(position, 3, axis=0) / period_s**3,
    )
