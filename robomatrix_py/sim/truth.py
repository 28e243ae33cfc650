"""The perception source `sim_truth`: the simulator's own state, made noisy, late and blind on purpose.

It is no camera and no detector. Wherever its output is used it is called `sim_truth`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import mujoco
import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Box, Pose, quaternion_from_yaw, quaternion_multiply
from robomatrix_py.contracts.scene import Affordance, Scene, SceneObject
from robomatrix_py.sim.fixtures import FixtureModel
from robomatrix_py.sim.layout import PlacedObject
from robomatrix_py.sim.sensor import Sensor
from robomatrix_py.sim.world import SimWorld

SOURCE = "sim_truth"

# Where on its bounding box an object is looked for, in half edge lengths.
_LOOK_AT = np.array(
    [[0, 0, 0.9], [0.7, 0, 0.3], [-0.7, 0, 0.3], [0, 0.7, 0.3], [0, -0.7, 0.3], [0, 0, 0.4], [0.5, 0.5, 0.8]]
)


@dataclass(frozen=True, eq=False)
class _Look:
    """One sample of the truth."""

    objects: tuple[SceneObject, ...]
    taken_s: float


class SimTruth:
    """Reports scene objects from the simulator's state.

    Args:
        world: The world.
    """

    def __init__(self, world: SimWorld) -> None:
        self._world = world
        self._config = world.config.truth
        self._rng = np.random.default_rng([world.config.seed, 0x7A7])
        self._now_s = 0.0
        # Single objects drop out, not whole looks: the drop-out is applied in `_look`.
        sensor = replace(self._config.sensor, drop_out=0.0)
        self._sensor: Sensor[_Look] = Sensor(sensor, self._rng, self._look, _add_noise)
        self._yaw_noise_rad = self._config.yaw_noise_rad
        self._cameras = [(world.model.camera(c.name).id, c.width_px / c.height_px) for c in world.robot.cameras]

    def update(self, now_s: float) -> Scene | None:
        """Return a scene if a new one has arrived."""
        self._now_s = now_s
        look = self._sensor.update(now_s)
        if look is None:
            return None
        objects = {item.name: replace(item, seen_s=now_s) for item in look.objects}
        return Scene(objects, now_s, SOURCE)

    def _look(self) -> _Look:
        found = []
        in_sight = self._in_sight()
        for item in self._world.layout.objects:
            if self._rng.random() >= self._config.sensor.drop_out and item.name in in_sight:
                found.append(self._object(item))
        found += [self._fixture(fixture) for fixture in self._world.fixtures.values()]
        return _Look(tuple(found), self._now_s)

    def _object(self, item: PlacedObject) -> SceneObject:
        affordances = {Affordance.MOVABLE} | ({Affordance.SURFACE} if item.shape.flat_top else set())
        size = np.array(item.shape.size_m)
        on_top = None
        if item.shape.flat_top:
            on_top = Box(np.array([0, 0, size[2] / 2 + 0.04]), np.array([size[0] / 2, size[1] / 2, 0.045]))
        pose = self._seen_at(item.name)
        turn = self._rng.normal(0.0, self._yaw_noise_rad)
        rotation = quaternion_multiply(quaternion_from_yaw(turn), pose.quaternion_xyzw)
        return SceneObject(
            name=item.name,
            color=item.color,
            shape=item.shape_name,
            affordances=frozenset(affordances),
            pose_object_in_base=Pose(pose.position_m, rotation),
            size_m=size,
            interior=on_top,
            yaw_symmetry=item.shape.yaw_symmetry,
        )

    def _fixture(self, fixture: FixtureModel) -> SceneObject:
        return SceneObject(
            name=fixture.name,
            color="",
            shape=fixture.shape,
            affordances=fixture.affordances,
            pose_object_in_base=self._seen_at(fixture.name),
            size_m=np.array(fixture.size_m),
            interior=fixture.interior,
            states=self._world.states(fixture),
            yaw_symmetry=2,
        )

    def _seen_at(self, name: str) -> Pose:
        """Return where a thing is found: a mobile robot sees it beside itself, and knows of itself by odometry."""
        pose = self._world.pose(name)
        return pose if self._world.base is None else self._world.odometry.pose_world_in_odom @ pose

    def _in_sight(self) -> set[str]:
        """Return the objects of which some camera has a free line of sight to enough."""
        objects = self._world.layout.objects
        if not self._config.occlusion:
            return {item.name for item in objects}
        points_m = np.array(
            [self._world.pose(item.name).transform(_LOOK_AT * np.array(item.shape.size_m) / 2) for item in objects]
        )
        bodies = np.array([self._world.body_id(item.name) for item in objects])
        seen = np.zeros(len(objects), dtype=bool)
        for camera, aspect in self._cameras:
            unseen = np.flatnonzero(~seen)
            if len(unseen):
                shares = self._shares_seen(camera, aspect, points_m[unseen], bodies[unseen])
                seen[unseen] = shares >= self._config.visible_share_min
        return {item.name for item, is_seen in zip(objects, seen, strict=True) if is_seen}

    def _shares_seen(self, camera: int, aspect: float, points_m: Array, bodies: npt.NDArray[np.int_]) -> Array:
        """Return which share of each body's points, shape (bodies, points, 3), a camera sees, shape (bodies,)."""
        model, data = self._world.model, self._world.data
        eye = data.cam_xpos[camera]
        rays = points_m - eye
        in_camera = rays @ data.cam_xmat[camera].reshape(3, 3)
        # The camera looks along its negative z axis.
        half_height = np.tan(np.deg2rad(model.cam_fovy[camera]) / 2)
        depth = -in_camera[..., 2]
        in_view = (
            (depth > 0.02)
            & (np.abs(in_camera[..., 1]) < half_height * depth)
            & (np.abs(in_camera[..., 0]) < aspect * half_height * depth)
        )
        count = int(in_view.sum())
        seen = np.zeros(in_view.shape)
        if count:
            directions = rays[in_view]
            directions /= np.linalg.norm(directions, axis=1, keepdims=True)
            hit = np.full(count, -1, dtype=np.int32)
            distance = np.empty(count)
            # A camera looks out of its own housing. One that is fixed belongs to the world, which does hide things.
            housing = int(model.cam_bodyid[camera]) or -1
            mujoco.mj_multiRay(
                model, data, eye, directions.ravel(), None, 1, housing, hit, distance, None, count, mujoco.mjMAXVAL
            )
            wanted = np.broadcast_to(bodies[:, None], in_view.shape)[in_view]
            seen[in_view] = (hit >= 0) & (model.geom_bodyid[hit] == wanted)
        shares: Array = seen.mean(axis=1)
        return shares


def _add_noise(look: _Look, noise_m: float, rng: np.random.Generator) -> _Look:
    objects = []
    for item in look.objects:
        pose = item.pose_object_in_base
        position = pose.position_m + rng.normal(0.0, noise_m, 3)
        states = dict(item.states)
        if "opening_m" in states:
            states["opening_m"] += rng.normal(0.0, noise_m)
        objects.append(replace(item, pose_object_in_base=Pose(position, pose.quaternion_xyzw), states=states))
    return replace(look, objects=tuple(objects))
