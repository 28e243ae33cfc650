"""What is demanded of a calibration before it is believed, and the refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from robomatrix_py.contracts.errors import DataError
from robomatrix_py.contracts.geometry import Array
from robomatrix_py.contracts.ranges import require_ranges

_RANGES = {
    "samples_min": (4, 100),
    "reprojection_max_px": (0.1, 20.0),
    "coverage_min": (0.1, 1.0),
    "tilt_min_deg": (5.0, 60.0),
    "turn_min_deg": (2.0, 45.0),
    "deviation_max_mm": (0.1, 50.0),
    "deviation_max_deg": (0.01, 10.0),
    "focal_deviation_max": (0.0005, 0.1),
}


@dataclass(frozen=True)
class Demands:
    """The least that samples and result must be good for. The values are ours.

    Args:
        samples_min: Pictures in which the board is found.
        reprojection_max_px: Root of the mean squared distance between where corners are seen and where they should be,
            in pixels of a picture 640 wide.
        coverage_min: Share of the picture, in cells of a fifth by a quarter, that the board was in (lens).
        tilt_min_deg: How much the board's inclination must vary: standard deviation about each of two axes (lens).
        turn_min_deg: How much the hand must have turned about a second axis: standard deviation (hand-eye).
        deviation_max_mm: Standard deviation of the camera's position as the residuals tell it (hand-eye).
        deviation_max_deg: The same of its direction.
        focal_deviation_max: Standard deviation of the focal length as a share of it (lens).
    """

    samples_min: int = 10
    reprojection_max_px: float = 3.0
    coverage_min: float = 0.6
    tilt_min_deg: float = 8.0
    turn_min_deg: float = 6.0
    deviation_max_mm: float = 5.0
    deviation_max_deg: float = 0.4
    focal_deviation_max: float = 0.01

    def __post_init__(self) -> None:
        """Refuse demands that demand nothing."""
        require_ranges(self, _RANGES)


def require_samples(count: int, without: Sequence[str], demands: Demands) -> None:
    """Raise DataError where there are too few samples."""
    if count >= demands.samples_min:
        return
    missed = f"; not found in {len(without)}: {', '.join(without[:5])}" if without else ""
    raise DataError(
        f"the board is found in {count} pictures{missed}",
        permitted=f"{demands.samples_min} or more",
        remedy="take more pictures; give the board's true numbers of squares, keep it flat, evenly lit and sharp, and "
        "let it fill a third of the picture or more",
        code="TOO_FEW_SAMPLES",
    )


def require_close(errors_px: Mapping[str, float], width_px: int, demands: Demands, causes: str) -> None:
    """Raise DataError where corners are seen too far from where they should be.

    Args:
        errors_px: Root of the mean squared error by sample.
        width_px: Width of the pictures.
        demands: What is permitted.
        causes: What may be at fault.
    """
    limit_px = demands.reprojection_max_px * width_px / 640
    total_px = root_mean_square(np.array(list(errors_px.values())))
    if total_px <= limit_px:
        return
    worst = sorted(errors_px, key=lambda name: -errors_px[name])[:3]
    listed = ", ".join(f"{name} {errors_px[name]:.1f} px" for name in worst)
    raise DataError(
        f"corners are seen {total_px:.2f} px from where they should be; the worst: {listed}",
        permitted=f"up to {limit_px:g} px",
        remedy=f"{causes}; if only some pictures are bad, take them out of the folder and try again",
        code="REPROJECTION",
    )


def root_mean_square(values: Array) -> float:
    """Return the root of the mean of the squares."""
    return float(np.sqrt(np.mean(values**2)))
