"""Cartesian servoing: a jerk-limited set point for the tool, followed by inverse kinematics, sent as chunks.

Every control step plans afresh from the committed set point to the present target (ruckig, state to state), so that
targets may move at any time. The chunk holds the next step, a short prediction, and a braking stretch to standstill:
if no further chunk comes, the gate runs into rest by itself.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import ruckig

from robomatrix_py.contracts.action import ActionChunk, ActionSpace
from robomatrix_py.contracts.correction import CorrectionLimits, Nudge
from robomatrix_py.contracts.geometry import Array, wrap_angle
from robomatrix_py.contracts.robot import RobotDescription
from robomatrix_py.skills.config import ServoConfig
from robomatrix_py.skills.inverse_kinematics import InverseKinematics, tool_down
from robomatrix_py.skills.level_arm import LevelArmKinematics
from robomatrix_py.skills.lookahead import take_up
from robomatrix_py.skills.overlay import Overlay
from robomatrix_py.skills.workspace import corrected_place

# Degrees of freedom of the set point: x, y, z, yaw, and the share of the initial tilt that is still there.
_DOFS = 5
_BRAKING_STEPS_MAX = 40
# The braking stretch uses this share of the robot's acceleration and jerk limits.
_BRAKING_SHARE = 0.6
# Rows of the last chunk that a new target leaves as they are, so that a chunk may come late by as many.
_PROMISED_STEPS = 1
# Below this, in m, m/s, rad and so on, a state counts as zero.
_NEGLIGIBLE = 1e-7
_SYNCHRONIZATIONS = (ruckig.Synchronization.Phase, ruckig.Synchronization.Time, ruckig.Synchronization.No)
# ruckig's solver stumbles over a largest speed that braking from the present acceleration just meets, not over a lower.
_SPEED_SHARES = (1.0, 0.97, 0.9)
# A target that moves by less is taken as standing.
_DEAD_BAND_M = 4e-4
_DEAD_BAND_RAD = 4e-3


class MotionError(Exception):
    """The set point cannot be moved on; the caller ends the skill and the gate brakes."""


@dataclass(frozen=True, eq=False)
class _Step:
    """One planned control step.

    Args:
        point: Position, velocity and acceleration of the set point, shape (3, 5).
        row: Joint positions and gripper opening, shape (dims,).
    """

    point: Array
    row: Array


class Servo:
    """Moves the tool, pointing down, to targets that may change at every step.

    A person's corrections are laid over it: targets are shifted by them and readings shifted back, so that whoever
    aims need not know. What is commanded in truth is :attr:`commanded_xyz_m` and so on.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        config: Rates and limits.
        corrections: How far and how fast a person's corrections may change the motion.
    """

    def __init__(
        self,
        robot: RobotDescription,
        model_file: Path,
        config: ServoConfig,
        corrections: CorrectionLimits | None = None,
    ) -> None:
        self.robot = robot
        self.config = config
        self.dt_s = 1.0 / config.rate_hz
        self._kinematics: InverseKinematics | LevelArmKinematics = (
            InverseKinematics(robot, model_file, self.dt_s)
            if robot.level_wrist_xyz_m is None
            else LevelArmKinematics(robot)
        )
        self._planner = ruckig.Ruckig(_DOFS)
        self._request = ruckig.InputParameter(_DOFS)
        self._brake = ruckig.Ruckig(len(robot.joints))
        self._brake_request = _braking_request(robot)
        self._hold_request = _holding_request(config)
        self._overlay = Overlay(corrections or CorrectionLimits())
        self._held = False
        self._tilt = np.zeros(3)
        self._aimed = np.zeros(4)
        self._target = np.zeros(4)
        self._aimed_opening = 1.0
        self._opening = 1.0
        self._speed_share = 1.0
        self._sequence = 0
        self._history: list[_Step] = []
        self._planned: list[_Step] = []
        self._trajectory: ruckig.Trajectory | None = None
        self._trajectory_steps = 0

    def start(self, joint_positions_rad: Array, opening: float) -> None:
        """Begin a new time line at rest in a configuration; the target is where the tool is."""
        position, rotation = self._kinematics.tool_pose(joint_positions_rad)
        yaw = math.atan2(-rotation[0, 1], rotation[1, 1])
        self._tilt = _rotation_vector(rotation @ tool_down(yaw).T)
        point = np.zeros((3, _DOFS))
        point[0] = [*position, yaw, 1.0]
        step = _Step(point, np.append(joint_positions_rad, opening))
        self._history = [step, step, step]
        self._planned = []
        self._trajectory = None
        self._overlay.clear()
        self._aimed, self._target = point[0, :4].copy(), point[0, :4].copy()
        self._aimed_opening = self._opening = float(opening)
        self._speed_share = 1.0
        self._sequence = 0

    @property
    def tool_xyz_m(self) -> Array:
        """Commanded tool position in the base frame as it would be without corrections, shape (3,)."""
        position: Array = self.commanded_xyz_m - (self._target - self._aimed)[:3]
        return position

    @property
    def yaw_rad(self) -> float:
        """Commanded turn of the tool about the vertical as it would be without corrections."""
        return self.commanded_yaw_rad - float(self._target[3] - self._aimed[3])

    @property
    def opening(self) -> float:
        """Commanded gripper opening as it would be without corrections."""
        return self.commanded_opening - (self._opening - self._aimed_opening)

    @property
    def commanded_xyz_m(self) -> Array:
        """Commanded tool position in the base frame, shape (3,)."""
        position: Array = self._history[-1].point[0, :3]
        return position

    @property
    def commanded_yaw_rad(self) -> float:
        """Commanded turn of the tool about the vertical."""
        return float(self._history[-1].point[0, 3])

    @property
    def commanded_opening(self) -> float:
        """Commanded gripper opening."""
        return float(self._history[-1].row[-1])

    @property
    def velocity_m_s(self) -> Array:
        """Velocity of the commanded motion, shape (3,)."""
        velocity: Array = self._history[-1].point[1, :3]
        return velocity

    @property
    def at_rest(self) -> bool:
        """Whether the commanded motion has all but come to rest at the target."""
        point = self._history[-1].point
        error = np.abs(point[0, :4] - self._target)
        return bool(
            error[:3].max() < 2e-3
            and error[3] < 0.02
            and abs(point[0, 4]) < 5e-3
            and np.abs(point[1, :3]).max() < 0.02
            and abs(point[1, 3]) < 0.05
        )

    def distance_to(self, xyz_m: Array) -> float:
        """Return how far the commanded tool position is from a point in the base frame, in metres."""
        return float(np.linalg.norm(self.tool_xyz_m - xyz_m))

    def aim(self, xyz_m: Array, yaw_rad: float | None = None, speed_share: float = 1.0) -> None:
        """Set the target of the tool.

        Args:
            xyz_m: Position in the base frame, shape (3,).
            yaw_rad: Turn about the vertical, taken modulo half a turn since the gripper is symmetric; None keeps
                the present target.
            speed_share: Share of the largest speed to use, above 0 to 1.
        """
        aimed = self._aimed.copy()
        aimed[:3] = xyz_m
        if yaw_rad is not None:
            aimed[3] = self.nearest_yaw(yaw_rad)
        change = np.abs(aimed - self._aimed)
        # What moves less than perception can tell keeps the motion that was planned.
        if change[:3].max() > _DEAD_BAND_M or change[3] > _DEAD_BAND_RAD or speed_share != self._speed_share:
            self._aimed, self._speed_share = aimed, speed_share
            self._retarget()

    def grip(self, opening: float) -> None:
        """Set the target opening of the gripper, 0 closed to 1 open."""
        self._aimed_opening = float(np.clip(opening, 0.0, 1.0))
        self._regrip()

    def correct(self, nudge: Nudge) -> str:
        """Lay a person's correction over the motion until the next `start`; return why it is refused, or nothing."""
        return self._overlay.add(nudge)

    def hold(self, *, held: bool) -> None:
        """Brake and stand where that ends, fingers and corrections included, or go on to the target."""
        if held != self._held:
            self._held, self._trajectory = held, None

    def _retarget(self) -> None:
        """Plan anew, to where it was aimed and corrected to."""
        shift = self._overlay.present
        self._target = self._aimed + shift[:4]
        if shift[:3].any():
            self._target[:3] = corrected_place(self.robot, self._aimed[:3], shift[:3])
        self._trajectory = None

    def _regrip(self) -> None:
        self._opening = float(np.clip(self._aimed_opening + self._overlay.present[4], 0.0, 1.0))

    def nearest_yaw(self, yaw_rad: float) -> float:
        """Return the turn equal to `yaw_rad` modulo half a turn that is nearest and keeps the last joint in range."""
        present = self.yaw_rad
        wrist, last = float(self._history[-1].row[-2]), self.robot.joints[-1]
        candidates = [present + wrap_angle(yaw_rad - present) + turn * math.pi for turn in (-2, -1, 0, 1, 2)]
        margin = 0.35
        # With the tool pointing down, turning it by some angle turns the last joint by the same the other way.
        in_range = [
            c
            for c in candidates
            if last.position_min_rad + margin < wrist - (c - present) < last.position_max_rad - margin
        ]
        return min(in_range or candidates, key=lambda c: abs(c - present))

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
            self._history = (self._history + passed)[-3:]
            self._sequence += steps_passed
            self._trajectory_steps += steps_passed
        if not self._held and self._overlay.advance(steps_passed * self.dt_s):
            self._retarget()
            self._regrip()
        self._plan(self.config.lookahead_steps + 1)
        rows = [step.row for step in self._planned] + self._braking_rows()
        return ActionChunk(
            sequence=self._sequence,
            created_s=now_s,
            dt_s=self.dt_s,
            action_space=ActionSpace.JOINT_POSITION,
            names=self.robot.command_names,
            values=np.array(rows),
            observed_s=observed_s,
        )

    def _plan(self, count: int) -> None:
        """Have the next `count` steps planned from the committed one towards the target."""
        # Openings that were promised stay: a late chunk whose first rows are dropped then leaves no leap.
        openings = [step.row[-1] for step in self._planned]
        if self._trajectory is None:
            self._planned = self._planned[:_PROMISED_STEPS]
            self._trajectory = self._new_trajectory((self._history + self._planned)[-1].point)
            self._trajectory_steps = -len(self._planned)
        row = (self._history + self._planned)[-1].row
        for i in range(len(self._planned) + 1, count + 1):
            time_s = (self._trajectory_steps + i) * self.dt_s
            point = np.array(self._trajectory.at_time(time_s))[:3]
            rotation = tool_down(point[0, 3])
            if point[0, 4] > _NEGLIGIBLE:
                rotation = _rotation_matrix(self._tilt * point[0, 4]) @ rotation
            joints = self._kinematics.step(row[:-1], point[0, :3], rotation)
            row = np.append(joints, openings[i - 1] if i <= len(openings) else self._next_opening(row[-1]))
            self._planned.append(_Step(point, row))

    def _new_trajectory(self, point: Array) -> ruckig.Trajectory:
        """Return the time-optimal motion of the set point from a state to the target, or to rest while held."""
        if self._held:
            return self._halting(point)
        request, config, factor = self._request, self.config, self._overlay.speed_factor
        share = min(1.0, self._speed_share * factor)
        # ruckig's solver stumbles over states that are all but at rest at the target.
        state = np.where(np.abs(point) < _NEGLIGIBLE, 0.0, point)
        target = np.array([*self._target, 0.0])
        target = np.where(np.abs(target - state[0]) < _NEGLIGIBLE, state[0], target)
        request.current_position, request.current_velocity, request.current_acceleration = state.tolist()
        request.target_position = target.tolist()
        request.target_velocity = request.target_acceleration = [0.0] * _DOFS
        good = self.robot.tool_speed_share
        speeds = np.array([share * good * config.speed_max_m_s] * 3 + [min(1.0, factor) * config.turn_max_rad_s, 1.0])
        acceleration = good * config.acceleration_max_m_s2
        request.max_acceleration = [acceleration] * 3 + [config.turn_acceleration_max_rad_s2, 4.0]
        request.max_jerk = [good * config.jerk_max_m_s3] * 3 + [config.turn_jerk_max_rad_s3, 40.0]
        return time_optimal(self._planner, request, speeds)

    def _halting(self, point: Array) -> ruckig.Trajectory:
        """Return the motion that brings the set point to rest as soon as its limits permit."""
        request = self._hold_request
        request.current_position, request.current_velocity, request.current_acceleration = point.tolist()
        trajectory = ruckig.Trajectory(_DOFS)
        try:
            self._planner.calculate(request, trajectory)
        except ruckig.RuckigError as error:
            raise MotionError(f"no halt from {point.tolist()}") from error
        return trajectory

    def _next_opening(self, opening: float) -> float:
        if self._held:
            return opening
        largest = self.config.gripper_speed_per_s * self.dt_s
        return opening + float(np.clip(self._opening - opening, -largest, largest))

    def _braking_rows(self) -> list[Array]:
        """Return rows that bring the last planned step to rest."""
        a, b, c = (step.row[:-1] for step in (self._history + self._planned)[-3:])
        acceleration = (c - 2 * b + a) / self.dt_s**2
        # The difference quotient lies half a step back: add half a step of acceleration.
        velocity = (c - b) / self.dt_s + acceleration * self.dt_s / 2
        request = self._brake_request
        request.current_position = c.tolist()
        request.current_velocity = velocity.tolist()
        request.current_acceleration = acceleration.tolist()
        trajectory = ruckig.Trajectory(len(c))
        try:
            self._brake.calculate(request, trajectory)
        except ruckig.RuckigError as error:
            raise MotionError(f"no braking from velocity {velocity.tolist()} rad/s") from error
        count = min(_BRAKING_STEPS_MAX, math.ceil(trajectory.duration / self.dt_s))
        opening = self._planned[-1].row[-1]
        return [np.append(trajectory.at_time(i * self.dt_s)[0], opening) for i in range(1, count + 1)]


def time_optimal(planner: ruckig.Ruckig, request: ruckig.InputParameter, speeds: Array) -> ruckig.Trajectory:
    """Return the fastest motion from a state to a target.

    On a straight line where possible, else all axes at once, else each for itself: any of them is safe.

    Args:
        planner: The solver.
        request: State, target, largest accelerations and jerks.
        speeds: Largest speeds by axis.

    Raises:
        MotionError: The solver finds none.
    """
    trajectory = ruckig.Trajectory(len(speeds))
    for share in _SPEED_SHARES:
        request.max_velocity = (share * speeds).tolist()
        for request.synchronization in _SYNCHRONIZATIONS:
            with contextlib.suppress(ruckig.RuckigError):
                if planner.calculate(request, trajectory) >= 0:
                    return trajectory
    state = [request.current_position, request.current_velocity, request.current_acceleration]
    raise MotionError(f"no motion from {state} to {request.target_position} at {speeds.tolist()}")


def _braking_request(robot: RobotDescription) -> ruckig.InputParameter:
    count = len(robot.joints)
    request = ruckig.InputParameter(count)
    request.control_interface = ruckig.ControlInterface.Velocity
    request.synchronization = ruckig.Synchronization.No
    request.target_velocity = [0.0] * count
    request.target_acceleration = [0.0] * count
    request.max_acceleration = [_BRAKING_SHARE * joint.acceleration_max_rad_s2 for joint in robot.joints]
    request.max_jerk = [_BRAKING_SHARE * joint.jerk_max_rad_s3 for joint in robot.joints]
    return request


def _holding_request(config: ServoConfig) -> ruckig.InputParameter:
    request = ruckig.InputParameter(_DOFS)
    request.control_interface = ruckig.ControlInterface.Velocity
    request.synchronization = ruckig.Synchronization.No
    request.target_velocity = request.target_acceleration = [0.0] * _DOFS
    request.max_acceleration = [config.acceleration_max_m_s2] * 3 + [config.turn_acceleration_max_rad_s2, 4.0]
    request.max_jerk = [config.jerk_max_m_s3] * 3 + [config.turn_jerk_max_rad_s3, 40.0]
    return request


def _rotation_vector(rotation: Array) -> Array:
    """Return axis times angle of a rotation matrix below half a turn, shape (3,)."""
    angle = math.acos(float(np.clip((np.trace(rotation) - 1) / 2, -1.0, 1.0)))
    if angle < 1e-9:
        return np.zeros(3)
    skew = rotation - rotation.T
    return np.array([skew[2, 1], skew[0, 2], skew[1, 0]]) * angle / (2 * math.sin(angle))


def _rotation_matrix(vector: Array) -> Array:
    """Return the rotation matrix of axis times angle (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix: Array = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * (cross @ cross)
    return matrix
