"""The arm driver of the simulated world. It has its own watchdog beneath the gate's."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.observation import JointState
from robomatrix_py.sim.sensor import Sensor
from robomatrix_py.sim.world import SimWorld

# Slower than this counts as standing: silence is then no fault.
_STANDING_RAD_S = 1e-3


class SimArmDriver:
    """Feeds commands to the simulated servos and reads the simulated encoders.

    Args:
        world: The world.
    """

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self._robot = world.robot
        self._timeout_s = world.config.command_timeout_s
        positions = world.joint_positions()
        self._from = np.array([*(positions[n] for n in self._robot.joint_names), 1.0])
        self._from[-1] = self._robot.gripper.opening_from_joints(positions)
        self._to = self._from.copy()
        self._from_s = 0.0
        self._to_s = 0.0
        self._received_s = 0.0
        self._now_s = 0.0
        self._status = DriverStatus(DriverMode.READY)
        rng = np.random.default_rng([world.config.seed, 0x301])
        self._encoders: Sensor[Array] = Sensor(world.config.joints, rng, self._sample, _add_noise)

    @property
    def status(self) -> DriverStatus:
        """How it is."""
        return self._status

    @property
    def targets(self) -> Array:
        """Newest joint targets and gripper opening, shape (joints + 1,)."""
        return self._to.copy()

    def command(self, command: JointCommand, now_s: float) -> str:
        """Take new targets in; return why they are refused, or an empty text."""
        return (
            self._refuse_gripper(command.gripper_opening)
            or self._refuse_arm(command.names, command.positions_rad)
            or self._aim(np.append(command.positions_rad, command.gripper_opening), command.reach_in_s, now_s)
        )

    def command_gripper(self, opening: float, reach_in_s: float, now_s: float) -> str:
        """Take a new opening in; return why it is refused, or an empty text."""
        return self._refuse_gripper(opening) or self._aim(np.append(self._to[:-1], opening), reach_in_s, now_s)

    def command_arm(self, names: tuple[str, ...], positions_rad: Array, reach_in_s: float, now_s: float) -> str:
        """Take new joint targets in; return why they are refused, or an empty text."""
        return self._refuse_arm(names, positions_rad) or self._aim(
            np.append(positions_rad, self._to[-1]), reach_in_s, now_s
        )

    def _refuse_gripper(self, opening: float) -> str:
        if not np.isfinite(opening) or not -0.01 <= opening <= 1.01:
            return f"gripper opening {opening}; permitted: 0 to 1"
        return ""

    def _refuse_arm(self, names: tuple[str, ...], positions_rad: Array) -> str:
        if names != self._robot.joint_names or positions_rad.shape != (len(names),):
            return f"joints {list(names)}; permitted: {list(self._robot.joint_names)}"
        return ""

    def _aim(self, targets: Array, reach_in_s: float, now_s: float) -> str:
        if not np.isfinite(targets).all() or not 0.0 <= reach_in_s <= 1.0:
            return f"targets {targets.tolist()} in {reach_in_s} s; permitted: finite, within 0 to 1 s"
        if now_s > self._received_s or self._status.mode is not DriverMode.FOLLOWING:
            self._from = self._targets_at(now_s)
        self._to = targets
        self._from_s, self._to_s = now_s, now_s + reach_in_s
        self._received_s = now_s
        self._status = DriverStatus(DriverMode.FOLLOWING)
        return ""

    def update(self, now_s: float) -> None:
        """Set the servos for this instant; hold by itself when commands stopped coming in motion."""
        self._now_s = now_s
        if self._status.mode is DriverMode.FOLLOWING and now_s - self._received_s > self._timeout_s:
            if self._moving():
                self.hold()
                self._status = DriverStatus(
                    DriverMode.WATCHDOG, f"no command for {1e3 * (now_s - self._received_s):.0f} ms: holding"
                )
            else:
                self._status = DriverStatus(DriverMode.READY)
        targets = self._targets_at(now_s)
        velocities = self._velocities() if now_s < self._to_s else np.zeros(len(targets) - 1)
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
        self._from = self._to = self._targets_at(self._now_s)

    def close(self) -> None:
        """Hold; the servos keep their torque."""
        self.hold()
        self._status = DriverStatus(DriverMode.READY, "closed: holding position")

    def _moving(self) -> bool:
        return bool(np.abs(self._velocities()).max() > _STANDING_RAD_S)

    def _velocities(self) -> Array:
        velocities: Array = (self._to[:-1] - self._from[:-1]) / max(self._to_s - self._from_s, 1e-6)
        return velocities

    def _targets_at(self, now_s: float) -> Array:
        if now_s >= self._to_s:
            return self._to
        share = (now_s - self._from_s) / (self._to_s - self._from_s)
        targets: Array = self._from + (self._to - self._from) * share
        return targets

    def _sample(self) -> Array:
        positions, velocities = self._world.joint_positions(), self._world.joint_velocities()
        efforts = self._world.joint_efforts()
        return np.array([[source[name] for name in positions] for source in (positions, velocities, efforts)])


def _add_noise(reading: Array, noise_rad: float, rng: np.random.Generator) -> Array:
    noisy = reading.copy()
    noisy[0] += rng.normal(0.0, noise_rad, noisy.shape[1])
    return noisy
