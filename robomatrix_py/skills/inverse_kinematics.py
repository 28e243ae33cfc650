"""Joint positions for a tool pose, step by step, by mink's differential inverse kinematics."""

from __future__ import annotations

from pathlib import Path

import mink
import mujoco
import numpy as np

from robomatrix_py.contracts.errors import ConfigError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import RobotDescription

_TOOL_SITE = "tool"
_SOLVER = "daqp"


class InverseKinematics:
    """Follows a slowly changing tool pose with the arm's joints.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model, with a site named ``tool``.
        dt_s: Time between two poses.

    Raises:
        ConfigError: The model lacks a joint or the tool site.
    """

    def __init__(self, robot: RobotDescription, model_file: Path, dt_s: float) -> None:
        model = _arm_only(robot, model_file)
        self._dt_s = dt_s
        self._configuration = mink.Configuration(model)
        self._tool = mink.FrameTask(_TOOL_SITE, "site", position_cost=1.0, orientation_cost=0.5, lm_damping=1e-6)
        # Weak pull towards the ready pose: keeps elbow and wrist from drifting where the tool leaves them free.
        self._posture = mink.PostureTask(model, cost=1e-4)
        self._posture.set_target(robot.home)
        velocities = {joint.name: 0.95 * joint.velocity_max_rad_s for joint in robot.joints}
        self._limits = [mink.ConfigurationLimit(model), mink.VelocityLimit(model, velocities)]

    def tool_pose(self, positions_rad: Array) -> tuple[Array, Array]:
        """Return position, shape (3,), and rotation matrix, shape (3, 3), of the tool in the base frame."""
        self._configuration.update(positions_rad)
        pose = self._configuration.get_transform_frame_to_world(_TOOL_SITE, "site")
        return pose.translation(), pose.rotation().as_matrix()

    def step(self, positions_rad: Array, tool_xyz_m: Array, tool_rotation: Array) -> Array:
        """Return the joint positions one time step later, closest to a tool pose, shape (joints,)."""
        self._configuration.update(positions_rad)
        rotation = mink.SO3.from_matrix(tool_rotation)
        self._tool.set_target(mink.SE3.from_rotation_and_translation(rotation, tool_xyz_m))
        velocity = mink.solve_ik(
            self._configuration, [self._tool, self._posture], self._dt_s, _SOLVER, limits=self._limits
        )
        result: Array = positions_rad + velocity * self._dt_s
        return result


def _arm_only(robot: RobotDescription, model_file: Path) -> mujoco.MjModel:
    """Return the model with the arm's joints alone, so that the problem is as small as it can be."""
    spec = mujoco.MjSpec.from_file(str(model_file))
    for part in (*spec.equalities, *spec.actuators, *spec.tendons):
        spec.delete(part)
    for joint in list(spec.joints):
        if joint.name not in robot.joint_names:
            spec.delete(joint)
    model = spec.compile()
    names = tuple(model.joint(i).name for i in range(model.njnt))
    if names != robot.joint_names:
        raise ConfigError(f"joints are {names}", where=str(model_file), permitted=robot.joint_names)
    if mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_SITE, _TOOL_SITE) < 0:
        raise ConfigError(f"no site named '{_TOOL_SITE}'", where=str(model_file))
    return model


def tool_down(yaw_rad: float) -> Array:
    """Return the rotation of a tool that points down, its closing axis (y) turned by `yaw_rad` from base y."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    # Columns: tool x, y, z in base. z points down; y is base y turned by yaw; x completes the frame.
    return np.array([[-c, -s, 0.0], [-s, c, 0.0], [0.0, 0.0, -1.0]])
