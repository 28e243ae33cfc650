"""A quadruped that walks: a trot by force control of the feet on the ground and placed swinging feet, without learning.

A body wrench that holds height, level and velocity (proportional-derivative) is shared over the feet on the ground by
regularised least squares within friction limits (Focchi et al. 2017; Di Carlo et al. 2018 share it by a quadratic
programme instead). Swinging feet land where half a stance ahead of the hip lies, corrected by the velocity error
(Raibert 1986). It reads the true state of the simulation, and keeps the torque limits of the model.
"""

from __future__ import annotations

import math

import mujoco
import numpy as np

from robomatrix_py.contracts.geometry import Array, Pose
from robomatrix_py.sim.planar_base import BASE_BODY, LEG_PARTS, LEGS, STANDING_RAD, leg_joint

BODY_HEIGHT_M = 0.28
"""Height of the trunk's middle above the floor."""

_GRAVITY = 9.81
_FREE_JOINT = "base_free"
_TRUNK = "trunk"
_PERIOD_S = 0.4
# Share of the period a foot is on the ground; diagonal legs move together.
_DUTY = 0.55
_PHASE = (0.0, 0.5, 0.5, 0.0)
_SWING_HEIGHT_M = 0.07
_FOOT_RADIUS_M = 0.022
_HIP_IN_TRUNK_M = np.array([[0.193, -0.142, 0], [0.193, 0.142, 0], [-0.193, -0.142, 0], [-0.193, 0.142, 0]])
# Slower than this, for so long, and it puts all feet down.
_STANDING = 0.02
_SETTLE_S = 0.25
# Gains: of velocity, height and level, per kg and per unit of inertia.
_VELOCITY_GAIN = 6.0
_HEIGHT_GAIN, _HEIGHT_DAMPING = 80.0, 12.0
_TILT_GAIN, _TILT_DAMPING = 150.0, 18.0
_TILT_INTEGRAL_MAX = 30.0
_INERTIA_PER_15_KG = np.array([0.25, 0.45, 0.45])
# While standing the feet hold the body where it came to rest.
_PLACE_GAIN = 12.0
_YAW_GAIN = 60.0
# The commanded velocity is corrected by its own mean error.
_FILTER = 0.01
_INTEGRAL_MAX = np.array([0.4, 0.4, 0.5])
# Of the wrench, moments about x and y matter most: they keep it upright.
_WEIGHT = np.diag([1.0, 1.0, 2.0, 8.0, 8.0, 4.0])
_REGULAR = 1e-3
_NORMAL_MIN_N = 5.0
_FRICTION = 0.6
_SWING_STIFFNESS, _SWING_DAMPING = 500.0, 12.0
# Beyond these it has fallen.
_FALLEN_UPRIGHT = 0.5
_FALLEN_HEIGHT_M = 0.12


class TrotBase:
    """A quadruped that walks (a :class:`~robomatrix_py.sim.planar_base.SimBase`).

    Args:
        model: The model, with a free joint and torque drives at the legs.
        data: Its state.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._model, self._data = model, data
        joints = [[model.joint(leg_joint(leg, part)) for part in LEG_PARTS] for leg in LEGS]
        self._leg_qpos = np.array([[joint.qposadr[0] for joint in row] for row in joints])
        self._leg_dof = np.array([[joint.dofadr[0] for joint in row] for row in joints])
        self._leg_ctrl = np.array([[model.actuator(leg_joint(leg, part)).id for part in LEG_PARTS] for leg in LEGS])
        self._calf = [model.body(f"{leg}_calf").id for leg in LEGS]
        self._foot = [model.geom(f"{leg}_foot").id for leg in LEGS]
        self._base, self._trunk = model.body(BASE_BODY).id, model.body(_TRUNK).id
        self._qpos = int(model.joint(_FREE_JOINT).qposadr[0])
        self._dof = int(model.joint(_FREE_JOINT).dofadr[0])
        self._mass = float(model.body_subtreemass[self._base])
        self._jacobian = np.zeros((3, model.nv))
        self.reset()

    def reset(self) -> None:
        """Put it on its legs at the origin, at rest."""
        self._data.qpos[self._qpos : self._qpos + 7] = [0, 0, 0, 1, 0, 0, 0]
        self._data.qpos[self._leg_qpos] = STANDING_RAD
        self._data.qvel[self._dof : self._dof + 6] = 0.0
        self._data.qvel[self._leg_dof] = 0.0
        self._lift_off = np.zeros((4, 3))
        self._was_stance = [True] * 4
        self._integral, self._filtered = np.zeros(3), np.zeros(3)
        self._tilt_integral = np.zeros(2)
        self._slow_s = _SETTLE_S
        self._gait_s = 0.0
        self._stand_at: Array | None = None

    @property
    def fallen(self) -> bool:
        """Whether it lies on its side or its belly."""
        return bool(self._rotation[2, 2] < _FALLEN_UPRIGHT or self._data.xpos[self._trunk][2] < _FALLEN_HEIGHT_M)

    def pose(self) -> Pose:
        """Return where the base truly is: beneath the trunk on the floor, turned about the vertical."""
        x, y, _ = self._data.xpos[self._trunk].tolist()
        return Pose.at(x, y, 0.0, self._yaw)

    def velocity(self) -> Array:
        """Return its true velocity in its own frame: forward and left in m/s, turning left in rad/s, shape (3,)."""
        planar = self._heading.T @ self._trunk_velocity
        return np.array([planar[0], planar[1], self._spin[2]])

    def drive(self, velocity: Array) -> None:
        """Go on at a velocity in the base's own frame, shape (3,), for the next physics step."""
        data, timestep_s = self._data, float(self._model.opt.timestep)
        standing = self._stands(velocity, timestep_s)
        heading, linear, spin = self._heading, self._trunk_velocity, self._spin
        wanted = self._track(velocity, timestep_s, standing)
        linear_wanted = heading @ np.array([wanted[0], wanted[1], 0.0])
        phases = [(self._gait_s / _PERIOD_S + offset) % 1.0 for offset in _PHASE]
        stance = [standing or phase < _DUTY for phase in phases]
        feet = data.geom_xpos[self._foot]
        force, moment = self._wrench(heading, linear, linear_wanted, spin, wanted[2], timestep_s)
        if standing:
            self._hold_place(force, moment)
        legs = [leg for leg in range(4) if stance[leg]]
        shares = dict(zip(legs, self._share(force, moment, feet, legs), strict=True))
        for leg in range(4):
            mujoco.mj_jac(self._model, data, self._jacobian, None, feet[leg], self._calf[leg])
            of_leg = self._jacobian[:, self._leg_dof[leg]]
            if stance[leg]:
                torque = -of_leg.T @ shares[leg]
            else:
                progress = (phases[leg] - _DUTY) / (1.0 - _DUTY)
                if self._was_stance[leg]:
                    self._lift_off[leg] = feet[leg]
                place, speed = self._swing(leg, progress, heading, linear, linear_wanted, spin, wanted[2])
                pull = _SWING_STIFFNESS * (place - feet[leg]) + _SWING_DAMPING * (speed - self._jacobian @ data.qvel)
                torque = of_leg.T @ pull + data.qfrc_bias[self._leg_dof[leg]]
            low, high = self._model.actuator_ctrlrange[self._leg_ctrl[leg]].T
            data.ctrl[self._leg_ctrl[leg]] = np.clip(torque, low, high)
        self._was_stance = stance
        self._gait_s += timestep_s

    def _stands(self, velocity: Array, timestep_s: float) -> bool:
        """Return whether all feet stay down: nothing was asked for, for a while."""
        slow = float(np.abs(velocity).sum()) < _STANDING
        self._slow_s = self._slow_s + timestep_s if slow else 0.0
        standing = self._slow_s >= _SETTLE_S
        if standing:
            # The next walk begins with a whole stance of the one pair.
            self._gait_s = 0.0
            self._integral[:] = 0.0
        else:
            self._stand_at = None
        return standing

    def _track(self, velocity: Array, timestep_s: float, standing: bool) -> Array:
        """Return the velocity with integral terms, so that its mean is met, shape (3,)."""
        self._filtered += _FILTER * (self.velocity() - self._filtered)
        if not standing:
            error = velocity - self._filtered
            self._integral = np.clip(self._integral + timestep_s * error, -_INTEGRAL_MAX, _INTEGRAL_MAX)
        wanted: Array = velocity + self._integral
        return wanted

    def _wrench(
        self, heading: Array, linear: Array, linear_wanted: Array, spin: Array, yaw_rate: float, timestep_s: float
    ) -> tuple[Array, Array]:
        """Return the force and the moment (world frame) that hold height, velocity and level."""
        height = float(self._data.xpos[self._trunk][2])
        force = self._mass * _VELOCITY_GAIN * (linear_wanted - linear)
        force[2] = self._mass * (_GRAVITY + _HEIGHT_GAIN * (BODY_HEIGHT_M - height) - _HEIGHT_DAMPING * linear[2])
        tilt = np.cross(self._rotation[:, 2], [0.0, 0.0, 1.0])
        step = timestep_s * _TILT_GAIN * (heading.T @ tilt)[:2]
        self._tilt_integral = np.clip(self._tilt_integral + step, -_TILT_INTEGRAL_MAX, _TILT_INTEGRAL_MAX)
        inertia = np.diag(_INERTIA_PER_15_KG * self._mass / 15.0)
        turning = spin - np.array([0.0, 0.0, yaw_rate])
        level = _TILT_GAIN * tilt + heading @ np.append(self._tilt_integral, 0.0)
        return force, inertia @ (level - _TILT_DAMPING * turning)

    def _hold_place(self, force: Array, moment: Array) -> None:
        """Add, in place, what keeps a standing body from creeping."""
        here = np.array([*self._data.xpos[self._trunk][:2], self._yaw])
        if self._stand_at is None:
            self._stand_at = here
        off = self._stand_at - here
        off[2] = math.remainder(off[2], 2.0 * math.pi)
        force[:2] += self._mass * _PLACE_GAIN * off[:2]
        moment[2] += _INERTIA_PER_15_KG[2] * self._mass / 15.0 * _YAW_GAIN * off[2]

    def _share(self, force: Array, moment: Array, feet: Array, legs: list[int]) -> Array:
        """Return the forces of the feet on the ground, shape (legs, 3)."""
        center = self._data.subtree_com[self._base]
        grasp = np.zeros((6, 3 * len(legs)))
        for column, leg in enumerate(legs):
            block = slice(3 * column, 3 * column + 3)
            grasp[:3, block] = np.eye(3)
            grasp[3:, block] = _cross_matrix(feet[leg] - center)
        weighted = _WEIGHT @ grasp
        normal = weighted.T @ weighted + _REGULAR * np.eye(grasp.shape[1])
        forces = np.linalg.solve(normal, weighted.T @ (_WEIGHT @ np.concatenate([force, moment]))).reshape(-1, 3)
        forces[:, 2] = np.clip(forces[:, 2], _NORMAL_MIN_N, 1.5 * self._mass * _GRAVITY)
        sideways = _FRICTION * forces[:, 2:3]
        forces[:, :2] = np.clip(forces[:, :2], -sideways, sideways)
        return forces

    def _swing(
        self,
        leg: int,
        progress: float,
        heading: Array,
        linear: Array,
        linear_wanted: Array,
        spin: Array,
        yaw_rate: float,
    ) -> tuple[Array, Array]:
        """Return where a foot should be and how fast it should move, at `progress` 0 to 1 of its swing."""
        trunk = self._data.xpos[self._trunk]
        arm = heading @ _HIP_IN_TRUNK_M[leg]
        hip, hip_velocity = trunk + arm, linear + np.cross([0.0, 0.0, spin[2]], arm)
        hip_wanted = linear_wanted + np.cross([0.0, 0.0, yaw_rate], arm)
        swing_s = (1.0 - _DUTY) * _PERIOD_S
        correction = math.sqrt(BODY_HEIGHT_M / _GRAVITY) * 0.9 * (hip_velocity - hip_wanted) * np.array([1.0, 1.0, 0.0])
        target = hip + (0.5 * _PERIOD_S * _DUTY + (1.0 - progress) * swing_s) * hip_wanted + correction
        target[2] = _FOOT_RADIUS_M
        start = self._lift_off[leg]
        place = start + (target - start) * progress**2 * (3.0 - 2.0 * progress)
        # A little into the ground at the end, so that the foot meets it for certain.
        place[2] = _FOOT_RADIUS_M + _SWING_HEIGHT_M * math.sin(math.pi * progress) - 0.006 * progress
        speed = (target - start) * 6.0 * progress * (1.0 - progress) / swing_s
        speed[2] = _SWING_HEIGHT_M * math.pi * math.cos(math.pi * progress) / swing_s
        return place, speed

    @property
    def _rotation(self) -> Array:
        rotation: Array = self._data.xmat[self._trunk].reshape(3, 3)
        return rotation

    @property
    def _yaw(self) -> float:
        rotation = self._rotation
        return math.atan2(rotation[1, 0], rotation[0, 0])

    @property
    def _heading(self) -> Array:
        c, s = math.cos(self._yaw), math.sin(self._yaw)
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    @property
    def _spin(self) -> Array:
        """Rotation in the world frame, rad/s, shape (3,)."""
        spin: Array = self._data.xmat[self._base].reshape(3, 3) @ self._data.qvel[self._dof + 3 : self._dof + 6]
        return spin

    @property
    def _trunk_velocity(self) -> Array:
        """Velocity of the trunk's middle in the world frame, shape (3,)."""
        arm = self._data.xpos[self._trunk] - self._data.xpos[self._base]
        velocity: Array = self._data.qvel[self._dof : self._dof + 3] + np.cross(self._spin, arm)
        return velocity


def _cross_matrix(vector: Array) -> Array:
    x, y, z = vector.tolist()
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
