"""Tells pictures that cannot be right: black, frozen, of another size, without depth, or not of what is in front.

Nothing is learned here. A picture that does not change while the camera, or the arm before it, moves is an old one. A
surface that depth finds deep below the table, or a table that is nowhere to be seen, means that the camera is not where
its calibration says: knocked over, swapped with another, or looking at something held before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from robomatrix_py.contracts.cause import Cause
from robomatrix_py.contracts.geometry import Array, Box
from robomatrix_py.contracts.patches import CameraView
from robomatrix_py.contracts.ranges import require_ranges
from robomatrix_py.contracts.robot import CameraDescription

# Depth is held against the table at so many places of a picture, down and across.
_GRID = (24, 32)
# Of a table narrower in the picture than this share of those places nothing is concluded.
_TABLE_IN_PICTURE_MIN = 0.2
# The table's rim is not looked at.
_RIM_M = 0.05
_NEAREST_M = 0.02
# What stands on a table is no higher, and no lens is nearer to it.
_STANDING_MAX_M, _RIGHT_BEFORE_M = 0.35, 0.05
# So much of what is seen before the table must stand on it; the rest may be the hand.
_STANDING_SHARE = 0.5
# Contrast is that between blocks of such an edge, so that noise is no contrast.
_BLOCK_PX = 16
# A place ahead of a camera and off its axis moves at every turn of it.
_AHEAD_M = (0.1, 0.1, 0.3)
# Only every so many-th pixel is compared first.
_STRIDE = 16


@dataclass(frozen=True)
class CameraHealthConfig:
    """What is asked of pictures.

    Args:
        contrast_min: Least standard deviation of brightness over a picture, in grey levels of 255.
        depth_share_min: Least share of a picture that has depth.
        table_off_max_m: So far from where it is may the table seem to be.
        table_below_max: At most this share of what is on or above the table may seem to be below it.
        table_seen_min: At least this share of the table in the picture must be seen where the table is.
        moved_min_m: A camera that has moved farther than this shows another picture.
        moved_min_px: A camera that stands shows another picture once the tool has moved farther than this in it.
        fault_s: What depends on a camera ends when its pictures were wrong for so long.
        missing_s: The same for a camera that delivers nothing.
    """

    contrast_min: float = 5.0
    depth_share_min: float = 0.2
    table_off_max_m: float = 0.05
    table_below_max: float = 0.1
    table_seen_min: float = 0.03
    moved_min_m: float = 0.005
    moved_min_px: float = 8.0
    fault_s: float = 0.5
    missing_s: float = 1.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {
            "contrast_min": (0.0, 100.0),
            "depth_share_min": (0.0, 1.0),
            "table_off_max_m": (0.005, 1.0),
            "table_below_max": (0.0, 1.0),
            "table_seen_min": (0.0, 1.0),
            "moved_min_m": (0.0005, 1.0),
            "moved_min_px": (1.0, 1000.0),
            "fault_s": (0.0, 10.0),
            "missing_s": (0.1, 10.0),
        }
        require_ranges(self, ranges, "health.")


@dataclass(frozen=True)
class CameraFault:
    """A camera that is not to be looked through.

    Args:
        camera: Its name.
        cause: ``CAMERA_FAULT`` for wrong pictures, ``STALE_OBSERVATION`` for none.
        message: Which camera, what is wrong and what to do.
        lasting: Whether it has been so for so long that what depends on the camera must end.
    """

    camera: str
    cause: Cause
    message: str
    lasting: bool


@dataclass(frozen=True, eq=False)
class _Shown:
    """A picture, and the look in which it was delivered first."""

    picture: npt.NDArray[Any]
    view: CameraView


class CameraHealth:
    """Judges the pictures of all cameras, look by look. No ROS, no clock, no threads.

    Args:
        config: What is asked of them.
        cameras: As the robot describes them.
        table: The table top's box in the base frame, or None where there is no table.
    """

    def __init__(self, config: CameraHealthConfig, cameras: Sequence[CameraDescription], table: Box | None) -> None:
        self._config = config
        self._cameras = {camera.name: camera for camera in cameras}
        self._table = table
        self._delivered_s: dict[str, float] = {}
        self._wrong: dict[str, tuple[float, str]] = {}
        self._shown: dict[tuple[str, str], _Shown] = {}

    def judge(self, views: Sequence[CameraView], now_s: float) -> tuple[list[CameraView], tuple[CameraFault, ...]]:
        """Return the views that may be used, and which cameras are out of order.

        Args:
            views: At most one a camera.
            now_s: Monotonic time.
        """
        right = []
        for name in self._cameras:
            self._delivered_s.setdefault(name, now_s)
        for view in views:
            self._delivered_s[view.camera] = now_s
            wrong = self._wrong_with(view)
            if wrong:
                since_s, _ = self._wrong.get(view.camera, (now_s, ""))
                self._wrong[view.camera] = since_s, wrong
            else:
                self._wrong.pop(view.camera, None)
                right.append(view)
        return right, tuple(fault for name in self._cameras if (fault := self._fault(name, now_s)) is not None)

    def blind(self, faults: Sequence[CameraFault]) -> str:
        """Return why there is nothing left to see by, or an empty text while a camera may still be right."""
        out = {fault.camera for fault in faults if fault.lasting}
        return "; ".join(fault.message for fault in faults) if out and out == set(self._cameras) else ""

    def _fault(self, name: str, now_s: float) -> CameraFault | None:
        config, silent_s = self._config, now_s - self._delivered_s[name]
        if silent_s > config.missing_s:
            message = f"{name} has delivered nothing for {silent_s:.1f} s; see to its cable and its driver"
            return CameraFault(name, Cause.STALE_OBSERVATION, message, lasting=True)
        if name not in self._wrong:
            return None
        since_s, what = self._wrong[name]
        return CameraFault(name, Cause.CAMERA_FAULT, f"{name} {what}", now_s - since_s >= config.fault_s)

    def _wrong_with(self, view: CameraView) -> str:
        """Return what is wrong with a view and what to do about it, or an empty text."""
        return self._wrong_form(view) or self._wrong_light(view) or self._frozen(view) or self._wrong_place(view)

    def _wrong_form(self, view: CameraView) -> str:
        camera = self._cameras.get(view.camera)
        if camera is None:
            return f"is none of the robot's cameras, which are {', '.join(self._cameras)}; add it to robot.yaml"
        size = (camera.height_px, camera.width_px)
        if view.color.shape != (*size, 3) or view.color.dtype != np.uint8 or view.depth_m.shape != size:
            sizes = " and ".join(
                f"{'x'.join(map(str, shape[1::-1]))}" for shape in (view.color.shape, view.depth_m.shape)
            )
            wanted = f"{camera.width_px}x{camera.height_px}"
            return f"delivers colour and depth of {sizes} pixels where robot.yaml says {wanted}; set it to that size"
        if not np.isfinite(view.intrinsics).all() or min(view.intrinsics) <= 0.0:
            return f"has no calibration: fx, fy, cx, cy are {view.intrinsics}; see to its camera_info"
        return ""

    def _wrong_light(self, view: CameraView) -> str:
        contrast = _contrast(view.color)
        if contrast < self._config.contrast_min:
            bright = float(view.color.mean())
            kind = "black" if bright < 64 else "white" if bright > 192 else "grey"
            return (
                f"is {kind}: brightness varies by {contrast:.1f} of 255, permitted {self._config.contrast_min:g} or "
                "more; see to the light, its lens and its exposure"
            )
        depth = view.depth_m[:: _STRIDE // 2, :: _STRIDE // 2]
        share = float((np.isfinite(depth) & (depth > _NEAREST_M)).mean())
        if share < self._config.depth_share_min:
            return (
                f"has depth in {100 * share:.0f} % of its picture, permitted {100 * self._config.depth_share_min:.0f} "
                "or more; see to its lens and its projector"
            )
        return ""

    def _frozen(self, view: CameraView) -> str:
        for kind, picture in (("colour", view.color), ("depth", view.depth_m)):
            before = self._shown.get((view.camera, kind))
            if before is None or not _same(before.picture, picture):
                self._shown[view.camera, kind] = _Shown(picture, view)
            elif self._should_differ(before.view, view):
                return f"is frozen: it shows the very same {kind} as before the arm moved; restart its driver"
        return ""

    def _should_differ(self, before: CameraView, now: CameraView) -> bool:
        ahead_m = np.array(_AHEAD_M)
        places = [view.pose_camera_in_base.transform(ahead_m) for view in (before, now)]
        places_itself = [view.pose_camera_in_base.position_m for view in (before, now)]
        moved_m = max(float(np.linalg.norm(new - old)) for old, new in (places, places_itself))
        if moved_m > self._config.moved_min_m:
            return True
        at_px = [_tool_px(view) for view in (before, now)]
        old_px, new_px = at_px
        if old_px is None or new_px is None:
            return False
        return float(np.linalg.norm(new_px - old_px)) > self._config.moved_min_px

    def _wrong_place(self, view: CameraView) -> str:
        """Hold what depth says against where the table is."""
        config, table = self._config, self._table
        if table is None:
            return ""
        height_m, depth_m, on_table = _heights_over(view, table)
        if on_table.mean() < _TABLE_IN_PICTURE_MIN or len(height_m) < _TABLE_IN_PICTURE_MIN * on_table.size / 2:
            return ""
        below = float((height_m < -config.table_off_max_m).mean())
        seen = float((np.abs(height_m) <= config.table_off_max_m).mean())
        remedy = "see whether it was moved or swapped with another, and calibrate it"
        if below > config.table_below_max:
            return f"sees {100 * below:.0f} % of what stands on the table below it; {remedy}"
        # Furniture and things may fill the picture of a camera above them; what is right before it is none.
        standing = (height_m > 0) & (height_m < _STANDING_MAX_M) & (depth_m > _RIGHT_BEFORE_M)
        if seen < config.table_seen_min and standing.mean() < _STANDING_SHARE:
            return f"looks at the table and sees none of it; {remedy}, or take away what is before it"
        return ""


def _contrast(color: npt.NDArray[np.uint8]) -> float:
    """Return the standard deviation of brightness from block to block, in grey levels."""
    rows, columns = color.shape[0] // _BLOCK_PX, color.shape[1] // _BLOCK_PX
    green = color[: rows * _BLOCK_PX : 2, : columns * _BLOCK_PX, 1]
    blocks = green.reshape(rows, _BLOCK_PX // 2, columns, _BLOCK_PX).mean((1, 3))
    return float(blocks.std()) if blocks.size else 0.0


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Return whether two pictures are equal bit for bit."""
    coarse = (slice(None, None, _STRIDE), slice(None, None, _STRIDE))
    return np.array_equal(one[coarse], other[coarse]) and np.array_equal(one, other)


def _tool_px(view: CameraView) -> Array | None:
    """Return where the tool is in a picture, u and v in pixels, or None where it is not in it or not known."""
    if view.pose_tool_in_base is None:
        return None
    place, distance_m = view.project_px(view.pose_tool_in_base.position_m)
    if distance_m <= _NEAREST_M:
        return None
    height, width = view.color.shape[:2]
    return place if (place >= 0).all() and (place < (width, height)).all() else None


def _heights_over(view: CameraView, table: Box) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    """Return how high above the table the surface is along the rays that end on it, and which rays of the grid do.

    Args:
        view: Colour is not looked at.
        table: Its upper side is the table top.

    Returns:
        Heights and distances along the optical axis in metres where there is depth, shape (n,); and which rays meet the
        table top, shape `_GRID`.
    """
    height, width = view.depth_m.shape
    v = (np.arange(_GRID[0]) + 0.5) * height / _GRID[0]
    u = (np.arange(_GRID[1]) + 0.5) * width / _GRID[1]
    depth_m = view.depth_m[np.ix_(v.astype(int), u.astype(int))].astype(np.float64)
    u, v = np.broadcast_arrays(u[None, :], v[:, None])
    eye_m = view.pose_camera_in_base.position_m
    rays = view.points_m(u, v, np.ones(_GRID)) - eye_m
    top_m = float(table.center_m[2] + table.half_extents_m[2])
    down = rays[..., 2] < -1e-6
    along = (top_m - eye_m[2]) / np.where(down, rays[..., 2], -1.0)
    ends = eye_m[:2] + along[..., None] * rays[..., :2]
    within = (np.abs(ends - table.center_m[:2]) < table.half_extents_m[:2] - _RIM_M).all(-1)
    on_table = down & (along > 0) & within
    read = on_table & np.isfinite(depth_m) & (depth_m > _NEAREST_M)
    return eye_m[2] + depth_m[read] * rays[..., 2][read] - top_m, depth_m[read], on_table
