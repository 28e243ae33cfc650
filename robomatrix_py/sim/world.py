"""The MuJoCo world: steps a scene and says what is where. No ROS, no clock, no threads."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array, Box, Pose, quaternion_from_matrix
from robomatrix_py.contracts.robot import CameraDescription, RobotDescription
from robomatrix_py.sim.config import DRAWER_TRAVEL_M, SimConfig
from robomatrix_py.sim.fixtures import BUTTON_TRIGGER_M, FixtureModel
from robomatrix_py.sim.layout import Layout, draw_layout
from robomatrix_py.sim.model import build_model
from robomatrix_py.sim.odometry import Odometry
from robomatrix_py.sim.overview import filming_cameras
from robomatrix_py.sim.planar_base import PlanarBase, SimBase
from robomatrix_py.sim.rooms import TARGET_RADIUS_M
from robomatrix_py.sim.trot import TrotBase

_LAMP_RGB = {False: (0.45, 0.10, 0.10), True: (0.20, 0.95, 0.30)}
_HIT_RGB = (0.20, 0.95, 0.30)
_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
# MuJoCo's quaternions are wxyz.
_XYZW = [1, 2, 3, 0]


@dataclass
class _Button:
    fixture: FixtureModel
    qpos: int
    lamp_geom: int
    down: bool = False
    lit: bool = False


class SimWorld:
    """A robot in a drawn scene.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        config: Scene, seed and timestep.

    Raises:
        ConfigError: The model or the scene cannot be built.
    """

    def __init__(self, robot: RobotDescription, model_file: Path, config: SimConfig) -> None:
        self.robot = robot
        self.config = config
        self.layout: Layout = draw_layout(config.scene, config.seed)
        self.model, self.fixtures = build_model(robot, model_file, config, self.layout)
        self.data = mujoco.MjData(self.model)
        self._body_ids: dict[str, int] = {name: self.model.body(name).id for name in self.object_names}
        self._body_ids |= {f.name: self.model.body(f.body).id for f in self.fixtures.values()}
        self._arm_qpos = [self.model.joint(name).qposadr[0] for name in robot.joint_names]
        self._arm_qvel = [self.model.joint(name).dofadr[0] for name in robot.joint_names]
        self._finger_qpos = [self.model.joint(name).qposadr[0] for name in robot.gripper.joints]
        self._finger_qvel = [self.model.joint(name).dofadr[0] for name in robot.gripper.joints]
        self._arm_ctrl = [self.model.actuator(name).id for name in robot.joint_names]
        # A position servo of gain kp and damping kv trails a moving target by kv / kp seconds.
        gain, bias = self.model.actuator_gainprm, self.model.actuator_biasprm
        self._stiffness = gain[self._arm_ctrl, 0].copy()
        self._lag_s = -bias[self._arm_ctrl, 2] / gain[self._arm_ctrl, 0]
        self._gripper_ctrl = self.model.actuator(robot.gripper.joints[0]).id
        self._buttons = [self._button(f) for f in self.fixtures.values() if f.shape == "button"]
        self._hits = {fixture.name: 0 for fixture in self.fixtures.values() if fixture.shape == "target"}
        self._steps = 0
        self.base: SimBase | None = None
        if robot.base is not None:
            backend = PlanarBase if config.base.backend == "planar" else TrotBase
            self.base = backend(self.model, self.data)
        self._reset_pose()
        rng = np.random.default_rng([config.seed, 0x0D0])
        # A robot that stays where it is knows where that is.
        self.odometry = Odometry(self.base_pose(), config.base.odometry.noise if self.base else 0.0, rng)

    @property
    def object_names(self) -> tuple[str, ...]:
        """Names of the free objects."""
        return tuple(item.name for item in self.layout.objects)

    @property
    def time_s(self) -> float:
        """Simulated time."""
        return self._steps * self.config.timestep_s

    @property
    def filming_cameras(self) -> tuple[CameraDescription, ...]:
        """What shows a run to people."""
        return filming_cameras(self.robot)

    def step(self, count: int = 1) -> None:
        """Advance the physics by `count` steps."""
        mujoco.mj_step(self.model, self.data, count)
        self._steps += count
        if self.base is not None:
            self.odometry.advance(self.base.pose())
        for button in self._buttons:
            self._update_button(button)

    def command(self, positions_rad: Array, velocities_rad_s: Array, opening: float) -> None:
        """Set the targets of the arm's and gripper's position servos.

        Args:
            positions_rad: Joint targets, shape (joints,).
            velocities_rad_s: Velocity of the commanded motion, shape (joints,): fed forward against the servos' own
                damping, as the drives of a real arm do, so that the arm does not lag behind.
            opening: Gripper opening, 0 to 1.
        """
        self.data.ctrl[self._arm_ctrl] = positions_rad + self._lag_s * velocities_rad_s
        if isinstance(self.base, TrotBase):
            # The drives bear the arm's weight, and through them the body does.
            self.data.ctrl[self._arm_ctrl] += self.data.qfrc_bias[self._arm_qvel] / self._stiffness
        # A closed command asks for a little less than zero, so that the pads keep pressing.
        finger_m = self.robot.gripper.finger_m(opening)
        self.data.ctrl[self._gripper_ctrl] = finger_m if opening > 0.01 else -0.01

    def joint_positions(self) -> dict[str, float]:
        """Return true joint positions by name: rad, fingers in m."""
        names = (*self.robot.joint_names, *self.robot.gripper.joints)
        return dict(zip(names, self.data.qpos[self._arm_qpos + self._finger_qpos].tolist(), strict=True))

    def joint_velocities(self) -> dict[str, float]:
        """Return true joint velocities by name: rad/s, fingers in m/s."""
        names = (*self.robot.joint_names, *self.robot.gripper.joints)
        return dict(zip(names, self.data.qvel[self._arm_qvel + self._finger_qvel].tolist(), strict=True))

    def joint_efforts(self) -> dict[str, float]:
        """Return drive torques by name: Nm; for the fingers the closing force in N."""
        arm = self.data.actuator_force[self._arm_ctrl]
        closing = -float(self.data.actuator_force[self._gripper_ctrl])
        efforts = dict(zip(self.robot.joint_names, arm.tolist(), strict=True))
        return efforts | dict.fromkeys(self.robot.gripper.joints, closing)

    def base_pose(self) -> Pose:
        """Return where the base truly is; an arm without a base is at the origin for ever."""
        return self.base.pose() if self.base is not None else Pose.at(0.0, 0.0, 0.0)

    def pose(self, name: str) -> Pose:
        """Return the true pose of an object or fixture in the frame in which the base stood at the start."""
        body = self._body_ids[name]
        return Pose(self.data.xpos[body], self.data.xquat[body, _XYZW])

    def body_id(self, name: str) -> int:
        """Return the MuJoCo body of an object or fixture."""
        return self._body_ids[name]

    def states(self, fixture: FixtureModel) -> dict[str, float]:
        """Return a fixture's further readings: a drawer's `opening_m`, a button's `lit`."""
        if fixture.shape == "drawer":
            opening = float(self.data.qpos[self.model.joint(fixture.joint).qposadr[0]])
            return {"opening_m": opening, "travel_m": DRAWER_TRAVEL_M}
        if fixture.name in self._hits:
            return {"hit_count": float(self._hits[fixture.name])}
        button = next((button for button in self._buttons if button.fixture is fixture), None)
        return {"lit": float(button.lit)} if button else {}

    def region(self, fixture: FixtureModel) -> Box | None:
        """Return a fixture's interior as an axis-aligned box in the base frame."""
        if fixture.interior is None:
            return None
        pose = self.pose(fixture.name)
        half = np.abs(pose.rotation) @ fixture.interior.half_extents_m
        return Box(pose.transform(fixture.interior.center_m), half)

    def move_object(self, name: str, pose: Pose) -> None:
        """Put a free object elsewhere at rest: a disturbance for tests, never used by a skill."""
        joint = self.model.joint(f"{name}_joint")
        self.data.qpos[joint.qposadr[0] : joint.qposadr[0] + 7] = [
            *pose.position_m,
            *np.roll(pose.quaternion_xyzw, 1),
        ]
        self.data.qvel[joint.dofadr[0] : joint.dofadr[0] + 6] = 0.0
        mujoco.mj_forward(self.model, self.data)

    def take_shot(self, geom: int, point_m: Array) -> None:
        """A shot has met a geom at a point, shape (3,): a target's plate counts it if it came from in front.

        What was hit shines from then on. The count is no physics: a run that is done again from the physics alone does
        not know of it.
        """
        body = int(self.model.geom_bodyid[geom])
        for fixture in self.fixtures.values():
            if fixture.name in self._hits and self._body_ids[fixture.name] == body:
                local = self.pose(fixture.name).inverse().transform(point_m)
                off_m = math.hypot(local[1], local[2] - (fixture.size_m[2] / 2 - TARGET_RADIUS_M))
                if local[0] > 0.0 and off_m <= TARGET_RADIUS_M:
                    self._hits[fixture.name] += 1
                    self.model.geom_rgba[geom, :3] = _HIT_RGB

    def snapshot(self) -> dict[str, Any]:
        """Return the true state of everything, JSON-serialisable (the form of `sim_final.json`)."""
        bodies: dict[str, Any] = {}
        for name in (*self.object_names, *self.fixtures):
            pose = self.pose(name)
            bodies[name] = {
                "position_m": pose.position_m.tolist(),
                "quaternion_xyzw": pose.quaternion_xyzw.tolist(),
            }
        # The tool is no body of its own in the model: a site between the pads.
        tool_xyzw = quaternion_from_matrix(self.data.site("tool").xmat.reshape(3, 3))
        bodies["tool"] = {
            "position_m": self.data.site("tool").xpos.tolist(),
            "quaternion_xyzw": tool_xyzw.tolist(),
        }
        if self.base is not None:
            pose = self.base.pose()
            bodies["base"] = {"position_m": pose.position_m.tolist(), "quaternion_xyzw": pose.quaternion_xyzw.tolist()}
        joints: dict[str, float] = self.joint_positions()
        regions: dict[str, Any] = {}
        for fixture in self.fixtures.values():
            if fixture.joint:
                joints[fixture.joint] = float(self.data.qpos[self.model.joint(fixture.joint).qposadr[0]])
            for state, value in self.states(fixture).items():
                joints[f"{fixture.name}.{state}"] = value
            box = self.region(fixture)
            if box is not None:
                regions[fixture.name] = {
                    "center_m": box.center_m.tolist(),
                    "half_extents_m": box.half_extents_m.tolist(),
                }
        return {"time_s": self.time_s, "bodies": bodies, "joints": joints, "regions": regions}

    def save_state(self) -> Array:
        """Return the whole physics state, enough to go on bit for bit."""
        state = np.empty(mujoco.mj_stateSize(self.model, _STATE))
        mujoco.mj_getState(self.model, self.data, state, _STATE)
        return state

    def state_hash(self) -> str:
        """Return a hash of the whole physics state: equal hashes mean a bit-equal run."""
        return hashlib.sha256(self.save_state().tobytes()).hexdigest()

    def _button(self, fixture: FixtureModel) -> _Button:
        return _Button(fixture, self.model.joint(fixture.joint).qposadr[0], self.model.geom(f"{fixture.name}_lamp").id)

    def _update_button(self, button: _Button) -> None:
        """Toggle the lamp on every new press, with hysteresis."""
        depth = self.data.qpos[button.qpos]
        if not button.down and depth > BUTTON_TRIGGER_M:
            button.down, button.lit = True, not button.lit
            self.model.geom_rgba[button.lamp_geom, :3] = _LAMP_RGB[button.lit]
        elif button.down and depth < BUTTON_TRIGGER_M / 2:
            button.down = False

    def _start_rad(self) -> Array:
        """Return where the arm begins, shape (joints,).

        Raises:
            ConfigError: The scene says so for another number of joints.
        """
        told = self.config.scene.arm_rad
        if told is None:
            return self.robot.home
        if len(told) != len(self.robot.joints):
            count = len(self.robot.joints)
            raise ConfigError(f"{len(told)} joints", where="scene.arm_rad", permitted=f"{count}, as the robot has")
        return np.array(told)

    def _reset_pose(self) -> None:
        mujoco.mj_resetData(self.model, self.data)
        start_rad = self._start_rad()
        self.data.qpos[self._arm_qpos] = start_rad
        self.data.qpos[self._finger_qpos] = self.robot.gripper.finger_m(1.0)
        self.command(start_rad, np.zeros(len(self.robot.joints)), 1.0)
        for fixture in self.fixtures.values():
            if fixture.shape == "drawer":
                self.data.qpos[self.model.joint(fixture.joint).qposadr[0]] = self.layout.drawer_open_m
        if self.base is not None:
            self.base.reset()
        mujoco.mj_forward(self.model, self.data)
        # Objects are placed a hair above the table: let them come to rest before time begins.
        settling = round(0.5 / self.config.timestep_s)
        if self.base is None:
            mujoco.mj_step(self.model, self.data, settling)
        else:
            for _ in range(settling):
                self.command(start_rad, np.zeros(len(self.robot.joints)), 1.0)
                self.base.drive(np.zeros(3))
                mujoco.mj_step(self.model, self.data)
        self.data.time = 0.0
