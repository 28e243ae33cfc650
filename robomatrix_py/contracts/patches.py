"""What a vision-language encoder says of a picture, patch by patch, and where the camera was that took it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.geometry import Array, Pose

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# A square around a thing reaches this share of the diagonal of the thing's box to each side of its centre.
_REACH = 0.55
# Depth beyond this is background, not something on the table.
_FAR_M = 2.5


@dataclass(frozen=True, eq=False)
class Patches:
    """One picture as the encoder sees it.

    Args:
        embedding: What each patch shows, to be compared with texts by the inner product, shape (rows, columns, E).
        offset_m: From the surface in a patch's middle to the centre of the thing it shows, camera optical frame,
            shape (rows, columns, 3).
        size_m: Edge lengths of that thing's upright bounding box, shape (rows, columns, 3).
        stride_px: Edge of a patch in pixels of the encoded picture.
    """

    embedding: Floats
    offset_m: Floats
    size_m: Floats
    stride_px: int


class PatchEncoder(Protocol):
    """An encoder with the texts it knows."""

    def see(self, camera: str, color: npt.NDArray[np.uint8]) -> Patches:
        """Return what a picture of a camera, RGB of shape (H, W, 3), shows."""

    def name(self, color: npt.NDArray[np.uint8], squares_px: Array) -> Floats:
        """Return embeddings, shape (n, E), of single things cut out of a picture.

        Args:
            color: RGB, shape (H, W, 3), as large as the camera makes it.
            squares_px: Middle u and v of each square and half its edge, shape (n, 3).
        """

    def read(self, texts: tuple[str, ...]) -> Floats:
        """Return embeddings of texts to compare patches with, shape (len(texts), E).

        Raises:
            ConfigError: A text has words that the encoder was never taught.
        """

    def read_names(self, texts: tuple[str, ...]) -> Floats:
        """Return embeddings of texts to compare single things with, shape (len(texts), E).

        Raises:
            ConfigError: A text has words that the encoder was never taught.
        """

    @property
    def scale(self) -> float:
        """Learned factor that turns products of embeddings into logits."""


@dataclass(frozen=True, eq=False)
class CameraView:
    """One look of one camera with depth.

    Args:
        camera: Its name.
        color: RGB, uint8, shape (H, W, 3).
        depth_m: Distance along the optical axis, shape (H, W); 0 or not finite where there is no reading.
        intrinsics: fx, fy, cx, cy in pixels.
        pose_camera_in_base: Optical frame: x right, y down, z ahead.
        pose_tool_in_base: Where the robot's tool was, or None where that is not known.
    """

    camera: str
    color: npt.NDArray[np.uint8]
    depth_m: npt.NDArray[Any]
    intrinsics: tuple[float, float, float, float]
    pose_camera_in_base: Pose
    pose_tool_in_base: Pose | None = None

    def points_m(self, u_px: Array, v_px: Array, depth_m: Array) -> Array:
        """Return the points of the base frame, shape (..., 3), at places in the picture at some depths."""
        fx, fy, cx, cy = self.intrinsics
        rays = np.stack([(u_px - cx) / fx * depth_m, (v_px - cy) / fy * depth_m, depth_m], axis=-1)
        points: Array = rays @ self.pose_camera_in_base.rotation.T + self.pose_camera_in_base.position_m
        return points

    def project_px(self, points_m: npt.ArrayLike) -> tuple[Array, Array]:
        """Return where points of the base frame are in the picture, and how far along the optical axis.

        Args:
            points_m: Points, shape (..., 3).

        Returns:
            u and v in pixels, shape (..., 2), without meaning where the distance is not positive; distances in metres,
            shape (...).
        """
        local = self.pose_camera_in_base.inverse().transform(np.asarray(points_m))
        fx, fy, cx, cy = self.intrinsics
        distance_m = local[..., 2]
        ahead_m = np.where(distance_m > 0, distance_m, np.inf)[..., None]
        places: Array = local[..., :2] / ahead_m * np.array([fx, fy]) + np.array([cx, cy])
        return places, distance_m


def lift(patches: Patches, view: CameraView) -> tuple[Array, Mask]:
    """Return the surface point in every patch's middle, base frame, shape (rows, columns, 3), and where one is."""
    rows, columns = patches.embedding.shape[:2]
    height, width = view.depth_m.shape
    # The encoder may see a smaller picture: patch middles are found in the pixels of the depth image.
    v = (np.arange(rows) + 0.5) * height / rows
    u = (np.arange(columns) + 0.5) * width / columns
    depth = view.depth_m[np.ix_(v.astype(int), u.astype(int))].astype(np.float64)
    valid = np.isfinite(depth) & (depth > 0.02) & (depth < _FAR_M)
    depth = np.where(valid, depth, 1.0)
    u, v = np.broadcast_arrays(u[None, :], v[:, None])
    return view.points_m(u, v, depth), valid


def square_half_px(size_m: npt.ArrayLike, distance_m: float, focal_px: float) -> float:
    """Return half the edge of the square around a thing that names it, in pixels; the same in training and in use.

    Args:
        size_m: Edge lengths of the thing's box, shape (3,).
        distance_m: Of its centre along the optical axis.
        focal_px: Focal length.
    """
    return float(_REACH * np.linalg.norm(size_m) * focal_px / distance_m)
