"""An arm of hobby servos on one serial bus: Feetech or Dynamixel. The families differ in the bus only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from robomatrix_py.contracts.errors import DeviceError, StaleDataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.drivers.calibration import Calibration, JointMap
from robomatrix_py.drivers.device import ArmReading, firmware_fault

# A servo that holds torque already keeps its goal if it is so near: an arm that is taken up anew must not sag.
_KEEP_GOAL_RAD = 0.15
_ID_MAX = 252


@dataclass(frozen=True)
class ServoConfig:
    """One servo.

    Args:
        id: Its number on the bus.
        model: Model number that it must report.
        nm_per_unit: Torque per unit of the load that it reports (Feetech: share of stall torque; Dynamixel: A).
        shadow: Number of a second servo on the same joint that follows it by itself; 0 where there is none.
        torque_share: Share of its full torque that it may use.
    """

    id: int
    model: int
    nm_per_unit: float
    shadow: int = 0
    torque_share: float = 1.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.id <= _ID_MAX or not 0 <= self.shadow <= _ID_MAX:
            raise ValueError(f"id is {self.id}, shadow {self.shadow}; permitted: 0 to {_ID_MAX}")
        if not 0.05 <= self.torque_share <= 1.0:
            raise ValueError(f"torque_share is {self.torque_share}; permitted: 0.05 to 1")
        if not 0.0 < self.nm_per_unit < 1000.0:
            raise ValueError(f"nm_per_unit is {self.nm_per_unit}; permitted: above 0, below 1000")


@dataclass(frozen=True)
class ServoArmConfig:
    """An arm of servos: `device.yaml`.

    Args:
        address: Serial port.
        baud: Bits per second.
        servos: By name of joint or gripper.
        rate_hz: Set points a second.
    """

    address: str
    baud: int
    servos: dict[str, ServoConfig]
    rate_hz: float = 100.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 9600 <= self.baud <= 4_500_000:
            raise ValueError(f"baud is {self.baud}; permitted: 9600 to 4500000")
        if not 20.0 <= self.rate_hz <= 500.0:
            raise ValueError(f"rate_hz is {self.rate_hz}; permitted: 20 to 500")
        ids = [servo.id for servo in self.servos.values()] + [s.shadow for s in self.servos.values() if s.shadow]
        if len(set(ids)) < len(ids):
            raise ValueError(f"servos share a number: {sorted(ids)}")


@dataclass(frozen=True)
class ServoState:
    """What a servo says of itself.

    Args:
        position_rad: Angle of its own encoder, zero in the middle of its range.
        velocity_rad_s: Speed of the same.
        load: In the family's unit.
        fault: What its firmware reports; empty while all is well.
    """

    position_rad: float
    velocity_rad_s: float
    load: float
    fault: str = ""


class ServoBus(Protocol):
    """One family's bus. Methods raise DeviceError where it has gone, StaleDataError where a servo stays silent."""

    @property
    def address(self) -> str:
        """Serial port."""

    def open(self) -> None:
        """Open the port."""

    def close(self) -> None:
        """Close it; servos keep their torque and their goals."""

    def models(self, servos: Collection[int]) -> dict[int, int]:
        """Return the model number of each servo that answers."""

    def unfit(self, servo: int, shadow: int) -> str:
        """Return why a servo cannot be used as it is set up, or an empty text."""

    def states(self, servos: Collection[int]) -> dict[int, ServoState]:
        """Return the state of each servo that answers."""

    def held_goal(self, servo: int) -> float | None:
        """Return the goal in rad that a servo holds with torque, or None where it has no torque."""

    def limit_torque(self, servo: int, share: float) -> None:
        """Limit the torque that a servo may use."""

    def write_goals(self, goals_rad: Mapping[int, float]) -> None:
        """Set the goals of servos, all at once; nobody answers."""

    def enable_torque(self, servo: int) -> None:
        """Switch the torque on; the servo answers."""


class ServoArmDevice:
    """Such an arm.

    Args:
        robot: The robot.
        config: Its servos.
        calibration: How they are mounted.
        bus: Their bus.

    Raises:
        ValueError: Joints, servos and calibration do not name the same things.
    """

    def __init__(
        self, robot: RobotDescription, config: ServoArmConfig, calibration: Calibration, bus: ServoBus
    ) -> None:
        names = robot.command_names
        if set(config.servos) != set(names):
            raise ValueError(f"servos are {sorted(config.servos)}; needed: {sorted(names)}")
        self._robot = robot
        self._bus = bus
        self._names = {config.servos[name].id: name for name in names}
        self._servos = [config.servos[name] for name in names]
        self._ids = [servo.id for servo in self._servos]
        self._arm_nm = np.array([servo.nm_per_unit for servo in self._servos[:-1]])
        self._map = JointMap(robot.joint_names, calibration.joints)
        self._gripper = calibration.gripper
        travel_rad = abs(calibration.gripper.open - calibration.gripper.closed)
        # Virtual work: torque times angle is force times way.
        self._gripper_n = self._servos[-1].nm_per_unit * travel_rad / robot.gripper.stroke_m
        self._closing_sign = -1.0 if calibration.gripper.open > calibration.gripper.closed else 1.0
        self._identity = ""

    @property
    def identity(self) -> str:
        """Port and servo models."""
        return self._identity

    def open(self, now_s: float) -> Array:  # noqa: ARG002  an interface: other devices keep time
        """Find every servo, check it, and hold the arm where it is.

        Raises:
            DeviceError: Port or servos cannot be used.
            StaleDataError: A servo answers now and then.
        """
        states = self._examine()
        held = {servo.id: self._hold_at(servo.id, states[servo.id].position_rad) for servo in self._servos}
        for servo in self._servos:
            self._bus.limit_torque(servo.id, servo.torque_share)
        # First the goal, then the torque: otherwise the arm would spring to an old goal.
        self._bus.write_goals(held)
        for servo in self._servos:
            self._bus.enable_torque(servo.id)
        for servo in self._servos:
            if self._bus.held_goal(servo.id) is None:
                what = f"{self._label(servo.id)} does not switch its torque on"
                raise self._error(what, "switch the arm's power off and on; see the robot's guide", "NO_TORQUE")
        self._identity = f"{self._robot.name} on {self._bus.address}"
        encoder_rad = np.array([held[i] for i in self._ids])
        return np.append(self._map.to_joint(encoder_rad[:-1]), self._gripper.opening(float(encoder_rad[-1])))

    def probe(self) -> str:
        """Find every servo and check it.

        Raises:
            DeviceError: Port or servos cannot be used.
            StaleDataError: A servo answers now and then.
        """
        states = self._examine()
        encoder_rad = np.array([states[i].position_rad for i in self._ids[:-1]])
        joints_rad = self._map.to_joint(encoder_rad)
        angles = ", ".join(f"{n} {a:.2f}" for n, a in zip(self._robot.joint_names, joints_rad, strict=True))
        return f"{len(states)} servos on {self._bus.address}; joints in rad: {angles}"

    def write(
        self,
        positions_rad: Array,
        velocities_rad_s: Array,  # noqa: ARG002  the servos' own loop takes positions only
        opening: float,
        now_s: float,  # noqa: ARG002
    ) -> None:
        """Send a set point.

        Raises:
            DeviceError: The bus has gone.
        """
        encoder_rad = np.append(self._map.to_encoder(positions_rad), self._gripper.reading(opening))
        self._bus.write_goals(dict(zip(self._ids, encoder_rad.tolist(), strict=True)))

    def read(self, now_s: float) -> ArmReading | None:  # noqa: ARG002
        """Return what all servos say.

        Raises:
            DeviceError: The bus has gone.
            StaleDataError: A servo does not answer.
        """
        states = self._states()
        each = [states[i] for i in self._ids]
        arm, gripper = each[:-1], each[-1]
        per_opening_rad = self._gripper.open - self._gripper.closed
        return ArmReading(
            positions_rad=self._map.to_joint(np.array([state.position_rad for state in arm])),
            velocities_rad_s=self._map.turned(np.array([state.velocity_rad_s for state in arm])),
            efforts_nm=self._map.turned(np.array([state.load for state in arm])) * self._arm_nm,
            gripper_opening=self._gripper.opening(gripper.position_rad),
            gripper_speed_per_s=gripper.velocity_rad_s / per_opening_rad,
            gripper_force_n=self._closing_sign * gripper.load * self._gripper_n,
            fault=self._fault(states),
        )

    def close(self) -> None:
        """Let go of the port; every servo keeps torque and goal."""
        self._bus.close()

    def drop(self) -> None:
        """Let go of the port."""
        self._bus.close()

    @property
    def _where(self) -> str:
        return f"{self._robot.name} on {self._bus.address}"

    def _label(self, servo: int) -> str:
        return f"servo {servo} ({self._names[servo]})"

    def _require_models(self) -> None:
        wanted = {servo.id: servo.model for servo in self._servos}
        wanted |= {servo.shadow: servo.model for servo in self._servos if servo.shadow}
        found = self._bus.models(list(wanted))
        if not found:
            raise self._error(
                f"none of the servos {sorted(wanted)} answers",
                "is this the arm's port, and has the arm power of its own? A USB cable alone does not supply it",
                "NO_ANSWER",
            )
        if missing := sorted(set(wanted) - set(found)):
            there = f"servos {sorted(found)} answer, {missing} do not"
            raise self._error(there, "look at the cable to the first missing one, and at the numbers", "SERVO_MISSING")
        for servo, model in found.items():
            if model != wanted[servo]:
                raise self._error(
                    f"servo {servo} is of model {model}, {wanted[servo]} is needed",
                    f"is this a {self._robot.name}? Otherwise choose the right --robot or mend its device.yaml",
                    "WRONG_MODEL",
                )

    def _examine(self) -> dict[int, ServoState]:
        self._bus.open()
        self._require_models()
        for servo in self._servos:
            if why := self._bus.unfit(servo.id, servo.shadow):
                raise self._error(
                    f"{self._label(servo.id)} {why}", "set it up as the robot's guide says", "WRONG_SETUP"
                )
        states = self._states()
        if fault := self._fault(states):
            raise firmware_fault(fault, where=self._where, remedy="see 'Protective stop' in the robot's guide")
        return states

    def _states(self) -> dict[int, ServoState]:
        states = self._bus.states(self._ids)
        if missing := [i for i in self._ids if i not in states]:
            states |= self._bus.states(missing)
            missing = [i for i in missing if i not in states]
        if missing:
            who = ", ".join(self._label(servo) for servo in missing)
            raise StaleDataError(f"no answer from {who}", where=self._where, code="SERVO_SILENT")
        return states

    def _fault(self, states: Mapping[int, ServoState]) -> str:
        return "; ".join(f"{self._label(i)} reports {state.fault}" for i, state in states.items() if state.fault)

    def _hold_at(self, servo: int, position_rad: float) -> float:
        goal_rad = self._bus.held_goal(servo)
        return goal_rad if goal_rad is not None and abs(goal_rad - position_rad) < _KEEP_GOAL_RAD else position_rad

    def _error(self, what: str, remedy: str, code: str) -> DeviceError:
        return DeviceError(what, where=self._where, remedy=remedy, code=code)
