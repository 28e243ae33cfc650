"""What a driver follows at each instant: refuses broken commands, interpolates between good ones, notices silence."""

from __future__ import annotations

import numpy as np

from robomatrix_py.contracts.action import JointCommand
from robomatrix_py.contracts.driver import DriverMode, DriverStatus
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription

# Slower than this counts as standing: silence is then no fault.
_STANDING_RAD_S = 1e-3
_REACH_MAX_S = 1.0
# A braking arm and rounded numbers may pass a limit by so much; what is farther out is no honest command.
_LIMIT_MARGIN_RAD = 0.01
_OPENING_MARGIN = 0.01


class ArmSetPoint:
    """The set point of an arm with a gripper: joint positions in rad and the opening, shape (joints + 1,).

    It begins by holding. A command moves it on a straight line that arrives when the command is due. Without a further
    command it holds there, and where it stood still or arrived nobody minds; silence in motion is a fault.

    Args:
        robot: Joint names and limits.
        start: Where the arm holds, shape (joints + 1,).
        timeout_s: Silence in motion after which it holds by itself.
    """

    def __init__(self, robot: RobotDescription, start: Array, timeout_s: float) -> None:
        self._robot = robot
        self._timeout_s = timeout_s
        self._low_rad = np.array([joint.position_min_rad for joint in robot.joints]) - _LIMIT_MARGIN_RAD
        self._high_rad = np.array([joint.position_max_rad for joint in robot.joints]) + _LIMIT_MARGIN_RAD
        self._speed_rad_s = np.array([joint.velocity_max_rad_s for joint in robot.joints])
        self._from = np.array(start, dtype=float)
        self._to = self._from.copy()
        self._from_s = 0.0
        self._to_s = 0.0
        self._received_s = 0.0
        self._now_s = 0.0
        self.status = DriverStatus(DriverMode.READY)

    @property
    def targets(self) -> Array:
        """Newest joint targets and opening, shape (joints + 1,)."""
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

    def update(self, now_s: float) -> tuple[Array, Array]:
        """Return where to be now, shape (joints + 1,), and how fast, shape (joints,); hold where commands stopped."""
        self._now_s = now_s
        if self.status.mode is DriverMode.FOLLOWING and now_s - self._received_s > self._timeout_s:
            if self._moving():
                self.hold()
                self.status = DriverStatus(
                    DriverMode.WATCHDOG, f"no command for {1e3 * (now_s - self._received_s):.0f} ms: holding"
                )
            else:
                self.status = DriverStatus(DriverMode.READY)
        targets = self._targets_at(now_s)
        velocities = self._velocities() if now_s < self._to_s else np.zeros(len(targets) - 1)
        return targets, velocities

    def hold(self) -> None:
        """Hold the targets of the newest update, wherever they were on their way to."""
        self._from = self._to = self._targets_at(self._now_s)

    def _refuse_gripper(self, opening: float) -> str:
        if not np.isfinite(opening) or not -_OPENING_MARGIN <= opening <= 1.0 + _OPENING_MARGIN:
            return f"gripper opening {opening}; permitted: 0 to 1"
        return ""

    def _refuse_arm(self, names: tuple[str, ...], positions_rad: Array) -> str:
        if names != self._robot.joint_names or positions_rad.shape != (len(names),):
            return f"joints {list(names)}; permitted: {list(self._robot.joint_names)}"
        outside = ((positions_rad < self._low_rad) | (positions_rad > self._high_rad)) & np.isfinite(positions_rad)
        if outside.any():
            i = int(outside.argmax())
            joint = self._robot.joints[i]
            permitted = f"{joint.position_min_rad} to {joint.position_max_rad} rad"
            return f"{joint.name} at {positions_rad[i]:.3f} rad; permitted: {permitted}"
        return ""

    def _aim(self, targets: Array, reach_in_s: float, now_s: float) -> str:
        if not np.isfinite(targets).all() or not 0.0 <= reach_in_s <= _REACH_MAX_S:
            return f"targets {targets.tolist()} in {reach_in_s} s; permitted: finite, within 0 to 1 s"
        start = self._from
        if now_s > self._received_s or self.status.mode is not DriverMode.FOLLOWING:
            start = self._targets_at(now_s)
        # A stream that stood still for a moment goes on some steps ahead; what is farther away is a leap.
        leap = np.abs(targets - start)[:-1] / (reach_in_s + self._timeout_s) > self._speed_rad_s
        if leap.any():
            i = int(leap.argmax())
            joint = self._robot.joints[i]
            return (
                f"{joint.name} is to go from {start[i]:.3f} to {targets[i]:.3f} rad in {1e3 * reach_in_s:.0f} ms; "
                f"permitted: {joint.velocity_max_rad_s} rad/s"
            )
        self._from, self._to = start, targets
        self._from_s, self._to_s = now_s, now_s + reach_in_s
        self._received_s = now_s
        self.status = DriverStatus(DriverMode.FOLLOWING)
        return ""

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
