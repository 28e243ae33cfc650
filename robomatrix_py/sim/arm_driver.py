"""The arm driver of the simulated world. It has its own watchdog beneath the gate's."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.safety.set_point import ArmSetPoint
from robomatrix_py.sim.sensor import Sensor
from robomatrix_py.sim.world import SimWorld


class SimArmDriver:
    """Feeds commands to the simulated servos and reads the simulated encoders.

    Args:
        world: The world.
    """

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self._robot = world.robot
        positions = world.joint_positions()
        opening = self._robot.gripper.opening_from_joints(positions)
        start = np.array([*(positions[n] for n in self._robot.joint_names), opening])
        self._set_point = ArmSetPoint(self._robot, start, world.config.command_timeout_s)
        rng = np.random.default_rng([world.config.seed, 0x301])
        self._encoders: Sensor[Array] = Sensor(world.config.joints, rng, self._sample, _add_noise)

    @property
    def identity(self) -> str:
        """What device it drives."""
        return "simulated"

    @property
    def status(self) -> DriverStatus:
        """How it is."""
        return self._set_point.status

    @property
    def targets(self) -> Array:
        """Newest joint targets and gripper opening, shape (joints + 1,)."""
        return self._set_point.targets

    def command(self, command: JointCommand, now_s: float) -> str:
        """Take new targets in; return why they are refused, or an empty text."""
        return self._set_point.command(command, now_s)

    def command_gripper(self, opening: float, reach_in_s: float, now_s: float) -> str:
        """Take a new opening in; return why it is refused, or an empty text."""
        return self._set_point.command_gripper(opening, reach_in_s, now_s)

    def command_arm(self, names: tuple[str, ...], positions_rad: Array, reach_in_s: float, now_s: float) -> str:
        """Take new joint targets in; return why they are refused, or an empty text."""
        return self._set_point.command_arm(names, positions_rad, reach_in_s, now_s)

    def update(self, now_s: float) -> None:
        """Set the servos for this instant; hold by itself when commands stopped coming in motion."""
        targets, velocities = self._set_point.update(now_s)
        self._world.command(targets[:-1], velocities, float(targets[-1]))

    def read(self, now_s: float) -> JointState | None:
        """Return a joint state if there is a new one."""
        reading = self._encoders.update(now_s)
        if reading is None:
            return None
        names = (*self._robot.joint_names, *self._robot.gripper.joints)
        return JointState(names, reading[0], reading[1], reading[2], now_s)

    def hold(self) -> None:
        """Hold the targets of the newest update, wherever they were on their way to."""
        self._set_point.hold()

    def close(self) -> None:
        """Hold; the servos keep their torque."""
        self._set_point.hold()
        self._set_point.status = DriverStatus(DriverMode.READY, "closed: holding position")

    def _sample(self) -> Array:
        positions, velocities = self._world.joint_positions(), self._world.joint_velocities()
        efforts = self._world.joint_efforts()
        return np.array([[source[name] for name in positions] for source in (positions, velocities, efforts)])


def _add_noise(reading: Array, noise_rad: float, rng: np.random.Generator) -> Array:
    noisy = reading.copy()
    noisy[0] += rng.normal(0.0, noise_rad, noisy.shape[1])
    return noisy
