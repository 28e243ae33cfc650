"""Where fingers and objects fit: choices of gripper turn and of free places, from perceived footprints."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.robot import GripperDescription
from robomatrix_py.contracts.scene import SceneObject

# Beyond this a larger clearance is no better.
_ENOUGH_M = 0.02
# A place so far from another counts as another one.
_OTHER_PLACE_M = 0.03


def footprint_radius_m(item: SceneObject) -> float:
    """Return the radius of the circle around an object seen from above."""
    x, y = float(item.size_m[0]), float(item.size_m[1])
    return 0.5 * (max(x, y) if item.yaw_symmetry == 0 else math.hypot(x, y))


def finger_points(center_xy_m: Array, yaw_rad: float, opening_m: float, gripper: GripperDescription) -> Array:
    """Return outline points of both fingers seen from above, shape (n, 2), at a distance between the pads."""
    along = np.array([-math.sin(yaw_rad), math.cos(yaw_rad)])
    across = np.array([along[1], -along[0]])
    points = []
    for side in (-1.0, 1.0):
        for depth in (0.0, gripper.finger_thickness_m):
            for width in (-0.5, 0.0, 0.5):
                offset = side * (opening_m / 2 + depth)
                points.append(center_xy_m + along * offset + across * width * gripper.finger_width_m)
    return np.array(points)


def clearance_m(points_xy_m: Array, obstacles: Iterable[SceneObject]) -> float:
    """Return the smallest distance of points to the outlines of free objects, negative inside one."""
    nearest = math.inf
    for item in obstacles:
        nearest = min(nearest, _distance_to_outline(points_xy_m, item))
    return nearest


def _distance_to_outline(points_xy_m: Array, item: SceneObject) -> float:
    """Return the distance of the nearest point to an object's outline: a circle or a turned rectangle."""
    local = item.pose_object_in_base.inverse().transform(
        np.column_stack([points_xy_m, np.full(len(points_xy_m), item.position_m[2])])
    )[:, :2]
    half = item.size_m[:2] / 2
    if item.yaw_symmetry == 0:
        return float((np.linalg.norm(local, axis=1) - half.max()).min())
    outside = np.abs(local) - half
    distance = np.linalg.norm(np.maximum(outside, 0.0), axis=1) + np.minimum(outside.max(axis=1), 0.0)
    return float(distance.min())


def grasp_yaws(item: SceneObject) -> list[float]:
    """Return the turns of the gripper that fit an object's shape: across its narrow side, or any for a round one."""
    yaw = item.pose_object_in_base.yaw_rad
    if item.yaw_symmetry == 0:
        return [i * math.pi / 12 for i in range(12)]
    if item.yaw_symmetry == 4:
        return [yaw, yaw + math.pi / 2]
    # Half-turn symmetry: the closing axis (tool y) lies along the shorter edge.
    return [yaw if item.size_m[1] <= item.size_m[0] else yaw + math.pi / 2]


def grasp_width_m(item: SceneObject) -> float:
    """Return the distance between the pads when they hold the object."""
    return float(min(item.size_m[0], item.size_m[1]))


@dataclass(frozen=True)
class GraspChoice:
    """A way to take a thing from above.

    Args:
        yaw_rad: Turn of the gripper.
        opening_m: Distance between the open pads.
        free_m: Clearance of the fingers to the nearest obstacle; negative inside one.
    """

    yaw_rad: float
    opening_m: float
    free_m: float


def rank_grasps(
    item: SceneObject,
    obstacles: list[SceneObject],
    enclosure: SceneObject | None,
    present_yaw_rad: float,
    gripper: GripperDescription,
) -> list[GraspChoice]:
    """Return one choice for each turn so that the fingers come down beside the object and nothing else, best first.

    Args:
        item: What to grasp.
        obstacles: Other free objects.
        enclosure: The container around the object, if any: the fingers must stay inside.
        present_yaw_rad: Turn of the tool now; nearer is better among equals.
        gripper: Its finger sizes.
    """
    width = grasp_width_m(item)
    best: dict[float, tuple[float, GraspChoice]] = {}
    for margin in (0.032, 0.022, 0.012):
        opening = min(width + margin, gripper.stroke_m)
        for yaw in grasp_yaws(item):
            points = finger_points(item.position_m[:2], yaw, opening, gripper)
            free = min(clearance_m(points, obstacles), _room_inside(points, enclosure))
            turn = abs(math.remainder(yaw - present_yaw_rad, math.pi))
            score = min(free, _ENOUGH_M) - 0.001 * turn + 0.1 * margin
            if yaw not in best or score > best[yaw][0]:
                best[yaw] = (score, GraspChoice(yaw, opening, free))
    return [choice for _, choice in sorted(best.values(), key=lambda scored: -scored[0])]


def _room_inside(points_xy_m: Array, enclosure: SceneObject | None) -> float:
    if enclosure is None or enclosure.interior is None:
        return math.inf
    box = enclosure.interior
    pose = enclosure.pose_object_in_base
    height = float(pose.transform(box.center_m)[2])
    local = pose.inverse().transform(np.column_stack([points_xy_m, np.full(len(points_xy_m), height)]))
    return float((box.half_extents_m[:2] - np.abs(local[:, :2] - box.center_m[:2])).min())


def free_place(
    target: SceneObject, item: SceneObject, obstacles: list[SceneObject], reach_half_m: float, variation: int = 0
) -> Array:
    """Return where in or on a target an object is to go: far from what is there already, near the middle.

    Args:
        target: Container or surface with an interior.
        item: What is to be placed.
        obstacles: Other free objects.
        reach_half_m: How far the opened fingers reach from the object's centre; kept away from the walls.
        variation: 0 for the best place, n for the best that is away from the n better ones.

    Returns:
        Point on the floor of the interior in the base frame, shape (3,).
    """
    if target.interior is None:
        raise ValueError(f"{target.name} has no interior")
    box = target.interior
    keep = max(footprint_radius_m(item), reach_half_m)
    half = np.maximum(box.half_extents_m[:2] - keep, 0.0)
    counts = [min(9, int(h / 0.02) * 2 + 1) for h in half]
    steps = [np.linspace(-h, h, count) if count > 1 else np.zeros(1) for h, count in zip(half, counts, strict=True)]
    floor_z = box.center_m[2] - box.half_extents_m[2]
    scored = []
    for dx in steps[0]:
        for dy in steps[1]:
            point = target.pose_object_in_base.transform([box.center_m[0] + dx, box.center_m[1] + dy, floor_z])
            free = clearance_m(point[None, :2], obstacles) - keep
            score = min(free, _ENOUGH_M) - 0.05 * math.hypot(dx, dy)
            scored.append((score, point))
    points = [point for _, point in sorted(scored, key=lambda pair: -pair[0])]
    chosen = points[0]
    for _ in range(variation):
        points = [point for point in points if np.linalg.norm(point - chosen) >= _OTHER_PLACE_M]
        if not points:
            break
        chosen = points[0]
    return chosen
