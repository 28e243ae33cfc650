"""Where a camera is on a robot, from pictures of a board and the arm's poses.

In the hand (`mounted_on: tool`) the camera moves and the board lies still; beside the arm (`mounted_on: base`) the
camera stands still and the hand holds the board. Both are one problem: the chain from the camera over its mount and
the arm to the board closes in every picture. The start is F. Park and B. Martin's solution (Robot sensor calibration:
solving AX = XB on the Euclidean group, 1994); what is minimised is the distance in pixels between where corners are and
where the chain has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from robomatrix_py.calibration.least_squares import Fit, least_squares
from robomatrix_py.calibration.quality import Demands, require_close, require_samples, root_mean_square
from robomatrix_py.calibration.samples import Sample
from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array, Pose, quaternion_from_matrix
from robomatrix_py.contracts.lens import Lens


@dataclass(frozen=True, eq=False)
class HandEyeResult:
    """What was found.

    Args:
        pose_camera_in_mount: The camera's optical frame in the frame of the tool or the base.
        pose_board_in_other: The board in the frame of the other of both.
        reprojection_px: Root of the mean squared distance between where corners are seen and where they should be.
        deviation_mm: Standard deviation of the camera's position, along the worst axis.
        deviation_deg: Standard deviation of its direction, about the worst axis.
        turn_deg: Standard deviation of the hand's turns about the second axis.
        samples: Pictures used.
    """

    pose_camera_in_mount: Pose
    pose_board_in_other: Pose
    reprojection_px: float
    deviation_mm: float
    deviation_deg: float
    turn_deg: float
    samples: int

    def __str__(self) -> str:
        """Return it as one line for a person."""
        return (
            f"{self.samples} pictures, reprojection {self.reprojection_px:.2f} px, position +- {self.deviation_mm:.1f} "
            f"mm, direction +- {self.deviation_deg:.2f} degrees, hand turned by {self.turn_deg:.0f} degrees about a "
            "second axis"
        )


def calibrate_hand_eye(
    samples: Sequence[Sample],
    without: Sequence[str],
    poses_tool_in_base: Sequence[Pose],
    lens: Lens,
    mounted_on: str,
    demands: Demands,
) -> HandEyeResult:
    """Return where the camera is.

    Args:
        samples: Pictures in which the board was found.
        without: Names of pictures in which it was not.
        poses_tool_in_base: The tool's pose of each sample.
        lens: The camera's lens, of the pictures' size.
        mounted_on: ``tool`` or ``base``.
        demands: What is demanded of samples and result.

    Raises:
        DataError: The samples are too few, too alike, or do not fit together; the message says which and what to do.
    """
    require_samples(len(samples), without, demands)
    turn_deg = _second_turn_deg(poses_tool_in_base)
    if turn_deg < demands.turn_min_deg:
        raise DataError(
            f"the hand was turned about one axis only: {turn_deg:.1f} degrees about any other",
            permitted=f"{demands.turn_min_deg:g} or more",
            remedy="take more pictures with the hand inclined forwards and backwards, and to both sides, by 20 to 40 "
            "degrees, and turned about its own axis",
            code="TURNS",
        )
    # A camera in the hand has moved by the tool's pose, one beside the arm by nothing: seen from it, the board has.
    chains = [pose.inverse() if mounted_on == "tool" else pose for pose in poses_tool_in_base]
    camera, board = _start(samples, chains, lens)

    def residuals(values: Array) -> Array:
        eye, sheet = _moved(camera, values[:6]).inverse(), _moved(board, values[6:])
        return np.concatenate(
            [
                (_project(eye @ chain @ sheet, sample.sighting.points_m, lens) - sample.sighting.pixels).ravel()
                for sample, chain in zip(samples, chains, strict=True)
            ]
        )

    fit = least_squares(residuals, np.zeros(12))
    ends = np.cumsum([0, *(2 * len(sample.sighting.pixels) for sample in samples)])
    _require_fit(fit, samples, ends, lens, demands)
    deviations = fit.deviations(ends)
    deviation_mm, deviation_deg = 1e3 * float(deviations[:3].max()), float(np.rad2deg(deviations[3:6].max()))
    if not (deviation_mm <= demands.deviation_max_mm and deviation_deg <= demands.deviation_max_deg):
        raise DataError(
            f"the camera's pose comes out as +- {deviation_mm:.1f} mm and +- {deviation_deg:.2f} degrees",
            permitted=f"+- {demands.deviation_max_mm:g} mm and +- {demands.deviation_max_deg:g} degrees",
            remedy="take more pictures, nearer to the board and with the hand turned more",
            code="DEVIATION",
        )
    return HandEyeResult(
        pose_camera_in_mount=_moved(camera, fit.values[:6]),
        pose_board_in_other=_moved(board, fit.values[6:]),
        reprojection_px=root_mean_square(fit.residuals) * np.sqrt(2.0),
        deviation_mm=deviation_mm,
        deviation_deg=deviation_deg,
        turn_deg=turn_deg,
        samples=len(samples),
    )


def board_in_camera(sample: Sample, lens: Lens) -> Pose:
    """Return where the board is in the camera's optical frame.

    Raises:
        DataError: Its corners do not fit a board.
    """
    points, pixels = sample.sighting.points_m, sample.sighting.pixels
    found, turn, position = cv2.solvePnP(
        points, pixels, lens.matrix, np.array(lens.distortion), flags=cv2.SOLVEPNP_IPPE
    )
    if not found or not np.isfinite(position).all():
        raise DataError("the corners fit no board", where=sample.name, remedy="take it out of the folder")
    return Pose(position.ravel(), quaternion_from_matrix(cv2.Rodrigues(turn)[0]))


def _start(samples: Sequence[Sample], chains: Sequence[Pose], lens: Lens) -> tuple[Pose, Pose]:
    """Return a first guess of the camera in its mount, and of the board."""
    boards = [board_in_camera(sample, lens) for sample in samples]
    # OpenCV asks for the mount in the frame in which the board lies still.
    mounts = [chain.inverse() for chain in chains]
    rotation, position = cv2.calibrateHandEye(
        [pose.rotation for pose in mounts],
        [pose.position_m for pose in mounts],
        [pose.rotation for pose in boards],
        [pose.position_m for pose in boards],
        method=cv2.CALIB_HAND_EYE_PARK,
    )
    if not (np.isfinite(rotation).all() and np.isfinite(position).all()):
        raise DataError(
            "the poses determine nothing", remedy="take pictures with the hand turned about several axes", code="TURNS"
        )
    camera = Pose(position.ravel(), quaternion_from_matrix(rotation))
    sheets = [mount @ camera @ board for mount, board in zip(mounts, boards, strict=True)]
    middle = np.median([sheet.position_m for sheet in sheets], axis=0)
    nearest = min(sheets, key=lambda sheet: float(np.linalg.norm(sheet.position_m - middle)))
    return camera, nearest


def _require_fit(fit: Fit, samples: Sequence[Sample], ends: npt.NDArray[np.int_], lens: Lens, demands: Demands) -> None:
    errors_px = {
        sample.name: root_mean_square(fit.residuals[begin:end]) * float(np.sqrt(2.0))
        for sample, (begin, end) in zip(samples, pairwise(ends), strict=True)
    }
    causes = (
        "the board or the camera moved, the arm's joints are not calibrated, the lens or the board's size is another, "
        "or mounted_on is wrong"
    )
    require_close(errors_px, lens.width_px, demands, causes)


def _moved(pose: Pose, values: Array) -> Pose:
    """Return a pose shifted by `values[:3]` in metres and turned by the rotation vector `values[3:]`."""
    turn = cv2.Rodrigues(np.ascontiguousarray(values[3:]))[0]
    return Pose(pose.position_m + values[:3], quaternion_from_matrix(turn @ pose.rotation))


def _project(pose_board_in_camera: Pose, points_m: Array, lens: Lens) -> Array:
    turn = cv2.Rodrigues(pose_board_in_camera.rotation.copy())[0]
    pixels, _ = cv2.projectPoints(
        points_m, turn, pose_board_in_camera.position_m, lens.matrix, np.array(lens.distortion)
    )
    found: Array = pixels.reshape(-1, 2)
    return found


def _second_turn_deg(poses: Sequence[Pose]) -> float:
    """Return by how much the poses are turned about the second of their principal axes: standard deviation."""
    reference = poses[0].rotation
    turns = np.array([cv2.Rodrigues(reference.T @ pose.rotation)[0].ravel() for pose in poses])
    return float(np.rad2deg(np.linalg.svd(turns - turns.mean(0), compute_uv=False)[1] / np.sqrt(len(turns))))
