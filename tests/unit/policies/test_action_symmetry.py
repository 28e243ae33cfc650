"""A demonstration that is turned or mirrored is what would have been observed had all stood there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from robomatrix_py.contracts.geometry import Pose, quaternion_from_yaw
from robomatrix_py.contracts.patches import CameraView, Floats, Patches
from robomatrix_py.contracts.policy import Glance, Goal, ToolState
from robomatrix_py.contracts.scene import Affordance, SceneObject
from robomatrix_py.policies.action.aims import from_numbers, to_numbers
from robomatrix_py.policies.action.observation import CAMERAS, NAMES, Observer
from robomatrix_py.policies.action.symmetry import mirrored, turned

GOAL = Goal("position_over", ("red brick", "bin"))
AIMS = np.array([[0.45, -0.1 + 0.01 * row, 0.2, 0.4 + 0.02 * row, 0.3, 0.5] for row in range(16)])
SIDE = 8


class OneWord:
    """Says of every patch that it shows the first thing."""

    scale = 10.0

    def read(self, texts: tuple[str, ...]) -> Floats:
        return np.eye(len(texts), dtype=np.float32)[:, :3]


def thing(xyz_m: tuple[float, float, float], yaw_rad: float, symmetry: int) -> SceneObject:
    pose = Pose(np.array(xyz_m), quaternion_from_yaw(yaw_rad))
    size = np.array([0.08, 0.04, 0.03])
    return SceneObject("red_brick", "red", "brick", frozenset({Affordance.MOVABLE}), pose, size, yaw_symmetry=symmetry)


def views(points_m: np.ndarray) -> tuple[list[CameraView], dict[str, Patches]]:
    """Return looks that show surface points, shape (SIDE * SIDE, 3): one camera a quarter of them, straight down."""
    looks, seen = [], {}
    for camera, some in zip(CAMERAS, np.split(points_m, 2), strict=True):
        rows = len(some) // SIDE
        embedding = np.zeros((rows, SIDE, 3), dtype=np.float32)
        embedding[..., 0] = np.linspace(0.2, 1.0, rows * SIDE).reshape(rows, SIDE)
        look = _Cloud(camera, some.reshape(rows, SIDE, 3))
        zeros = np.zeros((rows, SIDE, 3), dtype=np.float32)
        looks.append(look)
        seen[camera] = Patches(embedding, zeros, zeros + 0.05, 4)
    return looks, seen


class _Cloud(CameraView):
    """A camera at the base's origin whose every patch shows a given point."""

    def __init__(self, camera: str, points_m: np.ndarray) -> None:
        rows, columns = points_m.shape[:2]
        identity = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))
        super().__init__(
            camera, np.zeros((rows, columns, 3), np.uint8), np.ones((rows, columns)), (1, 1, 0, 0), identity
        )
        object.__setattr__(self, "cloud", points_m)

    def points_m(self, u_px: object, v_px: object, depth_m: object) -> np.ndarray:  # noqa: ARG002
        return self.cloud


def world(change: object = None) -> tuple[np.ndarray, np.ndarray]:
    """Return observation and aims of a small world; `change` moves points of shape (..., 3) and yaws in it."""
    place, yaw = change or (lambda points: points, lambda angle: angle)
    rng = np.random.default_rng(4)
    around = np.array([0.42, -0.12, 0.02])
    cloud = around + rng.uniform(-0.08, 0.08, (2 * SIDE * SIDE, 3))
    items = [thing((0.42, -0.12, 0.02), 0.3, 2), thing((0.3, 0.2, 0.05), 0.0, 0)]
    items[0] = replace(items[0], states={"opening_m": 0.05, "travel_m": 0.16})
    tracks = tuple(
        replace(item, pose_object_in_base=Pose(place(item.position_m), quaternion_from_yaw(yaw(a))))
        for item, a in zip(items, (0.3, 0.0), strict=True)
    )
    commanded, measured = np.array([0.4, -0.05, 0.12]), np.array([0.401, -0.052, 0.121])
    tool = ToolState(
        commanded_xyz_m=place(commanded),
        commanded_yaw_rad=yaw(0.55),
        velocity_m_s=place(commanded + np.array([0.1, -0.2, 0.05])) - place(commanded),
        measured_xyz_m=place(measured),
        opening_commanded=0.7,
        opening=0.6,
        opening_speed_per_s=0.1,
        force_n=3.0,
    )
    looks, seen = views(place(cloud))
    observer = Observer(OneWord())
    observer.start(GOAL)
    observation = observer.observe(Glance(looks, seen, tracks, tool, 5.0, 1.0), 0.4)
    aims = AIMS.copy()
    aims[:, :3] = place(aims[:, :3])
    aims[:, 3] = [yaw(angle) for angle in aims[:, 3]]
    return observation, to_numbers(aims, tool.commanded_xyz_m, tool.commanded_yaw_rad)


def as_batch(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values)[None]


def assert_same(observation: torch.Tensor, wanted: np.ndarray) -> None:
    different = [
        (name, float(a), float(b))
        for name, a, b in zip(NAMES, observation[0], wanted, strict=True)
        if not math.isclose(a, b, abs_tol=2e-4)
    ]
    assert not different


@pytest.mark.parametrize("angle_rad", [0.0, 0.4, -0.9, 2.5])
def test_turning_numbers_is_observing_a_turned_world(angle_rad: float) -> None:
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    wanted, wanted_aims = world((lambda points: points @ matrix.T, lambda yaw: yaw + angle_rad))
    observation, aims = world()
    found, found_aims = turned(as_batch(observation), as_batch(aims), torch.tensor([angle_rad]))
    assert_same(found, wanted)
    np.testing.assert_allclose(found_aims[0], wanted_aims, atol=1e-4)


def test_mirroring_numbers_is_observing_a_mirrored_world() -> None:
    flip = np.array([1.0, -1.0, 1.0])
    wanted, wanted_aims = world((lambda points: points * flip, lambda yaw: -yaw))
    observation, aims = world()
    assert np.abs(observation[NAMES.index("height.0.0") :]).max() > 0.5, "the map is to show something"
    found, found_aims = mirrored(as_batch(observation), as_batch(aims))
    assert_same(found, wanted)
    np.testing.assert_allclose(found_aims[0], wanted_aims, atol=1e-4)


def test_directions_of_pushing_turn_along() -> None:
    observation = torch.zeros(1, len(NAMES))
    observation[0, NAMES.index("goal.push_x")] = 1.0
    aims = torch.zeros(1, 16, 6)
    quarter, _ = turned(observation, aims, torch.tensor([math.pi / 2]))
    assert quarter[0, NAMES.index("goal.push_y")] == pytest.approx(1.0)
    other, _ = mirrored(quarter, aims)
    assert other[0, NAMES.index("goal.push_y")] == pytest.approx(-1.0)


def test_what_is_not_seen_stays_zero() -> None:
    nothing, aims = torch.zeros(3, len(NAMES)), torch.zeros(3, 16, 6)
    found, _ = turned(nothing, aims, torch.tensor([0.3, 0.0, -0.5]))
    assert not found.any()
    assert not mirrored(nothing, aims)[0].any()


def test_aims_keep_their_length_and_height() -> None:
    _, aims = world()
    _, found = turned(torch.zeros(1, len(NAMES)), as_batch(aims), torch.tensor([0.7]))
    before, after = (from_numbers(numbers, np.zeros(3), 0.0) for numbers in (aims, found[0].numpy()))
    np.testing.assert_allclose(np.hypot(*before[:, :2].T), np.hypot(*after[:, :2].T), atol=1e-5)
    np.testing.assert_allclose(before[:, 2:], after[:, 2:], atol=1e-5)
