"""Depth of boxes on a table as a pinhole camera sees them, ray by ray."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from robomatrix_py.contracts.geometry import Array, Box, Pose
from robomatrix_py.contracts.patches import CameraView

TABLE = Box(np.array([0.35, 0.0, -0.02]), np.array([0.65, 0.80, 0.02]))


def looking(eye_m: Sequence[float], at_m: Sequence[float]) -> Pose:
    """Return the pose of a camera that looks from one place at another, its x axis level."""
    ahead = np.array(at_m) - np.array(eye_m)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right = np.array([0.0, -1.0, 0.0]) if np.linalg.norm(right) < 1e-6 else right / np.linalg.norm(right)
    return Pose(np.array(eye_m), quaternion(np.stack([right, np.cross(ahead, right), ahead], axis=1)))


def quaternion(rotation: Array) -> Array:
    """Return the quaternion (xyzw) of a rotation matrix: the eigenvector of Bar-Itzhack (2000)."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation
    k = np.array(
        [
            [xx - yy - zz, 0, 0, 0],
            [yx + xy, yy - xx - zz, 0, 0],
            [zx + xz, zy + yz, zz - xx - yy, 0],
            [zy - yz, xz - zx, yx - xy, xx + yy + zz],
        ]
    )
    vector: Array = np.linalg.eigh(k + np.tril(k, -1).T)[1][:, -1]
    return vector


def view(
    camera: str, true: Pose, said: Pose, boxes: Sequence[Box] = (), size: tuple[int, int] = (240, 320)
) -> CameraView:
    """Return what a camera sees of boxes on the table, and where its calibration says that it is."""
    height, width = size
    focal = 0.9 * width
    v, u = np.mgrid[0:height, 0:width] + 0.5
    local = np.stack([(u - width / 2) / focal, (v - height / 2) / focal, np.ones(size)], axis=-1)
    rays, eye = local @ true.rotation.T, true.position_m
    depth = np.full(size, np.inf)
    for box in (TABLE, *boxes):
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(box.center_m + side * box.half_extents_m - eye) / rays for side in (-1, 1)])
        near, far = ends.min(0).max(-1), ends.max(0).min(-1)
        depth = np.where((near < far) & (near > 0), np.minimum(depth, near), depth)
    depth = np.where(np.isfinite(depth), depth, 0.0).astype(np.float32)
    return CameraView(camera, np.zeros((*size, 3), np.uint8), depth, (focal, focal, width / 2, height / 2), said)


def knocked(pose: Pose, shift_m: Sequence[float], turn: Sequence[float]) -> Pose:
    """Return a pose that was shifted, and turned about the base's axes by small angles, about its own place."""
    x, y, z = turn
    half = np.array([x, y, z, 2.0]) / 2
    turned = Pose(np.zeros(3), half / np.linalg.norm(half)) @ Pose(np.zeros(3), pose.quaternion_xyzw)
    return Pose(pose.position_m + np.array(shift_m), turned.quaternion_xyzw)


def off_m(said: Pose, true: Pose, place_m: Sequence[float]) -> Array:
    """Return how far from a place of the base frame a camera sees what is there, shape (3,)."""
    seen: Array = said.transform(true.inverse().transform(np.array(place_m))) - np.array(place_m)
    return seen
