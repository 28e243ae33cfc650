"""Pictures of random scenes with what is where in them: the training data of the encoder.

A scene is built once and seen in several arrangements: things stand on the table, lie on their side, on or in
something else, or between the fingers, and the arm is anywhere. Nothing is simulated, only placed and drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_yaw, quaternion_multiply
from robomatrix_py.contracts.patches import square_half_px
from robomatrix_py.contracts.robot import CameraDescription, RobotDescription
from robomatrix_py.policies.clip.crops import CROP_PX, cut_out
from robomatrix_py.policies.clip.geometry import STRIDE_PX
from robomatrix_py.policies.clip.things import FIXTURE_WORDS, thing_index
from robomatrix_py.sim.config import DRAWER_TRAVEL_M, SceneConfig, SimConfig
from robomatrix_py.sim.fixtures import FixtureModel
from robomatrix_py.sim.layout import PlacedObject, draw_layout
from robomatrix_py.sim.model import build_model
from robomatrix_py.skills.inverse_kinematics import InverseKinematics, tool_down
from robomatrix_py.training.appearance import move_camera, randomise_looks

PICTURE_PX = 128
"""Edge of a training picture."""
THINGS_MAX = 24
"""Most things in one picture."""
# class, size x y z, lit (-1 for what has no lamp)
THING_COLUMNS = 5

_ARRANGEMENTS = 5
# A thing of which less is seen is no lesson: pixels, and share of its cutout.
_SHOWN_MIN_PX = 25
_SHOWN_SHARE_MIN = 0.10
_EMPTY_CUTOUTS = 1
_IK_STEPS = 14
_LAMP_RGB = {False: (0.45, 0.10, 0.10), True: (0.20, 0.95, 0.30)}


@dataclass(frozen=True, eq=False)
class View:
    """How a camera is seen by the encoder: the picture's size before patches are cut from it."""

    camera: str
    width_px: int
    height_px: int
    crops: int


@dataclass(frozen=True, eq=False)
class Picture:
    """One training picture.

    Args:
        color: RGB, uint8, shape (PICTURE_PX, PICTURE_PX, 3).
        thing: For each patch which row of `things` it shows, counted from 1; 0 is nothing with a name. uint8,
            shape (PICTURE_PX / STRIDE_PX,) * 2.
        offset_m: From the surface in a patch's middle to its thing's centre, camera optical frame, float16,
            shape (patches, patches, 3).
        things: One row a thing: class, size, lamp. float32, shape
            (THINGS_MAX, THING_COLUMNS); class -1 fills up.
    """

    color: npt.NDArray[np.uint8]
    thing: npt.NDArray[np.uint8]
    offset_m: npt.NDArray[np.float16]
    things: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cutout:
    """One thing cut out of a camera's picture as the crop tower will see it.

    Args:
        color: RGB, uint8, shape (crop_px, crop_px, 3).
        thing: Its class, or -1 for a place where no free thing is.
    """

    color: npt.NDArray[np.uint8]
    thing: int


class PictureMaker:
    """Draws labelled pictures; use it from one thread only.

    Args:
        robot: The robot.
        model_file: Its MuJoCo model.
        scene: The scene whose fixtures stand around; its objects are drawn anew.
        views: The cameras.
        combinations: Pairs of colour and shape to draw from.
        crop_px: Edge of a cutout.
    """

    def __init__(
        self,
        robot: RobotDescription,
        model_file: Path,
        scene: SceneConfig,
        views: Sequence[View],
        combinations: Sequence[tuple[str, str]],
        crop_px: int = CROP_PX,
    ) -> None:
        self._robot = robot
        self._model_file = model_file
        self._scene = scene
        self._views = views
        self._combinations = combinations
        self._crop_px = crop_px
        self._kinematics = InverseKinematics(robot, model_file, 0.1)
        self._renderers: dict[str, Any] = {}

    def pictures(self, seed: int) -> Iterator[Picture]:
        """Yield the pictures of one random scene, the same for the same seed."""
        rng = np.random.default_rng([seed, 0xE9C])
        for stage in self._stages(rng):
            for view in self._views:
                yield from self._cuts(stage, view, rng)

    def cutouts(self, seed: int) -> Iterator[Cutout]:
        """Yield the things of one random scene, cut out of every camera's full picture, the same for the same seed."""
        rng = np.random.default_rng([seed, 0xC07])
        for stage in self._stages(rng):
            for camera in self._robot.cameras:
                yield from self._things(stage, camera, rng)

    def _stages(self, rng: np.random.Generator) -> Iterator[_Stage]:
        """Yield a random scene in one arrangement after another."""
        config = SimConfig(self._random_scene(rng), seed=int(rng.integers(2**31)))
        layout = draw_layout(config.scene, config.seed)
        model, fixtures = build_model(self._robot, self._model_file, config, layout)
        stage = _Stage(model, fixtures, layout.objects, self._robot)
        randomise_looks(model, stage.object_bodies, rng)
        for view in self._views:
            # What rides on the arm is calibrated with it; what stands beside it gets bumped.
            moved = (0.03, 0.03) if view.camera == "front_camera" else (0.004, 0.015)
            move_camera(model, view.camera, *moved, rng)
        for _ in range(_ARRANGEMENTS):
            self._arrange(stage, rng)
            yield stage

    def _random_scene(self, rng: np.random.Generator) -> SceneConfig:
        count = int(rng.integers(5, 10))
        names: list[tuple[str, str]] = []
        while len(names) < count:
            pool = [pair for pair in self._combinations if pair not in names]
            if names and rng.random() < 0.5:
                # Things that share a colour or a shape are what is hard to tell apart.
                like = names[int(rng.integers(len(names)))]
                pool = [pair for pair in pool if pair[0] == like[0] or pair[1] == like[1]] or pool
            names.append(pool[int(rng.integers(len(pool)))])
        fixtures = {
            name: replace(fixture, jitter_m=0.05 if fixture.kind != "cabinet" else 0.03)
            for name, fixture in self._scene.fixtures.items()
        }
        return replace(
            self._scene,
            objects=tuple("_".join(pair) for pair in names),
            extra_min=0,
            extra_max=0,
            fixtures=fixtures,
            gap_m=float(rng.choice([0.004, 0.012, 0.03])),
            zone_min_m=(0.24, -0.27),
            zone_max_m=(0.60, 0.20),
            scale_min=0.85,
            scale_max=1.15,
        )

    def _arrange(self, stage: _Stage, rng: np.random.Generator) -> None:
        stage.reset()
        stage.open_drawer(float(rng.uniform(0.0, DRAWER_TRAVEL_M)) if rng.random() < 0.6 else 0.0)
        stage.light(bool(rng.random() < 0.5))
        for item in stage.objects:
            chance = rng.random()
            if chance < 0.12:
                stage.put_at(item, str(rng.choice(["bin", "bowl", "tray", "drawer", "cabinet"])), rng)
            elif chance < 0.18:
                stage.put_on(item, stage.objects[int(rng.integers(len(stage.objects)))], rng)
            elif chance < 0.24:
                stage.lay_down(item, rng)
            elif chance < 0.6:
                stage.turn(item, rng)
        held = stage.objects[int(rng.integers(len(stage.objects)))] if rng.random() < 0.35 else None
        self._pose_arm(stage, held, rng)
        mujoco.mj_kinematics(stage.model, stage.data)
        mujoco.mj_camlight(stage.model, stage.data)

    def _pose_arm(self, stage: _Stage, held: PlacedObject | None, rng: np.random.Generator) -> None:
        """Put the tool near some thing, around a held one, or where it is out of the way."""
        robot, gripper = self._robot, self._robot.gripper
        joints = robot.home
        width = rng.uniform(0.0, gripper.stroke_m)
        if held is not None or rng.random() < 0.85:
            around = list(stage.positions().values())
            xyz = around[int(rng.integers(len(around)))] + rng.normal(0.0, [0.06, 0.06, 0.0])
            xyz[2] = rng.uniform(0.02, 0.32) if held is None else rng.uniform(0.04, 0.3)
            box = robot.workspace.tool_box_in_base
            xyz = np.clip(xyz, box.center_m - box.half_extents_m, box.center_m + box.half_extents_m)
            yaw = rng.uniform(-math.pi / 2, math.pi / 2)
            for _ in range(_IK_STEPS):
                joints = self._kinematics.step(joints, xyz, tool_down(yaw))
            if held is not None:
                reached, rotation = self._kinematics.tool_pose(joints)
                width = float(min(held.shape.size_m[:2]))
                along = math.atan2(rotation[1, 1], rotation[0, 1]) - math.pi / 2
                narrow = math.pi / 2 if held.shape.size_m[0] < held.shape.size_m[1] else 0.0
                x, y, z = reached
                stage.place(held, Pose.at(x, y, z + rng.uniform(-0.01, 0.01), along + narrow))
        stage.set_joints(robot.joint_names, joints)
        stage.set_joints(gripper.joints, np.full(len(gripper.joints), width / 2))

    def _cuts(self, stage: _Stage, view: View, rng: np.random.Generator) -> Iterator[Picture]:
        color, geoms, depth_m = self._draw(stage, view, double=rng.random() < 0.5)
        camera = stage.model.camera(view.camera).id
        labels = _label(stage, geoms, depth_m, camera)
        for _ in range(view.crops):
            top, left = self._corner(labels, view, rng)
            cut = slice(top, top + PICTURE_PX), slice(left, left + PICTURE_PX)
            yield labels.cut(color[cut], top, left)

    def _things(self, stage: _Stage, camera: CameraDescription, rng: np.random.Generator) -> Iterator[Cutout]:
        view = View(camera.name, camera.width_px, camera.height_px, 0)
        color, geoms = self._draw_color(stage, view, 1), self._draw_geoms(stage, view)
        thing = stage.thing_of_geom[geoms]
        number = stage.model.camera(camera.name).id
        focal_px = view.height_px / 2 / math.tan(math.radians(float(stage.model.cam_fovy[number])) / 2)
        to_camera = stage.data.cam_xmat[number].reshape(3, 3) * np.array([1.0, -1.0, -1.0])
        middle = np.array([view.width_px, view.height_px]) / 2
        rows = stage.rows()
        for row, item in enumerate(stage.objects, 1):
            center = (stage.pose(item.name).position_m - stage.data.cam_xpos[number]) @ to_camera
            if center[2] < 0.03:
                continue
            half_px = square_half_px(rows[row - 1, 1:4], center[2], focal_px) * rng.uniform(0.85, 1.2)
            at_px = center[:2] / center[2] * focal_px + middle + rng.uniform(-0.2, 0.2, 2) * half_px
            low = np.clip(np.floor(at_px - half_px), 0, [view.width_px, view.height_px]).astype(int)
            high = np.clip(np.ceil(at_px + half_px), 0, [view.width_px, view.height_px]).astype(int)
            shown = int((thing[low[1] : high[1], low[0] : high[0]] == row).sum())
            if shown >= max(_SHOWN_MIN_PX, _SHOWN_SHARE_MIN * 4 * half_px**2):
                yield Cutout(cut_out(color, at_px, half_px, self._crop_px), int(rows[row - 1, 0]))
        for _ in range(_EMPTY_CUTOUTS):
            at_px = rng.uniform([0, 0], [view.width_px, view.height_px])
            half_px = float(rng.uniform(8.0, 40.0))
            u, v = (int(value) for value in at_px)
            around = thing[max(0, v - 6) : v + 7, max(0, u - 6) : u + 7]
            if not ((around > 0) & (around <= len(stage.objects))).any():
                yield Cutout(cut_out(color, at_px, half_px, self._crop_px), -1)

    def _corner(self, labels: _Labels, view: View, rng: np.random.Generator) -> tuple[int, int]:
        """Return the upper left corner of a cut, mostly one with a free object in it, on the grid of patches."""
        rows, columns = (view.height_px - PICTURE_PX) // STRIDE_PX, (view.width_px - PICTURE_PX) // STRIDE_PX
        shown = np.unique(labels.thing[labels.movable[labels.thing]])
        half = PICTURE_PX // STRIDE_PX // 2
        if len(shown) and rng.random() < 0.85:
            patches = np.argwhere(labels.thing == shown[int(rng.integers(len(shown)))])
            row, column = patches[int(rng.integers(len(patches)))] - half + rng.integers(-half + 2, half - 2, 2)
        else:
            row, column = rng.integers(0, rows + 1), rng.integers(0, columns + 1)
        return int(np.clip(row, 0, rows)) * STRIDE_PX, int(np.clip(column, 0, columns)) * STRIDE_PX

    def _draw(
        self, stage: _Stage, view: View, *, double: bool
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Return colour, the geom in every pixel (-1: none), and depth; `double`: colour shrunk from twice the size."""
        color = self._draw_color(stage, view, 2 if double else 1)
        if double:
            shape = (view.height_px, 2, view.width_px, 2, 3)
            color = color.reshape(shape).mean((1, 3)).astype(np.uint8)
        geoms = self._draw_geoms(stage, view)
        renderer = self._renderer(stage, view, 1)
        renderer.enable_depth_rendering()
        renderer.update_scene(stage.data, camera=view.camera)
        depth = renderer.render().copy()
        renderer.disable_depth_rendering()
        return color, geoms, depth

    def _draw_color(self, stage: _Stage, view: View, scale: int) -> npt.NDArray[np.uint8]:
        renderer = self._renderer(stage, view, scale)
        renderer.update_scene(stage.data, camera=view.camera)
        color: npt.NDArray[np.uint8] = renderer.render().copy()
        return color

    def _draw_geoms(self, stage: _Stage, view: View) -> npt.NDArray[np.int32]:
        renderer = self._renderer(stage, view, 1)
        renderer.enable_segmentation_rendering()
        renderer.update_scene(stage.data, camera=view.camera)
        segments = renderer.render()
        renderer.disable_segmentation_rendering()
        return np.where(segments[..., 1] == int(mujoco.mjtObj.mjOBJ_GEOM), segments[..., 0], -1)

    def _renderer(self, stage: _Stage, view: View, scale: int) -> Any:
        key = f"{view.camera} {view.width_px} x{scale}"
        if key not in self._renderers:
            renderer = mujoco.Renderer(stage.model, scale * view.height_px, scale * view.width_px)
            renderer.scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
            renderer.scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
            self._renderers[key] = renderer
        # One graphics context draws every model: they share the one texture, the sky, and have no meshes.
        self._renderers[key]._model = stage.model
        return self._renderers[key]


@dataclass(frozen=True, eq=False)
class _Labels:
    thing: npt.NDArray[np.uint8]
    offset_m: npt.NDArray[np.float16]
    things: npt.NDArray[np.float32]
    movable: npt.NDArray[np.bool_]

    def cut(self, color: npt.NDArray[np.uint8], top: int, left: int) -> Picture:
        patches = PICTURE_PX // STRIDE_PX
        row, column = top // STRIDE_PX, left // STRIDE_PX
        part = slice(row, row + patches), slice(column, column + patches)
        return Picture(color, self.thing[part], self.offset_m[part], self.things)


class _Stage:
    """A built scene whose things can be put anywhere."""

    def __init__(
        self,
        model: Any,
        fixtures: dict[str, FixtureModel],
        objects: Sequence[PlacedObject],
        robot: RobotDescription,
    ) -> None:
        self.model = model
        self.data = mujoco.MjData(model)
        self.objects = list(objects)
        self.fixtures = {name: fixture for name, fixture in fixtures.items() if fixture.shape in FIXTURE_WORDS}
        self.robot = robot
        self.lit = False
        self.object_bodies = {model.body(item.name).id for item in objects}
        self.names = [*(item.name for item in objects), *self.fixtures]
        self._bodies = {item.name: model.body(item.name).id for item in objects}
        self._bodies |= {name: model.body(fixture.body).id for name, fixture in self.fixtures.items()}
        self.thing_of_geom = self._thing_of_geom()

    def _thing_of_geom(self) -> npt.NDArray[np.uint8]:
        """Return by geom the number of its thing, counted from 1; 0 for arm, table and floor; the last for none."""
        rows = np.zeros(self.model.ngeom + 1, dtype=np.uint8)
        row_of_body = {body: self.names.index(name) + 1 for name, body in self._bodies.items()}
        for geom in range(self.model.ngeom):
            body = int(self.model.geom_bodyid[geom])
            while body and body not in row_of_body:
                body = int(self.model.body_parentid[body])
            rows[geom] = row_of_body.get(body, 0)
        return rows

    def reset(self) -> None:
        mujoco.mj_resetData(self.model, self.data)
        mujoco.mj_kinematics(self.model, self.data)

    def open_drawer(self, opening_m: float) -> None:
        for fixture in self.fixtures.values():
            if fixture.shape == "drawer":
                self.data.qpos[self.model.joint(fixture.joint).qposadr[0]] = opening_m
        mujoco.mj_kinematics(self.model, self.data)

    def light(self, lit: bool) -> None:
        self.lit = lit
        for fixture in self.fixtures.values():
            if fixture.shape == "button":
                self.model.geom_rgba[self.model.geom(f"{fixture.name}_lamp").id, :3] = _LAMP_RGB[lit]

    def set_joints(self, names: Sequence[str], positions: Array) -> None:
        for name, position in zip(names, positions, strict=True):
            self.data.qpos[self.model.joint(name).qposadr[0]] = position

    def place(self, item: PlacedObject, pose: Pose) -> None:
        address = self.model.joint(f"{item.name}_joint").qposadr[0]
        self.data.qpos[address : address + 7] = [*pose.position_m, *np.roll(pose.quaternion_xyzw, 1)]
        mujoco.mj_kinematics(self.model, self.data)

    def pose(self, name: str) -> Pose:
        body = self._bodies[name]
        return Pose(self.data.xpos[body], self.data.xquat[body, [1, 2, 3, 0]])

    def positions(self) -> dict[str, Array]:
        return {name: self.pose(name).position_m.copy() for name in self.names}

    def turn(self, item: PlacedObject, rng: np.random.Generator) -> None:
        x, y, z = self.pose(item.name).position_m
        self.place(item, Pose.at(x, y, z, rng.uniform(-math.pi, math.pi)))

    def put_at(self, item: PlacedObject, fixture: str, rng: np.random.Generator) -> None:
        found = self.fixtures.get(fixture)
        if found is None or found.interior is None:
            return
        box = found.interior
        spread = np.maximum(box.half_extents_m[:2] - item.shape.footprint_radius_m, 0.0)
        floor = box.center_m[2] - box.half_extents_m[2] + item.shape.size_m[2] / 2 + 0.004
        point = self.pose(fixture).transform([*(box.center_m[:2] + rng.uniform(-1, 1, 2) * spread), floor])
        self.place(item, Pose(point, quaternion_from_yaw(rng.uniform(-math.pi, math.pi))))

    def put_on(self, item: PlacedObject, below: PlacedObject, rng: np.random.Generator) -> None:
        if below is item or not below.shape.flat_top:
            return
        x, y, z = self.pose(below.name).position_m
        height = z + below.shape.size_m[2] / 2 + item.shape.size_m[2] / 2
        self.place(item, Pose.at(x, y, height, rng.uniform(-math.pi, math.pi)))

    def lay_down(self, item: PlacedObject, rng: np.random.Generator) -> None:
        """Lay an upright round thing on its side."""
        if item.shape.yaw_symmetry != 0 or item.shape_name == "ball":
            return
        x, y, _ = self.pose(item.name).position_m
        side = np.array([0.0, math.sin(math.pi / 4), 0.0, math.cos(math.pi / 4)])
        turned = quaternion_multiply(quaternion_from_yaw(rng.uniform(-math.pi, math.pi)), side)
        self.place(item, Pose(np.array([x, y, item.shape.size_m[0] / 2]), turned))

    def rows(self) -> npt.NDArray[np.float32]:
        """Return what `Picture.things` holds."""
        rows = np.zeros((THINGS_MAX, THING_COLUMNS), dtype=np.float32)
        rows[:, 0] = -1
        for row, item in enumerate(self.objects):
            thing = thing_index(f"{item.color} {item.shape_name}")
            rows[row] = [thing, *_upright_size_m(item, self.pose(item.name)), -1.0]
        for row, fixture in enumerate(self.fixtures.values(), len(self.objects)):
            lit = float(self.lit) if fixture.shape == "button" else -1.0
            rows[row] = [thing_index(fixture.shape), *fixture.size_m, lit]
        return rows


def _upright_size_m(item: PlacedObject, pose: Pose) -> Array:
    """Return the edge lengths of the upright box around a thing that stands or lies, shape (3,)."""
    size = np.array(item.shape.size_m)
    # On its side its own axis lies along x of the box.
    return size if abs(pose.rotation[2, 2]) > 0.7 else size[::-1].copy()


def _label(stage: _Stage, geoms: npt.NDArray[np.int32], depth_m: npt.NDArray[np.float32], camera: int) -> _Labels:
    middle = STRIDE_PX // 2
    geoms, depth = geoms[middle::STRIDE_PX, middle::STRIDE_PX], depth_m[middle::STRIDE_PX, middle::STRIDE_PX]
    thing = stage.thing_of_geom[geoms]
    height_px, width_px = depth_m.shape
    focal = height_px / 2 / math.tan(math.radians(float(stage.model.cam_fovy[camera])) / 2)
    v, u = np.indices(depth.shape) * STRIDE_PX + middle + 0.5
    points = np.stack([(u - width_px / 2) * depth / focal, (v - height_px / 2) * depth / focal, depth], -1)
    # MuJoCo's camera looks along -z with y up; the optical frame looks along z with y down.
    to_camera = stage.data.cam_xmat[camera].reshape(3, 3) * np.array([1.0, -1.0, -1.0])
    centers = np.zeros((THINGS_MAX + 1, 3))
    for row, name in enumerate(stage.names, 1):
        centers[row] = (stage.pose(name).position_m - stage.data.cam_xpos[camera]) @ to_camera
    offset = np.where(thing[..., None] > 0, centers[thing] - points, 0.0)
    movable = np.zeros(THINGS_MAX + 1, dtype=bool)
    movable[1 : len(stage.objects) + 1] = True
    return _Labels(thing, offset.astype(np.float16), stage.rows(), movable)


def views_of(cameras: Sequence[CameraDescription], sizes_px: dict[str, tuple[int, int]]) -> list[View]:
    """Return the views of a robot's cameras: two cuts of an overview, one of a camera on the wrist."""
    return [View(c.name, *sizes_px[c.name], crops=2 if c.name == "front_camera" else 1) for c in cameras]
